"""The next batch is written while one is pushed, and nobody ever hears of a guess that was wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helium.errors import SourceError, UnreachableError
from helium.ports.commit_queue import Request, View
from helium.ports.repo import Edit
from tests.adapters.commit_queue import hooks
from tests.adapters.commit_queue.remotes import GitQueueHost, by_path, claiming, putting, until

MANY = 50


@dataclass
class HeldPush:
    """A remote that holds the first push until `release`, and the clients of a commit queue before it."""

    place: GitQueueHost
    clients: ThreadPoolExecutor
    gate: Path
    tried: list[str] = field(default_factory=list)

    def submit(self, requests: Sequence[Request]) -> list[Future[str]]:
        """All at once."""
        return [self.clients.submit(self.place.commit_queue.submit, request) for request in requests]

    def hold(self, edit: Callable[[View], Sequence[Edit]]) -> Future[str]:
        """The first push, which has arrived when this returns."""
        (first,) = self.submit([putting("first", edit=edit)])
        until((self.gate / "held").exists)
        return first

    def claims(self, count: int, *, name: str = "") -> list[Request]:
        """So many requests, each for a name that must be free: one of its own, or `name` for all."""
        return [claiming(name or f"w-{n}", id=f"r-{n}", tried=self.tried) for n in range(count)]

    def release(self) -> None:
        """Let the push go on."""
        (self.gate / "open").touch()


@contextmanager
def held(tmp_path: Path, **settings: Any) -> Iterator[HeldPush]:
    """A commit queue whose first push is held."""
    gate = tmp_path / "gate"
    gate.mkdir()
    with by_path(tmp_path, **settings) as place, ThreadPoolExecutor(MANY + 1) as clients:
        hooks.put(Path(place.url), "pre-receive", script=hooks.HELD_ONCE.format(folder=gate) + hooks.REFUSE_BAD)
        push = HeldPush(place, clients, gate)
        try:
            yield push
        finally:
            push.release()


FIRST = (Edit("workspaces/x.yaml", b"first"),)


def test_many_are_judged_while_a_push_is_under_way(tmp_path: Path) -> None:
    """They see main as that push will leave it, wait for it, and then go at once, in one push of their own."""
    with held(tmp_path) as push:
        first = push.hold(lambda _: FIRST)
        pending = push.submit([*push.claims(MANY - 1), claiming("x", id="r-x", tried=push.tried)])
        until(lambda: len(push.tried) == MANY)
        assert not any(each.done() for each in (first, *pending))
        assert [] == push.place.commits()
        push.release()

        with pytest.raises(LookupError, match="x is taken by first"):
            pending[-1].result()
        answered = {first.result(), *(each.result() for each in pending[:-1])}
        assert answered == {commit.id for commit in push.place.commits()}
        assert (2, MANY) == (push.place.commit_queue.figures.pushes, len(push.tried))


def test_a_guess_on_a_push_that_is_refused_is_forgotten(tmp_path: Path) -> None:
    """By the guess all are refused: the name is taken. The push is refused, so the first of them gets it."""
    with held(tmp_path) as push:
        first = push.hold(lambda _: (*FIRST, Edit("workspaces/bad.yaml", b"{}\n")))
        pending = push.submit(push.claims(MANY, name="x"))
        until(lambda: len(push.tried) == MANY)
        push.release()

        with pytest.raises(SourceError, match="no bad names here"):
            first.result()
        errors = [str(each.exception()) for each in pending if each.exception() is not None]
        (created,) = push.place.commits()
        winner = created.trailers["Helium-Request"]
        assert ([f"x is taken by {winner}"] * (MANY - 1), [created.id]) == (
            errors,
            [each.result() for each in pending if each.exception() is None],
        )


def test_a_guess_on_a_push_that_somebody_overtook_is_forgotten(tmp_path: Path) -> None:
    """By the guess y is free, but somebody pushed it meanwhile. The others are free to have their names."""
    with held(tmp_path) as push:
        first = push.hold(lambda _: FIRST)
        pending = push.submit([*push.claims(MANY - 1), claiming("y", id="r-y", tried=push.tried)])
        until(lambda: len(push.tried) == MANY)
        push.place.land({"workspaces/y.yaml": b"theirs"})
        push.release()

        with pytest.raises(LookupError, match="y is taken by theirs"):
            pending[-1].result()
        answered = {first.result(), *(each.result() for each in pending[:-1])}
        assert answered == {commit.id for commit in push.place.commits()}
        assert b"theirs" == push.place.files()["workspaces/y.yaml"]


def test_a_refusal_by_a_guess_is_forgotten_with_it(tmp_path: Path) -> None:
    """By the guess all are refused, so nothing of it needs a push. But who took the name there got another one."""

    def takes_what_is_free(view: View) -> Sequence[Edit]:
        return (Edit("workspaces/z.yaml", b"first"),) if view.holding("y") else FIRST

    with held(tmp_path) as push:
        first = push.hold(takes_what_is_free)
        pending = push.submit(push.claims(MANY, name="x"))
        until(lambda: len(push.tried) == MANY)
        push.place.land({"workspaces/y.yaml": b"theirs"})
        push.release()

        (winner,) = (each.result() for each in pending if each.exception() is None)
        assert {first.result(), winner} == {commit.id for commit in push.place.commits()}


def test_nobody_waits_for_a_second_time_out(tmp_path: Path) -> None:
    """The remote goes away under a push: those of the guess are told along with it, and try again later."""
    with held(tmp_path, seconds=3.0) as push:
        remote = Path(push.place.url)
        first = push.hold(lambda _: FIRST)
        pending = push.submit(push.claims(MANY))
        until(lambda: len(push.tried) == MANY)
        remote.rename(remote.with_name("elsewhere"))
        assert all(isinstance(each.exception(), UnreachableError) for each in (first, *pending))
        remote.with_name("elsewhere").rename(remote)
        push.release()

        again = push.submit(push.claims(MANY))
        assert {each.result() for each in again} <= {commit.id for commit in push.place.commits()}


@pytest.mark.parametrize(("count", "interval"), [(MANY - 1, None), (MANY, 0.05)])
def test_few_are_not_guessed_for(tmp_path: Path, count: int, interval: float | None) -> None:
    """Those who wait with few, or for a host that wants a rest, gain more by sharing a push with whoever comes."""
    with held(tmp_path, interval=interval) as push:
        first = push.hold(lambda _: FIRST)
        pending = push.submit(push.claims(count))
        until(lambda: push.place.commit_queue.waiting == count)
        assert [] == push.tried
        push.release()
        assert {first.result(), *(each.result() for each in pending)} == {each.id for each in push.place.commits()}


def test_closing_answers_those_of_the_guess(tmp_path: Path) -> None:
    """They were taken, so they are pushed."""
    with held(tmp_path) as push:
        first = push.hold(lambda _: FIRST)
        pending = push.submit(push.claims(MANY))
        until(lambda: len(push.tried) == MANY)
        closing = threading.Thread(target=push.place.commit_queue.close)
        closing.start()
        push.release()
        closing.join()
        assert {first.result(), *(each.result() for each in pending)} == {each.id for each in push.place.commits()}
