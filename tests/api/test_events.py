"""A workspace followed by server-sent events, over a real socket."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import httpx
import pytest

from helium.api.events import EventStreams, StreamBounds
from helium.api.tokens import Tokens
from helium.core.record import Phase
from helium.errors import SourceError
from tests.api.serving import ADA, ADMIN, READER, TOKENS, World, client, served
from tests.builders import record
from tests.fakes import blob_of

FILE = b"expiry: 2026-11-28\nowner: ada@example.com\n"
QUICK = StreamBounds(look=0.02, heartbeat=0.1)
Said = tuple[str, dict[str, object], str]


@pytest.fixture
def world() -> World:
    """A fleet with one workspace, that no pass has seen."""
    world = World()
    world.repo.land({"workspaces/demo.yaml": FILE})
    return world


@contextmanager
def streaming(world: World, bounds: StreamBounds = QUICK) -> Iterator[tuple[str, EventStreams]]:
    """Its API, and its streams."""
    streams = EventStreams(bounds)
    with served(replace(world.deps, streams=streams)) as address:
        yield address, streams
        streams.close()


def remember(world: World, **changes: object) -> None:
    """What a pass writes of it."""
    known = record("demo", **{"seen_blob": blob_of(FILE), "spec_blob": blob_of(FILE), **changes})
    head = f"{int(world.ledger.snapshot.head or '0', 16) + 1:040x}"
    world.ledger.snapshot = replace(world.ledger.snapshot, head=head, records={"demo": known})


def events(answer: httpx.Response) -> Iterator[Said]:
    """The events of a stream, as any reader of the format takes them apart: kind, data, id."""
    said: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            said[name or "comment"] = value
        elif "data" in said:
            yield said["event"], json.loads(said["data"]), said.get("id", "")
            said = {}


def test_a_workspace_as_it_changes(world: World) -> None:
    """First how it stands, as a read says it, then each change, at last that it is gone; then the stream ends."""
    with streaming(world) as (address, _):
        reader = client(address, READER)
        with reader.stream("GET", "/workspace/demo/events") as answer:
            stream = events(answer)
            kind, first, _ = next(stream)
            assert ("workspace", reader.get("/workspace/demo").json()) == (kind, first)
            seen = [first]
            for phase in (Phase.CREATING, Phase.READY):
                remember(world, phase=phase)
                seen.append(next(stream)[1])
            world.repo.land({"workspaces/demo.yaml": None})
            seen.append(next(stream)[1])
            world.ledger.snapshot = replace(world.ledger.snapshot, head="f" * 40, records={})
            last = list(stream)

    assert ["requested", "creating", "ready", "deleting"] == [each["Workspace"]["Status"] for each in seen]  # type: ignore[index]
    assert [("gone", {"ID": "demo"})] == [each[:2] for each in last if each[0] != "workspace"]
    assert {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }.items() <= answer.headers.items()


def test_a_client_that_comes_back_is_not_told_twice(world: World) -> None:
    """`Last-Event-ID` is the version that it has: only a newer one is sent."""
    with streaming(world) as (address, _), client(address) as caller:
        with caller.stream("GET", "/workspace/demo/events") as answer:
            version = next(events(answer))[2]
        with caller.stream("GET", "/workspace/demo/events", headers={"Last-Event-ID": version}) as answer:
            lines = answer.iter_lines()
            quiet = list(islice((line for line in lines if line), 2))
            remember(world)
            kind, data, _ = _first_after(lines)

    assert ["retry: 3000", ": still here"] == quiet
    assert ("workspace", "ready") == (kind, data["Workspace"]["Status"])  # type: ignore[index]


def _first_after(lines: Iterator[str]) -> Said:
    """The next event of a stream that was read in part."""
    said: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if not line and "data" in said:
            break
        said[name] = value
    return said["event"], json.loads(said["data"]), said.get("id", "")


@pytest.mark.parametrize(("path", "token", "status"), [("nobody", ADMIN, 404), ("demo", "", 401), ("demo", "x", 401)])
def test_what_has_no_stream(world: World, path: str, token: str, status: int) -> None:
    """A name that never was, and a caller without a token: an answer like any other, at once."""
    with streaming(world) as (address, _):
        assert status == client(address, token).get(f"/workspace/{path}/events").status_code


def test_only_so_many_at_once(world: World) -> None:
    """Of one token and of all; a stream that ends makes room for another."""
    with streaming(world, replace(QUICK, most=2, most_of_one=1)) as (address, streams):
        ada, admin, reader = client(address, ADA), client(address), client(address, READER)
        with ada.stream("GET", "/workspace/demo/events") as one, admin.stream("GET", "/workspace/demo/events") as two:
            kept = [events(one), events(two)]  # whoever lets go of one ends it
            assert ["workspace"] * 2 == [next(each)[0] for each in kept]
            mine, another = (each.get("/workspace/demo/events") for each in (ada, reader))
        left = until_none(streams)
        with reader.stream("GET", "/workspace/demo/events") as again:
            assert "workspace" == next(events(again))[0]

    assert ([429, 503], 0) == ([mine.status_code, another.status_code], left)
    assert "Close one first" in mine.json()["detail"]
    assert "Read the workspace every few seconds instead" in another.json()["detail"]
    assert {"3"} == {each.headers["Retry-After"] for each in (mine, another)}


def until_none(streams: EventStreams) -> int:
    """How many are left: the server hears a moment later that a client went."""
    ends = time.monotonic() + 10
    while streams.open and time.monotonic() < ends:
        time.sleep(0.01)
    return streams.open


def test_a_client_that_leaves_leaves_no_trace(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """In the middle of a stream, by a closed and by a torn connection: its place is free, and the log is quiet."""
    with streaming(world) as (address, streams), caplog.at_level(logging.INFO):
        for torn in (False, True):
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
                head = f"GET /v1/api/workspace/demo/events HTTP/1.1\r\nHost: x\r\nX-Pach: {ADMIN}\r\n\r\n"
                connection.sendall(head.encode())
                assert connection.recv(4096).startswith(b"HTTP/1.1 200")
                if torn:  # a reset, not a farewell
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            remember(world, attempts=int(torn))
            assert 0 == until_none(streams)

    assert [] == [each for each in caplog.records if each.levelno > logging.INFO or each.exc_info]


def test_head_has_no_stream(world: World) -> None:
    """It is answered at once, with the same head."""
    with streaming(world) as (address, streams):
        answer = client(address).head("/workspace/demo/events")

    assert (200, "text/event-stream; charset=utf-8") == (answer.status_code, answer.headers["Content-Type"])
    assert 0 == streams.open


@pytest.mark.parametrize("why", ["a token that is revoked", "a quarter of an hour", "a server that ends"])
def test_what_ends_a_stream(world: World, why: str) -> None:
    """It says why, so that a client knows whether to come again."""
    tokens = Tokens(given=TOKENS)
    world.tokens = tokens
    longest = 0.2 if why == "a quarter of an hour" else 60.0
    with (
        streaming(world, replace(QUICK, longest=longest)) as (address, streams),
        client(address, ADA).stream("GET", "/workspace/demo/events") as answer,
    ):
        stream = events(answer)
        next(stream)
        if why == "a token that is revoked":
            tokens._given = tuple(each for each in TOKENS if each.name != "ada")
        elif why == "a server that ends":
            streams.close()
        (last,) = stream

    says = {"a token": "revoked", "a quarter": "Begin another one", "a server": "Helium ends now"}
    assert "end" == last[0]
    assert says[why[: why.index(" ", 2)]] in str(last[1]["Reason"])


def test_a_remote_that_is_away_ends_nothing(world: World) -> None:
    """The stream waits, and goes on with what is so then."""
    with streaming(world) as (address, _), client(address).stream("GET", "/workspace/demo/events") as answer:
        stream = events(answer)
        next(stream)
        world.repo.error = SourceError("the remote does not answer")
        remember(world)
        time.sleep(0.3)
        world.repo.error = None
        kind, data, _ = next(stream)

    assert ("workspace", "ready") == (kind, data["Workspace"]["Status"])  # type: ignore[index]
