"""`reconcile` in three steps, as jobs of CI call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet

DIGEST = "0" * 32


@pytest.mark.parametrize("fixture", ["up", pytest.param("light_up", marks=pytest.mark.slow)])
def test_a_pass_in_three_steps(request: pytest.FixtureRequest, fixture: str) -> None:
    """Planned once, carried out in parts, closed: as after one pass; and a step that comes late ends with 7."""
    grown_fleet: CommandLineFleet = request.getfixturevalue(fixture)
    grown_fleet("new", "alpha", "--expiry", "+2d")
    grown_fleet("delete", "plain")
    printed = grown_fleet.json("reconcile", "--split")
    commit = printed["split"]
    assert ["1/1"] == printed["shards"]
    assert {"alpha": "creating", "plain": "deleting", "rich": "ready"} == grown_fleet.statuses()

    one = grown_fleet.json("reconcile", "--plan", commit, "--shard", "1/2")
    two = grown_fleet("reconcile", "--plan", commit[:12], "--shard", "2/2", "--parallel", "2").stdout
    last = grown_fleet.json("reconcile", "--plan", commit, "--close")

    assert ("1/2", ["alpha"]) == (one["shard"], [outcome["name"] for outcome in one["outcomes"]])
    assert "1 destroyed" in two
    assert [("alpha", True), ("plain", True)] == [(outcome["name"], outcome["ok"]) for outcome in last["outcomes"]]
    assert {"alpha": "ready", "rich": "ready"} == grown_fleet.statuses()
    assert [] == [change for change in grown_fleet.json("plan")["changes"] if change["kind"] != "keep"]
    for late in (("--shard", "1/2"), ("--close",)):
        assert "The plan of" in grown_fleet("reconcile", "--plan", commit, *late, code=ExitCode.LEASED).stderr
    grown_fleet("reconcile", code=ExitCode.DONE)


def test_a_split_tells_the_later_jobs_of_ci(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """In the file that CI names; the plan is there to be read by people."""
    fleet("new", "alpha", "--expiry", "+2d")
    outputs = tmp_path / "outputs"
    outputs.write_text("before=1\n")
    shown = fleet("reconcile", "--split", env={"GITHUB_OUTPUT": str(outputs)})

    sharded = fleet.git("rev-parse", "helium-ledger")
    assert f'before=1\nsplit={sharded}\nshards=["1/1"]\n' == outputs.read_text()
    assert "1 to create" in shown.stdout
    assert f"helium reconcile --plan {sharded} --shard 1/1; and when" in shown.stderr


@pytest.mark.parametrize(("most", "shards"), [((), ["1/2", "2/2"]), (("--most-shards", "1"), ["1/1"])])
def test_a_split_picks_as_many_shards_as_the_changes_are_worth(
    fleet: CommandLineFleet, tmp_path: Path, most: tuple[str, ...], shards: list[str]
) -> None:
    """Two rounds of what a machine does at once for each; fewer where somebody says so."""
    outputs = tmp_path / "outputs"
    for number in range(4):
        fleet("new", f"w{number}", "--expiry", "+2d")
    shown = fleet("reconcile", "--split", "--parallel", "1", *most, env={"GITHUB_OUTPUT": str(outputs)})

    told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    assert shards == json.loads(told["shards"])
    assert ("--shard I/2, with I from 1 to 2" in shown.stderr) == (len(shards) == 2)


def test_a_split_with_nothing_to_do_names_no_commit(up: CommandLineFleet, tmp_path: Path) -> None:
    """CI then starts no shard."""
    outputs = tmp_path / "outputs"
    printed = up.json("reconcile", "--split")
    assert ("", []) == (printed["split"], printed["shards"])
    up("reconcile", "--split", env={"GITHUB_OUTPUT": str(outputs)})
    assert not outputs.exists()


def test_an_invalid_file_ends_the_closing_step_and_no_other(fleet: CommandLineFleet) -> None:
    """The rest is left for shards and made; the error is told again in the end, and the pass ends with 3."""
    fleet("new", "alpha", "--expiry", "+2d")
    fleet.land("workspaces/bad.yaml", "expiry: never\n")
    commit = fleet.json("reconcile", "--split")["split"]
    fleet("reconcile", "--plan", commit, "--shard", "1/1")

    assert "workspaces/bad.yaml:1" in fleet("reconcile", "--plan", commit, "--close", code=ExitCode.INVALID).stdout
    assert {"alpha": "ready"} == {name: status for name, status in fleet.statuses().items() if name == "alpha"}


def test_a_pass_is_closed_though_a_shard_never_ran(fleet: CommandLineFleet) -> None:
    """By a person too, who knows the branch alone: its names are named, it ends with 5, and the next one does them."""
    fleet("new", "alpha", "--expiry", "+2d")
    fleet("reconcile", "--split")
    fleet("reconcile", code=ExitCode.LEASED)

    assert (
        "alpha: no shard finished it"
        in fleet("reconcile", "--plan", "helium-ledger", "--close", code=ExitCode.FAILED).stderr
    )
    fleet("reconcile")
    assert {"alpha": "ready"} == fleet.statuses()


@pytest.mark.parametrize(
    "flags",
    [
        ("--shard", "1/2"),
        ("--close",),
        ("--plan", "abc"),
        ("--plan", "abc", "--shard", "1/2", "--close"),
        ("--split", "--dry-run"),
        ("--most-shards", "2"),
        ("--split", "--most-shards", "0"),
        ("--split", "--most-shards", "257"),
        *(
            ("--plan", "abc", "--shard", "1/2", *flag)
            for flag in (
                ("--expect", DIGEST),
                ("--allow-deletes", DIGEST[:16]),
                ("--allow-replace", "a"),
                ("--only", "a"),
                ("--roll", "a"),
                ("--roll-all",),
                ("--clock-is-right",),
                ("--wait", "1m"),
                ("--dry-run",),
                ("--split",),
                ("--most-shards", "2"),
            )
        ),
        *(("--plan", "abc", "--shard", shard) for shard in ("0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", "")),
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_refused(fleet: CommandLineFleet, flags: tuple[str, ...]) -> None:
    """What a person allows is allowed to the plan, not to a part of it; and each step says which it is."""
    fleet("reconcile", *flags, code=ExitCode.USAGE)


def test_a_commit_without_a_plan_is_named(fleet: CommandLineFleet) -> None:
    """A sentence, and nothing is applied."""
    assert (
        "is not a commit of the ledger" in fleet("reconcile", "--plan", "main", "--close", code=ExitCode.SOURCE).stderr
    )
