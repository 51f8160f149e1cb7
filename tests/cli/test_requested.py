"""A removal is free of the limit if somebody asked Helium for it, and not if a commit merely says so.

With a real remote, where main and ledger are pushed, and a fleet that may lose nothing that nobody asked for.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import sleep

import pytest

from helium.app.mirror import open_mirror
from helium.errors import ExitCode
from helium.ports.commit_queue import Request, View
from helium.ports.repo import Edit
from helium.settings import Settings
from helium.settings.serving import Serving
from tests.cli.conftest import CommandLineFleet


@pytest.fixture
def shared(fleet: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A fleet on a real remote, in which `a`, `b` and `c` are up and no delete is free."""
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", remote], check=True)
    text = (fleet.folder / "helium.yaml").read_text().replace("deletes: 5", "deletes: 0")
    state = tmp_path / "state"
    state.mkdir()
    lines = [f"state: file://{state}" if line.startswith("state:") else line for line in text.splitlines()]
    fleet.land("helium.yaml", "\n".join(lines) + "\n")
    fleet.git("remote", "add", "origin", str(remote))
    fleet.git("push", "--quiet", "--set-upstream", "origin", "main")
    own = replace(fleet, env={**fleet.env, "HELIUM_PASSPHRASE": "testtesttest"})
    for name in "abc":
        own("new", name)
    own("reconcile")
    own.git("pull", "--quiet")
    sleep(1)  # git's times are whole seconds
    return own


def without(path: str, _: View) -> Sequence[Edit]:
    """An edit that takes one file away."""
    return (Edit(path, None),)


def typed(fleet: CommandLineFleet, name: str, request: str) -> None:
    """Somebody removes a file by hand, and types what Helium writes."""
    fleet.git("pull", "--quiet")
    fleet.git("rm", "--quiet", f"workspaces/{name}.yaml")
    fleet.git("commit", "--quiet", "--message", f"Remove {name}", "--message", f"Helium-Request: {request}")
    fleet.git("push", "--quiet")


def requests(fleet: CommandLineFleet) -> list[list[str]]:
    """The names that the ledger's requests are about."""
    fleet.git("fetch", "--quiet")
    said = json.loads(fleet.git("show", "origin/helium-ledger:fleet.json"))
    return [each["names"] for each in said["requests"]]


def test_a_typed_trailer_frees_nobody_from_the_limit(shared: CommandLineFleet) -> None:
    """One file a commit, each with a trailer of its own: it is a removal by hand all the same."""
    for name in "abc":
        typed(shared, name, f"{name}f00d")
    shared.land("workspaces/d.yaml", "{}\n")
    shared.git("push", "--quiet")
    refusal = shared.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"][0]

    assert ("too-many-deletes", ["a", "b", "c"]) == (refusal["code"], refusal["names"])
    assert {"a": "deleting", "b": "deleting", "c": "deleting", "d": "ready"} == shared.statuses()


def test_what_helium_was_asked_for_goes(shared: CommandLineFleet) -> None:
    """`helium delete` notes the request, a pass carries it out, and the ledger keeps it no longer."""
    shared("delete", "a")
    assert [["a"]] == requests(shared)
    shared("reconcile")

    assert {"b": "ready", "c": "ready"} == shared.statuses()
    assert [] == requests(shared)
    (line,) = [line for line in shared.json("audit", "--name", "a") if line["code"] == "file-removed"]
    assert "request" == line["origin"]


def test_the_id_of_a_request_is_good_for_its_own_names_once(shared: CommandLineFleet) -> None:
    """Ids are on main for everybody to see. Typed again, for another name or the same, they are nobody's request."""
    shared("delete", "a")
    shared.git("pull", "--quiet")
    ident = shared.git("log", "-1", "--format=%(trailers:key=Helium-Request,valueonly)").strip()
    typed(shared, "b", ident)
    held = shared.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"][0]["names"]
    assert (["b"], {"b": "deleting", "c": "ready"}) == (held, shared.statuses())

    shared("delete", "c")
    shared.git("pull", "--quiet")
    ident = shared.git("log", "-1", "--format=%(trailers:key=Helium-Request,valueonly)").strip()
    shared("restore", "c")
    shared("reconcile", code=ExitCode.REFUSED)
    typed(shared, "c", ident)

    assert ["b", "c"] == shared.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"][0]["names"]


def test_a_ledger_that_takes_no_note_loses_no_removal(shared: CommandLineFleet, tmp_path: Path) -> None:
    """The file goes all the same. Only the limit counts it, and the refusal names its override."""
    hook = tmp_path / "remote.git" / "hooks" / "update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/helium-ledger ] || { echo "protected branch" >&2; exit 1; }\n')
    hook.chmod(0o755)
    shared("delete", "a")
    hook.unlink()

    refusal = shared.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"][0]
    assert ("too-many-deletes", ["a"]) == (refusal["code"], refusal["names"])
    shared("reconcile", *refusal["override"].split())
    assert {"b": "ready", "c": "ready"} == shared.statuses()


def test_what_the_api_was_asked_for_goes(shared: CommandLineFleet) -> None:
    """By the queue's own mirror: the requests of a batch are in one commit of the ledger, before main has theirs."""
    environ = {**os.environ, **shared.env}
    before = shared.git("rev-list", "--count", "origin/helium-ledger")
    with open_mirror(shared.folder, Settings.from_env(environ), serving=Serving.from_env(environ)) as served:
        for name in "ab":
            edit = partial(without, f"workspaces/{name}.yaml")
            request = Request(f"{name}-1", "Ada <ada@example.com>", f"Remove {name}", edit)
            served.upstream.commit_queue.submit(request)
    assert [["a"], ["b"]] == requests(shared)
    assert 2 == int(shared.git("rev-list", "--count", "origin/helium-ledger")) - int(before)
    shared("reconcile")

    assert {"c": "ready"} == shared.statuses()


def test_an_expiry_is_nobodys_request(shared: CommandLineFleet) -> None:
    """A job whose clock is wrong takes files away in people's stead; what it took counts when the clock is right."""
    ends = datetime.now(UTC) + timedelta(seconds=2)
    shared("new", "short", "--expiry", f"{ends:%Y-%m-%dT%H:%M:%SZ}")
    shared("reconcile")
    sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 1.1)
    shared("expire")

    assert [] == requests(shared)
