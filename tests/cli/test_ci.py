"""`helium ci` in clones: what a branch changes, judged beside what lives, as a pass will judge it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet

SPEC = "owner: ada@example.com\nexpiry: {}\n"
SOON = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}"
FAR = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%d}"


def branch(fleet: CommandLineFleet, files: dict[str, str | None], *, name: str = "change") -> None:
    """A branch off main with these files, beside it; main stays checked out."""
    fleet.git("checkout", "--quiet", "-b", name)
    for path, text in files.items():
        fleet.land(path, text)
    fleet.git("checkout", "--quiet", "main")


def test_a_branch_is_planned_as_if_it_were_merged(up: CommandLineFleet) -> None:
    """One comes, one goes with what it has, and nothing of the branch is checked out."""
    branch(up, {"workspaces/new.yaml": SPEC.format(SOON), "workspaces/plain.yaml": None})
    shown = up("ci", "plan", "--head", "change").stdout
    document = up.json("ci", "plan", "--head", "change")

    assert "1 to destroy, 1 to create" in shown
    assert "- plain: of ada@\u200bexample.com" in shown
    assert {"plain": "destroy", "new": "create"} == {each["name"]: each["kind"] for each in document["changes"]}
    assert "main" == up.git("branch", "--show-current")
    assert not (up.folder / "workspaces/new.yaml").exists()


def test_a_check_is_green_where_a_pass_would_carry_it_out(up: CommandLineFleet) -> None:
    """It says how many workspaces change; on a commit that main has, it validates everything."""
    branch(up, {"workspaces/new.yaml": SPEC.format(SOON)})

    assert "no errors; it changes 1 workspace\n" == up("ci", "check", "--head", "change").stdout
    assert "3 files checked: no errors" in up("ci", "check").stdout
    assert [] == up.json("ci", "check")["errors"]
    assert ["new"] == [each["name"] for each in up.json("ci", "check", "--head", "change")["changes"]]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"workspaces/rich.yaml": SPEC.format(FAR)}, "beyond the maximum of 90d, counted from"),
        ({"workspaces/new.yaml": "owner: 5+ada@users.noreply.example.com\n"}, "nobody reads mail to"),
        ({"workspaces/new.yaml": SPEC.format("2020-01-01")}, "expiry 2020-01-01T23:59:59Z has passed"),
        ({"workspaces/rich.yaml": SPEC.format("2020-01-01")}, "expiry 2020-01-01T23:59:59Z has passed"),
        (
            {"workspaces/team/plain.yaml": SPEC.format(SOON)},
            "the name plain is also claimed by workspaces/team/plain.yaml",
        ),
        ({"workspaces/plain.yaml": "backend: kubernetes-namespace\n"}, "backend"),
        ({"helium.yaml": "fleet: [\n"}, "helium.yaml"),
        ({"workspaces/new.yaml": "expirey: 2030-01-01\n"}, "expirey"),
    ],
)
def test_what_a_pass_will_refuse_is_red_here(up: CommandLineFleet, files: dict[str, str | None], says: str) -> None:
    """With the history that the pass has: it knows when a file was added, and what lives under a name."""
    branch(up, files)
    shown = up("ci", "check", "--head", "change", code=ExitCode.INVALID)
    beside = up("ci", "check", "--head", "change", "--format", "github", code=ExitCode.INVALID).stdout

    assert says in shown.stdout
    assert says in beside
    assert beside.startswith("::error file=")


def test_a_refusal_is_red_and_stands_beside_a_file(up: CommandLineFleet) -> None:
    """Taking every spec away looks like an accident, and the annotation is at one of them."""
    branch(up, {"workspaces/plain.yaml": None, "workspaces/rich.yaml": None})
    shown = up("ci", "check", "--head", "change", "--format", "github", code=ExitCode.REFUSED).stdout

    assert shown.startswith("::error file=workspaces/plain.yaml,line=1,col=1::No spec is left in workspaces/.")
    assert "--allow-deletes" in shown


def test_what_is_wrong_on_main_is_not_this_branch_s_fault(up: CommandLineFleet) -> None:
    """Somebody's broken file, and somebody's deadline that has passed, turn nobody else red."""
    up.land("workspaces/broken.yaml", "expirey: 2030-01-01\n")
    up.land("workspaces/old.yaml", SPEC.format("2020-01-01"))
    branch(up, {"workspaces/new.yaml": SPEC.format(SOON)})

    assert "no errors" in up("ci", "check", "--head", "change").stdout


def test_a_branch_with_conflicts_says_where(up: CommandLineFleet) -> None:
    """Neither planned nor checked: the sentence names the file and what to do."""
    branch(up, {"workspaces/plain.yaml": SPEC.format(SOON)})
    up.land("workspaces/plain.yaml", SPEC.format("2026-12-30"))

    assert "in workspaces/plain.yaml. Rebase it" in up("ci", "plan", "--head", "change", code=ExitCode.SOURCE).stderr
    up("ci", "check", "--head", "change", code=ExitCode.SOURCE)


def test_thousands_of_files_are_not_planned(up: CommandLineFleet) -> None:
    """A pull request of that size is split before anybody reads it."""
    branch(up, {f"notes/{number}.txt": "x" for number in range(3)})
    up.git("checkout", "--quiet", "change")
    for number in range(201):
        (up.folder / "notes" / f"more{number}.txt").write_text("x")
    up.land("notes/last.txt", "x")
    up.git("checkout", "--quiet", "main")

    assert "It changes 205 files" in up("ci", "plan", "--head", "change", code=ExitCode.SOURCE).stderr


def test_half_a_commit_id_is_no_event_s(up: CommandLineFleet) -> None:
    """The event names the whole commit, and so does the workflow."""
    assert "whole commit id" in up("ci", "plan", "--pull-request", "1", "--head", "abc", code=ExitCode.USAGE).stderr


def test_a_plan_of_a_branch_is_no_refusal(up: CommandLineFleet) -> None:
    """`helium plan --ref BRANCH` looks at the state as well, and plans main with the branch merged."""
    branch(up, {"workspaces/new.yaml": SPEC.format(SOON), "workspaces/plain.yaml": None})
    shown = up("plan", "--ref", "change", "--markdown").stdout

    assert "**Plan** for main with change merged: 1 to create, 1 to destroy, 1 to keep." in shown
    assert "Refused" not in shown
    assert [] == up.json("plan", "--ref", "change")["refusals"]
    assert ["history"] == [each["code"] for each in up.json("plan", "--ref", "main~1")["refusals"]]
