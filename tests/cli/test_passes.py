from __future__ import annotations

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet, lease_out

OLD = "expiry: 2020-01-01\n"


def test_a_file_becomes_a_stack_and_the_next_pass_does_nothing(ready: CommandLineFleet) -> None:
    """What was asked for is ready, and a plan then has nothing to do."""
    plan = ready.json("plan")

    assert {"plain": "ready", "rich": "ready"} == ready.statuses()
    assert {"keep"} == {change["kind"] for change in plan["changes"]}


def test_plan_json_has_its_documented_form(fleet: CommandLineFleet) -> None:
    """`plan --json` is one document with all its keys, and nothing else on standard output."""
    fleet("new", "alpha")
    plan = fleet.json("plan")

    assert {"digest", "commit", "now", "changes", "refusals", "errors", "counts"} == set(plan)
    assert {"name", "kind", "code", "reason", "backend", "deadline", "digest", "cost"} == set(plan["changes"][0])
    assert ("create", "new-file") == (plan["changes"][0]["kind"], plan["changes"][0]["code"])
    assert 1 == plan["counts"]["create"]


def test_plan_tells_by_its_exit_code_that_there_are_changes(fleet: CommandLineFleet) -> None:
    """`--exit-code` is 10 with changes, 0 without, and a plan without it is always 0."""
    fleet("plan", "--exit-code")
    fleet("new", "alpha")

    fleet("plan", "--exit-code", code=ExitCode.CHANGES)
    fleet("plan")


def test_plan_reads_commits_and_never_the_working_tree(fleet: CommandLineFleet) -> None:
    """An uncommitted file is in no plan; `--ref` plans for another commit."""
    fleet("new", "alpha")
    (fleet.folder / "workspaces" / "beta.yaml").write_text("{}\n")

    assert ["alpha"] == [change["name"] for change in fleet.json("plan")["changes"]]
    assert [] == fleet.json("plan", "--ref", "main~1")["changes"]


def test_plan_for_a_comment_names_its_refusals_and_its_sandbox(fleet: CommandLineFleet) -> None:
    """`--markdown` is a table with the reasons, and says that it shows a sandbox."""
    fleet("new", "alpha")
    shown = fleet("plan", "--markdown").stdout

    assert "| create | alpha |" in shown
    assert "Sandbox" in shown


def test_two_forms_of_a_plan_cannot_be_asked_for_at_once(fleet: CommandLineFleet) -> None:
    """`--json --markdown` is a usage error."""
    fleet("plan", "--json", "--markdown", code=ExitCode.USAGE)


def test_invalid_specs_end_a_pass_with_their_own_code(fleet: CommandLineFleet) -> None:
    """A file with errors is named with its line, and the pass ends with 3."""
    fleet.land("workspaces/alpha.yaml", "expirey: 2030-01-01\n")
    shown = fleet("plan", code=ExitCode.INVALID).stdout

    assert "workspaces/alpha.yaml:1:1" in shown


def test_the_plan_is_shown_before_the_guard_refuses(up: CommandLineFleet) -> None:
    """No spec left: the plan is printed, the refusal too, nothing is destroyed, and the code is 4."""
    for name in ("plain", "rich"):
        up.land(f"workspaces/{name}.yaml", None)
    shown = up("reconcile", code=ExitCode.REFUSED).stdout

    assert "held" in shown
    assert "refused: No spec is left" in shown
    assert {"plain": "deleting", "rich": "deleting"} == up.statuses()
    assert 2 == sum(change["kind"] == "keep" for change in up.json("plan", code=ExitCode.REFUSED)["changes"])


def test_too_many_deletes_need_the_digest_of_exactly_those_names(up: CommandLineFleet) -> None:
    """A refused number of deletes prints its override, and that override lets them go."""
    up.land("helium.yaml", (up.folder / "helium.yaml").read_text().replace("deletes: 5", "deletes: 0"))
    up.land("workspaces/plain.yaml", None)
    refusal = up.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"][0]
    option, digest = refusal["override"].split()

    assert ("too-many-deletes", "--allow-deletes") == (refusal["code"], option)
    up("reconcile", option, "0" * 16, code=ExitCode.REFUSED)
    up("reconcile", option, digest)
    assert {"rich": "ready"} == up.statuses()


