"""What docs/how-to/disasters.md says, played: what others tests do not play already. In its order, by its commands."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from helium.core.record import FORMAT
from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet, copied, grow, initialized, lightened
from tests.cli.memory import MemoryState

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/how-to/disasters.md"
PLAYED = re.compile(r"\(\.\./\.\./(tests/\S+\.py)\)::?`(\w+)`")
LEDGER = "helium-ledger"


def test_each_disaster_was_played_by_a_test_that_is_there() -> None:
    """A row of the document names its test."""
    text = DOCUMENT.read_text()
    named = PLAYED.findall(text)
    missing = [(path, test) for path, test in named if f"def {test}(" not in (ROOT / path).read_text()]

    assert [] == missing
    assert text.count("\n## ") - 2 <= len({test for _, test in named})


@pytest.fixture
def remote(template: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A fleet with a remote, whose ledger is pushed there; `plain` and `rich` are up in memory."""
    fleet = replace(copied(template, tmp_path / "acme"), state=MemoryState())
    settings = (fleet.folder / "helium.yaml").read_text()
    (tmp_path / "state").mkdir()
    fleet.land("helium.yaml", settings.replace("state: file://.helium/state", f"state: file://{tmp_path / 'state'}"))
    fleet.git("init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "remote.git"))
    fleet.git("remote", "add", "origin", f"file://{tmp_path / 'remote.git'}")
    fleet.git("push", "--quiet", "--set-upstream", "origin", "main")
    return grow(fleet)


@pytest.mark.parametrize("has_copy", [True, False])
def test_somebody_deletes_the_ledgers_branch(remote: CommandLineFleet, tmp_path: Path, *, has_copy: bool) -> None:
    """Nothing is applied. A clone's copy brings all of it back; without one, the records come from the stacks."""
    remote.git("clone", "--quiet", f"file://{tmp_path / 'remote.git'}", str(tmp_path / "other"))
    remote.git("push", "--quiet", "origin", f":{LEDGER}")
    remote("new", "more")
    (refusal,) = remote.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"]

    assert ("foreign-state", "helium ledger rebuild") == (refusal["code"], refusal["override"])
    if has_copy:
        other = CommandLineFleet(tmp_path / "other", remote.env)
        other.git("push", "--quiet", "origin", f"origin/{LEDGER}:refs/heads/{LEDGER}")
    else:
        said = remote("ledger", "rebuild", code=ExitCode.USAGE).stderr
        remote("ledger", "rebuild", "--take-over", said.partition("--take-over ")[2].split()[0].rstrip("."))
        remote("ledger", "accept", "HEAD")
    remote("reconcile")
    assert {"plain": "ready", "rich": "ready", "more": "ready"} == remote.statuses()


def test_helium_goes_back_a_version(up: CommandLineFleet) -> None:
    """What the newer one wrote is never written over: its workspace is left alone, and all else goes on."""
    up.git("worktree", "add", "--quiet", "../ledger", LEDGER)
    path = next((up.folder.parent / "ledger" / "records").glob("*/plain.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": FORMAT + 1}))
    CommandLineFleet(up.folder.parent / "ledger", up.env).git("commit", "--quiet", "--all", "--message", "Newer")
    up.git("worktree", "remove", "--force", "../ledger")
    up("new", "more")
    up.land("workspaces/plain.yaml", None)
    result = up.run("reconcile", "--json")
    outcomes = json.loads(result.stdout)["outcomes"]

    assert {"more": True} == {each["name"]: each["ok"] for each in outcomes if each["kind"] == "create"}, result.output
    assert any(stack.name == "plain" for stack in up.memory.engine.stacks), result.output


def test_a_backup_of_state_and_ledger_is_restored(template: CommandLineFleet, tmp_path: Path) -> None:
    """Both from one moment: nothing is lost. The state alone: what is younger is named, and nothing is destroyed."""
    fleet = grow(lightened(initialized(tmp_path / "acme", template.env)))
    state, backup = fleet.folder / ".helium" / "state", tmp_path / "backup"
    shutil.copytree(state, backup)
    fleet.git("bundle", "create", "--quiet", str(tmp_path / "ledger.bundle"), LEDGER)
    fleet("new", "late")
    fleet("reconcile")

    shutil.rmtree(state)
    assert "the state does not exist" in fleet("reconcile", code=ExitCode.FAILED).stderr
    shutil.copytree(backup, state)
    plan = fleet.json("plan")
    assert {"late": "lost-stack", "plain": "in-step", "rich": "in-step"} == {
        each["name"]: each["code"] for each in plan["changes"]
    }
    fleet("ledger", "accept-loss", "late")
    fleet("reconcile")
    assert {"late": "ready", "plain": "ready", "rich": "ready"} == fleet.statuses()

    shutil.rmtree(state)
    shutil.copytree(backup, state)
    fleet.git("fetch", "--quiet", str(tmp_path / "ledger.bundle"), f"+{LEDGER}:{LEDGER}")
    assert {"late": "create", "plain": "keep", "rich": "keep"} == {
        each["name"]: each["kind"] for each in fleet.json("plan")["changes"]
    }
    fleet("reconcile")
    assert {"late": "ready", "plain": "ready", "rich": "ready"} == fleet.statuses()
