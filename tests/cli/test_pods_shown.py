"""`helium show --events`: what a pass saw of the pods, from the record."""

from __future__ import annotations

from datetime import UTC, datetime

from helium.core.health import ClusterWarning, WorkspaceHealth
from helium.errors import ExitCode
from helium.sandbox import set_faults
from tests.cli.conftest import CommandLineFleet

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LACKS = WorkspaceHealth(
    NOW,
    {"Running": 1, "Pending": 1},
    ready=1,
    wanted=2,
    unready=("web-1: Unschedulable: no node\x1b[2J <b>",),
    warnings=(ClusterWarning(NOW, "Pod web-1: FailedScheduling: no node"),),
)


def test_what_was_seen_is_shown_with_its_age(fleet: CommandLineFleet) -> None:
    """Pods by phase, those that are not ready and why, the warnings, and when a pass looks again."""
    fleet("new", "alpha")
    assert "No pass has looked at the pods of alpha yet" in fleet("show", "alpha", "--events").stderr
    fleet.memory.engine.looks["alpha"] = LACKS
    progress = " ".join(fleet("reconcile").stderr.split())
    assert " s): not ready yet: 1 of 2 pods not ready: web-1: Unschedulable" in progress
    assert "ready alpha" not in progress

    shown = fleet("show", "alpha", "--events").stdout
    assert "pods       2 pods: 1 Pending, 1 Running; 1 of 2 ready\n" in shown
    assert "not ready  web-1: Unschedulable: no node�[2J <b>\n" in shown
    assert "ago: Pod web-1: FailedScheduling: no node\n" in shown
    assert "next look  by the first pass after " in shown
    whole = fleet("show", "alpha").stdout
    assert "status      creating: 1 of 2 pods not ready: web-1: Unschedulable" in whole
    assert "pods        2 pods: 1 Pending, 1 Running; 1 of 2 ready, seen " in whole

    health = fleet.json("show", "alpha", "--events")["health"]
    assert ({"Running": 1, "Pending": 1}, 1, 2, "") == (
        health["pods"],
        health["ready"],
        health["wanted"],
        health["could_not_look"],
    )
    assert "Pod web-1: FailedScheduling: no node" == health["warnings"][0]["text"]
    assert health == fleet.json("show", "alpha")["health"]


def test_a_look_that_failed_is_not_no_pods(fleet: CommandLineFleet) -> None:
    """It says why nobody could look, and the workspace stays ready."""
    fleet("new", "alpha")
    fleet.memory.engine.looks["alpha"] = WorkspaceHealth(NOW, trouble="the cluster ci does not answer")
    fleet("reconcile")

    assert "pods       could not look: the cluster ci does not answer" in fleet("show", "alpha", "--events").stdout
    health = fleet.json("show", "alpha", "--events")["health"]
    assert (None, "the cluster ci does not answer") == (health["pods"], health["could_not_look"])
    assert {"alpha": "ready"} == fleet.statuses()


def test_only_its_own_is_printed(fleet: CommandLineFleet) -> None:
    """Two of them are a mistake."""
    assert "exclude each other" in fleet("show", "a", "--events", "--log", code=ExitCode.USAGE).stderr
    assert "nobody" in fleet("show", "nobody", "--events", code=ExitCode.USAGE).stderr


def test_the_sandbox_has_pods_as_well(ready: CommandLineFleet) -> None:
    """With the same words: each release has a pod, which a fault makes one that is not ready."""
    assert "2 pods: 2 Running; 2 of 2 ready" in ready("show", "plain", "--events").stdout
    set_faults(ready.folder / ".helium/sandbox", "unready in plain: no node is left")
    ready("extend", "plain", "1d")
    ready("reconcile")
    shown = ready("show", "plain", "--events").stdout
    assert "2 pods: 2 Pending; 0 of 2 ready" in shown
    assert "pach-plain-0: Unschedulable: no node is left" in shown
    assert "Pod pach-plain-0: FailedScheduling: no node is left" in shown

    set_faults(ready.folder / ".helium/sandbox", "unreachable kubernetes:")
    ready("reconcile")
    assert "updating" == ready.statuses()["plain"], "the next look is not due"