def test_only_applies_to_those_names(up: CommandLineFleet) -> None:
    """`--only NAME` leaves the rest of the plan for another pass."""
    for name in ("plain", "rich"):
        up("extend", name, "+1d")
    outcomes = up.json("reconcile", "--only", "plain")["outcomes"]

    assert [("plain", True)] == [(outcome["name"], outcome["ok"]) for outcome in outcomes]
    assert ["update"] == [change["kind"] for change in up.json("plan")["changes"] if change["name"] == "rich"]


@pytest.mark.parametrize("option", ["--only", "--roll", "--allow-replace"])
def test_a_name_that_nobody_knows_is_refused(fleet: CommandLineFleet, option: str) -> None:
    """A misspelt name in an option applies nothing, and says so."""
    fleet("new", "alpha")
    shown = fleet("reconcile", option, "alhpa", code=ExitCode.USAGE)

    assert "alhpa" in shown.stderr
    assert {"alpha": "requested"} == fleet.statuses()


def test_expect_applies_only_the_plan_that_was_reviewed(fleet: CommandLineFleet) -> None:
    """Another digest refuses the whole pass; one that cannot be a digest is a usage error."""
    fleet("new", "alpha")
    reviewed = fleet.json("plan")["digest"]

    fleet("reconcile", "--expect", "0" * 32, code=ExitCode.REFUSED)
    fleet("reconcile", "--expect", reviewed[:8], code=ExitCode.USAGE)
    fleet("reconcile", "--expect", "", code=ExitCode.USAGE)
    fleet("reconcile", "--expect", reviewed, "--dry-run")
    assert {"alpha": "requested"} == fleet.statuses()


def test_a_dry_run_is_a_plan(fleet: CommandLineFleet) -> None:
    """`reconcile --dry-run` shows and does nothing."""
    fleet("new", "alpha")
    shown = fleet.json("reconcile", "--dry-run")

    assert [] == shown["outcomes"]
    assert fleet.json("plan")["digest"] == shown["plan"]["digest"]
    assert not (fleet.folder / ".helium" / "sandbox").exists()


def test_a_roll_brings_one_over(up: CommandLineFleet) -> None:
    """A new setting is nobody's update by itself; `--roll NAME` makes it that one's."""
    up.land("helium.yaml", (up.folder / "helium.yaml").read_text().replace("tenant.example.com", "new.example.com"))
    kept = {change["code"] for change in up.json("plan")["changes"]}
    rolled = up.json("reconcile", "--roll", "plain")["outcomes"]

    assert {"older-program"} == kept
    assert [("plain", "rolled", True)] == [(each["name"], each["code"], each["ok"]) for each in rolled]


def test_a_failed_stack_ends_the_pass_with_its_code(fleet: CommandLineFleet) -> None:
    """One stack's failure is told with its sentence, the other is made, the code is 5."""
    fleet("new", "alpha", "--description", "fail")
    fleet("new", "beta")
    shown = fleet("reconcile", "--parallel", "2", code=ExitCode.FAILED)

    assert "alpha: " in shown.stderr
    assert "quota exceeded" in shown.stderr
    assert {"alpha": "failed", "beta": "ready"} == fleet.statuses()


def test_a_lease_that_another_holds_is_waited_for_and_then_told(up: CommandLineFleet) -> None:
    """Another pass's lease ends the command with 7, and says whose it is; a person's command ends a dead one."""
    lease_out(up, "run-9")
    up("extend", "plain", "+1d")
    shown = up("reconcile", code=ExitCode.LEASED)

    assert "run-9 on elsewhere" in shown.stderr
    assert "helium ledger end-lease run-9" in shown.stderr
    up("ledger", "end-lease", "run-8", code=ExitCode.USAGE)
    up("ledger", "end-lease", "run-9")
    up("reconcile")
    assert up.json("ledger", "show")["fleet_record"]["lease"] is None
