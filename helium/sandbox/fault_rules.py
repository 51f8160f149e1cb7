"""Faults on demand: one line each, read on every call, so that a test can break the cloud while it runs.

    fail [before|after] OPERATION [SCOPE] [: MESSAGE]      die before|after OPERATION [SCOPE]
    slow [before|after] OPERATION [SCOPE] DURATION         echo secret [as base64|json] [OPERATION] [SCOPE]
    unreachable [SCOPE]                                    unready [SCOPE] [: MESSAGE]

OPERATION is create, update, delete, read, invoke or any. SCOPE is any of a piece of the type's name, `named
NAME`, `in NAMESPACE`, and `1st`, `2nd`, … or `always`. `after` means that the cloud has acted and has not yet
answered. Pure: who counts the calls is the store. A line that cannot be understood is refused; it never means
nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from helium.sandbox.errors import FaultLineError

OPERATIONS = ("create", "update", "delete", "read", "invoke", "any")
FORMS = ("base64", "json")
_ORDINAL = re.compile(r"([1-9][0-9]*)(?:st|nd|rd|th)\Z")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m)\Z")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class Action(Enum):
    """What a fault does to a call."""

    FAIL = "fail"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    UNREADY = "unready"
    DIE = "die"
    ECHO = "echo secret"


@dataclass(frozen=True, slots=True)
class Call:
    """What a fault rule can tell one call from another by."""

    operation: str
    token: str
    name: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One line, understood. `ordinal` 0 is every matching call; `seconds` is how long `slow` waits.

    `form`: how `echo secret` writes what it tells, if not in plain text.
    """

    line: str
    action: Action
    after: bool = False
    operation: str = "any"
    fragment: str = ""
    name: str = ""
    within: str = ""
    ordinal: int = 0
    seconds: float = 0.0
    message: str = ""
    form: str = ""

    @property
    def key(self) -> str:
        """The name of the file that counts its calls."""
        return hashlib.sha256(self.line.encode()).hexdigest()[:16]

    def matches(self, call: Call) -> bool:
        """Whether the call is one that this fault is about, whatever its ordinal."""
        return (
            self.operation in ("any", call.operation)
            and self.fragment in call.token.lower()
            and self.name in ("", call.name)
            and self.within in ("", call.within)
        )


def read(lines: Iterable[str]) -> tuple[FaultRule, ...]:
    """Every fault that the lines ask for; FaultLine for the first that is not one. `#` begins a comment."""
    bare = ((number, line.split("#", 1)[0].strip()) for number, line in enumerate(lines, 1))
    return tuple(_RuleReader(number, line).fault() for number, line in bare if line)


class _RuleReader:
    """Reads one line, word by word, and knows where it is for the sentence about what is wrong."""

    def __init__(self, number: int, line: str) -> None:
        self._where = (number, line)
        text, _, message = line.partition(":") if ": " in line else (line, "", "")
        self._words = iter(text.split())
        self._message = message.strip()

    def fault(self) -> FaultRule:
        fault = self._begun(self._action())
        for word in self._words:
            fault = self._scope(fault, word)
        if (fault.action is Action.SLOW) != bool(fault.seconds):
            raise self._wrong("`slow` needs a duration such as 3s or 200ms, and no other action takes one")
        if self._message and fault.action not in (Action.FAIL, Action.UNREADY):
            raise self._wrong("only `fail` and `unready` take a message")
        return fault

    def _begun(self, action: Action) -> FaultRule:
        fault = FaultRule(self._where[1], action, message=self._message)
        if action in (Action.UNREACHABLE, Action.UNREADY, Action.ECHO):
            return fault
        word = self._next("operation")
        if word in ("before", "after"):
            return replace(fault, after=word == "after", operation=self._operation(self._next("operation")))
        if action is Action.DIE:
            raise self._wrong("say whether to die before or after the cloud acts")
        return replace(fault, operation=self._operation(word))

    def _action(self) -> Action:
        word = self._next("action")
        if word == "echo":
            word = f"{word} {self._next('word secret')}"
        try:
            return Action(word)
        except ValueError:
            known = ", ".join(action.value for action in Action)
            raise self._wrong(f"unknown action “{word}”; known are {known}") from None

    def _operation(self, word: str) -> str:
        if word not in OPERATIONS:
            raise self._wrong(f"unknown operation “{word}”; known are {', '.join(OPERATIONS)}")
        return word

    def _form(self, word: str) -> str:
        if word not in FORMS:
            raise self._wrong(f"unknown form “{word}”; known are {', '.join(FORMS)}")
        return word

    def _scope(self, fault: FaultRule, word: str) -> FaultRule:
        if ordinal := _ORDINAL.match(word):
            return replace(fault, ordinal=int(ordinal[1]))
        if duration := _DURATION.match(word):
            return replace(fault, seconds=float(duration[1]) * _SECONDS[duration[2]])
        if word == "always":
            return replace(fault, ordinal=0)
        if word == "named":
            return replace(fault, name=self._next("name"))
        if word == "in":
            return replace(fault, within=self._next("namespace"))
        if fault.action is Action.ECHO and word == "as":
            return replace(fault, form=self._form(self._next("form")))
        if fault.action is Action.ECHO and word in OPERATIONS and fault.operation == "any":
            return replace(fault, operation=word)
        if fault.fragment:
            raise self._wrong(f"unexpected word “{word}” after “{fault.fragment}”")
        return replace(fault, fragment=word.lower())

    def _next(self, what: str) -> str:
        for word in self._words:
            return word
        raise self._wrong(f"the {what} is missing")

    def _wrong(self, what: str) -> FaultLineError:
        return FaultLineError(*self._where, what=what)


def due(faults: Iterable[tuple[FaultRule, int]]) -> Iterator[FaultRule]:
    """Those of the matching faults that strike now, given how often each has matched, this time included."""
    return (fault for fault, count in faults if fault.ordinal in (0, count))
