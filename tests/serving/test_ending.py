"""How `helium serve` ends: in good order by a signal, and in any order by a kill; nothing acknowledged is missing."""

from __future__ import annotations

import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import httpx
import pytest

from tests.serving.processes import PATIENCE, TOKEN, ServedFleet, free_port, site, until

STATE = "gs://acme-state"
"""A state that several machines share, so that the ledger is the remote's; the API never looks at it."""
CREATES = 40
ESTABLISHED = "01"
"""The kernel's word for an open connection."""


@pytest.fixture
def shared(tmp_path: Path) -> ServedFleet:
    """A fleet whose ledger is on the remote."""
    return site(tmp_path, state=STATE)


def create(shared: ServedFleet, number: int) -> int | None:
    """The answer's status to one client's wish, `None` when there was no answer."""
    headers = {"X-Pach": TOKEN, "Idempotency-Key": f"wish-{number}"}
    try:
        answer = httpx.post(
            f"{shared.address}/v1/api/workspace",
            json={"name": f"w-{number}"},
            headers=headers,
            timeout=60,
            verify=False,
        )
    except httpx.TransportError:
        return None
    return answer.status_code


def pushed(shared: ServedFleet, count: int) -> bool:
    """Whether so many are on the remote."""
    return len(shared.names()) >= count


def added(shared: ServedFleet) -> Counter[str]:
    """How often each workspace was added on the remote's main."""
    subjects = shared.git("log", "--format=%s", "main").splitlines()
    return Counter(each.removeprefix("Add ") for each in subjects if each.startswith("Add "))


def accepted(shared: ServedFleet) -> int:
    """The connections that the process has taken, and read all of that has come."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [line for line in lines if line[1].endswith(f":{shared.port:04X}") and line[3] == ESTABLISHED]
    return sum(line[4].endswith(":00000000") and line[9] != "0" for line in ours)


def listens(shared: ServedFleet) -> bool:
    """Whether anybody is let in."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", shared.port)) == 0


def test_a_killed_api_loses_nothing_and_a_retry_makes_nothing_twice(shared: ServedFleet) -> None:
    """Killed among concurrent creates: each that was acknowledged is there, and a retry of all leaves one of each."""
    with shared.serving() as process, ThreadPoolExecutor(20) as clients:
        answers = clients.map(lambda number: create(shared, number), range(CREATES))
        until(lambda: pushed(shared, 5))
        process.send_signal(signal.SIGKILL)
        first = list(answers)
    acknowledged = {f"w-{number}" for number, answer in enumerate(first) if answer == 202}
    assert acknowledged <= set(shared.names())
    assert len(acknowledged) < CREATES, "the kill came too late to say anything"

    with shared.serving(), ThreadPoolExecutor(20) as clients:
        again = list(clients.map(lambda number: create(shared, number), range(CREATES)))

    assert [202] * CREATES == again
    assert {f"w-{number}": 1 for number in range(CREATES)} == added(shared)


def test_a_signal_ends_it_when_every_request_in_flight_is_answered(shared: ServedFleet) -> None:
    """Creates whose push is under way are acknowledged, and there, before it ends; nobody is let in meanwhile."""
    began, go = shared.remote / "began", shared.remote / "go"
    hook = shared.remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {began}\nuntil [ -e {go} ]; do sleep 0.1; done\n")
    hook.chmod(0o755)
    with shared.serving() as process, ThreadPoolExecutor(5) as clients:
        answers = clients.map(lambda number: create(shared, number), range(5))
        until(began.exists)
        until(lambda: accepted(shared) == 5, says="the others did not come")
        process.send_signal(signal.SIGTERM)
        until(lambda: not listens(shared), says="it still takes requests")
        go.touch()
        codes = list(answers)
        process.wait(PATIENCE)

    assert 0 == process.returncode
    assert {202} <= set(codes) <= {202, 503}
    assert [f"w-{number}" for number, answer in enumerate(codes) if answer == 202] == shared.names()


def test_a_stream_does_not_hold_up_the_end(shared: ServedFleet) -> None:
    """Whoever follows a workspace is told that Helium ends, and the process does not wait for the stream's own end."""
    with shared.serving() as process, shared.client() as client:
        assert 202 == client.post("/workspace", json={"name": "followed"}).status_code
        with client.stream("GET", "/workspace/followed/events") as answer:
            lines = answer.iter_lines()
            assert "event: workspace" in islice(lines, 10)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            rest = list(lines)
        process.wait(PATIENCE)

    assert "event: end" in rest
    assert any("Helium ends now" in line for line in rest)
    assert time.monotonic() - begun < 30


def test_a_port_for_operators_alone(shared: ServedFleet) -> None:
    """Figures and reasons need no token there; at the other port they do, and workspaces do at both."""
    port = free_port()
    with shared.serving(HELIUM_METRICS_PORT=str(port)):
        theirs, ours = f"http://127.0.0.1:{port}", shared.address
        said = {
            (address, path): httpx.get(address + path, verify=False)
            for address in (theirs, ours)
            for path in ("/metrics", "/readyz", "/v1/api/workspaces", "/")
        }

    codes = {pair: answer.status_code for pair, answer in said.items()}
    assert [200, 200, 401, 303] == [codes[theirs, path] for path in ("/metrics", "/readyz", "/v1/api/workspaces", "/")]
    assert [401, 200, 401, 303] == [codes[ours, path] for path in ("/metrics", "/readyz", "/v1/api/workspaces", "/")]
    assert "helium_requests_total" in said[theirs, "/metrics"].text
    commits = [said[address, "/readyz"].json()["Commit"] for address in (theirs, ours)]
    assert [shared.git("rev-parse", "main"), ""] == commits
