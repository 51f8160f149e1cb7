"""A served fleet reads files by the backends that main has now, and not by those of the start."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from helium.api.tokens import Tokens
from helium.app.mirror import open_mirror
from helium.app.serve import api_parts
from helium.settings import Settings
from helium.settings.serving import Serving
from tests.api.serving import TOKENS, client, served
from tests.serving.processes import ServedFleet, site, until

RESOURCES = "def declare(workspace):\n    return {}\n"
USES = "backend: own\nowner: ada@example.com\n"


@pytest.fixture
def served_fleet(tmp_path: Path) -> ServedFleet:
    """A fleet on a bare remote, whose state is elsewhere."""
    return site(tmp_path, state="gs://acme-state")


def push(served_fleet: ServedFleet, path: str, *, text: str) -> None:
    """Somebody's push of one file; empty takes it away."""
    file = served_fleet.fleet / path
    if text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    else:
        file.unlink()
    for command in (("add", "-A"), ("commit", "-q", "-m", f"Change {path}"), ("push", "-q", "origin", "main")):
        subprocess.run(
            ["git", "-C", str(served_fleet.fleet), *command], env=served_fleet.env, check=True, capture_output=True
        )


def issues(caller: httpx.Client, name: str) -> int | None:
    """How many a file has; `None` while it is not known."""
    answer = caller.get(f"/workspace/{name}")
    return len(answer.json()["Workspace"]["FileErrors"]) if answer.status_code == 200 else None


def test_a_backend_that_comes_or_goes_is_heeded_without_a_restart(served_fleet: ServedFleet) -> None:
    """Files that were read before are read again, and wishes are judged by what is there now."""
    push(served_fleet, "workspaces/early.yaml", text=USES)
    settings, serving = Settings.from_env(served_fleet.env), Serving.from_env(served_fleet.env)
    with open_mirror(served_fleet.fleet, settings, serving=serving) as fleet:
        given = api_parts(fleet, serving, tokens=Tokens(given=TOKENS))
        with served(given) as address, client(address) as caller:
            assert 1 == issues(caller, "early")
            assert 422 == caller.post("/workspace", json={"name": "late", "backend": "own"}).status_code
            push(served_fleet, "stacks/own/resources.py", text=RESOURCES)
            given.poke()
            until(lambda: issues(caller, "early") == 0, says="the file is not read again")
            assert 202 == caller.post("/workspace", json={"name": "late", "backend": "own"}).status_code
            subprocess.run(["git", "-C", str(served_fleet.fleet), "pull", "-q"], env=served_fleet.env, check=True)
            push(served_fleet, "stacks/own/resources.py", text="")
            given.poke()
            until(lambda: issues(caller, "late") == 1, says="the backend that went is still known")
