"""All that passes ever did, as a tree of answers: where a pass stands depends on what it was told, and on nothing else.

So a call is made in a world once, and a pass runs on once for each answer that it had not been given there before. If
that is an older place, the pass is led there again from its beginning, by the answers of then.
"""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.explorer.beginnings import LastLook, PassKnowledge, looked_after
from tests.explorer.calls import LASTS, CallAnswer, PortCall, perform
from tests.explorer.judge import PassStep, judged
from tests.explorer.passes import PassInWorld
from tests.explorer.threads import LONG_AGO, WAITS, PassThreads
from tests.explorer.values import Worlds, WorldValue

MOST_KEPT = 3000
"""How many passes stand still at their last place, in case they are to go on from there."""


class NotTheSameError(AssertionError):
    """A pass that was told the same did something else: then nothing that was found here holds."""


@dataclass(slots=True, eq=False)
class PassNode:
    """Where a pass stands. `before` and the three after it say how it came there.

    `knows`: what it was told. `standing`: the calls that its threads stand at. `looked`: what each thread saw last of
    main and ledger.
    """

    number: int
    one: PassInWorld
    knows: PassKnowledge
    before: PassNode | None = None
    thread: int | None = None
    answer: CallAnswer = field(default_factory=CallAnswer)
    now: datetime = LONG_AGO
    standing: tuple[tuple[int, PortCall], ...] = ()
    looked: Mapping[int, LastLook] = field(default_factory=dict)
    over: bool = False
    value: Any = None
    error: BaseException | None = None
    steps: int = 0
    children: dict[Any, PassNode] = field(default_factory=dict)
    threads: tuple[int, ...] = ()
    waits: bool = False

    def call(self, thread: int) -> PortCall:
        """What that thread stands at."""
        return dict(self.standing)[thread]

    @property
    def dues(self) -> tuple[datetime, ...]:
        """When each thread that waits need wait no longer."""
        return tuple(call.given[0] for _, call in self.standing if call.method == WAITS)

    def told(self, thread: int) -> str:
        """A step in words."""
        call = self.call(thread)
        named = call.method.startswith("engine.") and call.given and not isinstance(call.given[0], str)
        what = f"{call.method} {call.stack.name}" if named else call.method
        return f"{what} (thread {thread})" if thread else what

    def may_go_on(self, now: datetime) -> tuple[int, ...]:
        """The threads that need not wait for the time to pass."""
        if not self.waits:
            return self.threads
        return tuple(number for number, call in self.standing if call.method != WAITS or call.given[0] <= now)


class Unfolding:
    """The places, the worlds, and what came of each call in each world."""

    def __init__(self) -> None:
        self.worlds = Worlds()
        self.nodes: list[PassNode] = []
        self.led_again = 0
        self._known: dict[Any, PassNode] = {}
        self._kept: OrderedDict[int, PassThreads] = OrderedDict()
        self._after: dict[tuple[int, int, int], tuple[int, PassNode]] = {}

    def begin(self, one: PassInWorld, world: WorldValue) -> PassNode:
        """A pass that begins in this world."""
        key = (one.name, world.now)
        if key not in self._known:
            first = PassNode(len(self.nodes), one, PassKnowledge(world.now), now=world.now)
            self._known[key] = self._node(_begun(one, world.now), first)
        return self._known[key]

    def at(self, number: int, now: datetime) -> int:
        """The same world at another time."""
        return self.worlds.number(replace(self.worlds.all[number], now=now))

    def after(self, node: PassNode, thread: int, number: int) -> tuple[int, PassNode]:
        """The world, and where the pass stands, once the thread's call is made in that world. `AccidentError`."""
        key = (node.number, thread, number)
        if key not in self._after:
            world = self.worlds.all[number]
            call = node.call(thread)
            if call.method == WAITS:
                answer, later = CallAnswer(key="time"), world
            else:
                answer, later = perform(call, world, by=node.one.name)
                judged(PassStep(call, world, later, node.one, node.looked.get(thread, LastLook()), node.knows))
            after = self.worlds.number(later)
            self._after[key] = after, self._next(node, thread, answer, now=world.now)
        return self._after[key]

    def _next(self, node: PassNode, thread: int, answer: CallAnswer, *, now: datetime) -> PassNode:
        key = (thread, answer.key)
        child = node.children.get(key) or node.children.get((*key, now))
        if child is None:
            threads = self._threads_at(node)
            threads.go_on(thread, answer, now=now)
            asked = threads.asked
            known = (node.one.name, *(each.past for each in threads.all), *(each.over for each in threads.all))
            child = self._known.get(known)
            if child is None:
                call = node.call(thread)
                knows = node.knows.told(call, answer, thread=thread, now=now)
                new = PassNode(len(self.nodes), node.one, knows, node, thread, answer, now, steps=node.steps + 1)
                new.looked = looked_after(node.looked, call, answer, thread=thread)
                child = self._known[known] = self._node(threads, new)
            else:
                threads.end()
            node.children[(*key, now) if asked else key] = child
        return child

    def _node(self, threads: PassThreads, node: PassNode) -> PassNode:
        main = threads.all[0]
        node.standing, node.over, node.value, node.error = threads.standing, main.over, main.value, main.error
        node.threads = tuple(number for number, _ in node.standing)
        node.waits = any(call.method == WAITS for _, call in node.standing)
        node.knows = replace(node.knows, busy=any(call.method in LASTS for _, call in node.standing))
        self.nodes.append(node)
        if not node.over:
            self._kept[node.number] = threads
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)[1].end()
        return node

    def _threads_at(self, node: PassNode) -> PassThreads:
        kept = self._kept.pop(node.number, None)
        if kept is not None:
            return kept
        self.led_again += 1
        way = [node]
        while (before := way[-1].before) is not None:
            way.append(before)
        threads = _begun(node.one, way[-1].now)
        for place in reversed(way[:-1]):
            threads.go_on(place.thread, place.answer, now=place.now)
        if [(number, call.text) for number, call in threads.standing] != [(n, c.text) for n, c in node.standing]:
            ours, theirs = ([call.text for _, call in each] for each in (threads.standing, node.standing))
            raise NotTheSameError("\n".join(difflib.unified_diff(ours, theirs, "now", "then")))
        return threads


def _begun(one: PassInWorld, now: datetime) -> PassThreads:
    threads = one.threads()
    threads.go_on(None, CallAnswer(), now=now)
    return threads
