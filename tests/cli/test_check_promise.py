"""What `helium ci check` passes, the next pass does not refuse: random branches, real git, stacks in memory."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, note, settings
from hypothesis import strategies as st

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet, copied

NAMES = ("plain", "rich", "new", "other")
FOLDERS = ("", "team/")
DAYS = (-3, 2, 60, 89, 91, 300)
"""Days from now: over, soon, and on either side of the maximum, which counts from when a file was added."""

EXAMPLES = 100 if settings.get_current_profile_name() == "many" else 10
"""Each is a repository, two passes and a check: the pure properties draw more."""

QUOTAS = ("", "limits: {perOwner: 2}", "limits: {fleet: 3}", "limits: {perTeam: 1}", "teams: {team: {quota: 0}}")

Files = Mapping[str, str | None]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A spec that people write: right, or wrong in one of the ways that people are wrong."""
    lines = [
        "owner: {}".format(draw(st.sampled_from(["ada@example.com", "bob@example.com", "1+x@noreply.example.com"])))
    ]
    if draw(st.booleans()):
        lines.append(f"expiry: {datetime.now(UTC) + timedelta(days=draw(st.sampled_from(DAYS))):%Y-%m-%d}")
    lines += draw(
        st.lists(
            st.sampled_from(["protected: true", "pachdVersion: 2.4.1", "backend: nobody", "description: hi", "odd: 1"]),
            unique=True,
            max_size=2,
        )
    )
    return "\n".join([*lines[draw(st.integers(0, 1)) :], ""])


@st.composite
def branches(draw: st.DrawFn) -> Files:
    """What a branch does to some names: write, take away, move to a team's folder."""
    files: dict[str, str | None] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        for folder in FOLDERS:
            if draw(st.booleans()):
                files[f"workspaces/{folder}{name}.yaml"] = draw(st.none() | texts())
    return files


def change(fleet: CommandLineFleet, files: Files) -> bool:
    """One commit with these files. Whether it changes anything."""
    for path, text in files.items():
        file = fleet.folder / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    fleet.git("add", "--all")
    if not fleet.git("status", "--porcelain"):
        return False
    fleet.git("commit", "--quiet", "--message", "Change")
    return True


def bounded(fleet: CommandLineFleet, quota: str) -> str:
    """The settings, with a quota."""
    kept, section = [], False
    for line in (fleet.folder / "helium.yaml").read_text().splitlines():
        section = line.startswith("limits:") or (section and line.startswith(" "))
        kept += [] if section else [line]
    return "\n".join([*kept, quota, ""])


def trouble(fleet: CommandLineFleet) -> set[str]:
    """What a pass says that a person has to mend, without what moves with the clock or the commit."""
    result = fleet.run("reconcile", "--json")
    document = json.loads(result.stdout)
    plan = document["plan"]
    note(result.stdout)
    errors = {f"{each['path']} {each['pointer']} {each['sentence']}" for each in plan["errors"]}
    held = {f"{each['code']} {name}" for each in plan["refusals"] for name in each["names"]}
    failed = {f"{each['name']} failed" for each in document["outcomes"] if not each["ok"]}
    return errors | held | failed


@settings(max_examples=EXAMPLES)
@given(before=branches(), after=branches(), quota=st.sampled_from(QUOTAS))
def test_what_the_check_passes_the_pass_does_not_refuse(
    grown_in_memory: CommandLineFleet, before: Files, after: Files, quota: str
) -> None:
    """Whatever main had wrong already stays as it was, and a green branch adds nothing to it."""
    folder = Path(tempfile.mkdtemp())
    try:
        fleet = copied(grown_in_memory, folder / "acme")
        change(fleet, {**before, "helium.yaml": bounded(fleet, quota)})
        already = trouble(fleet)
        fleet.git("checkout", "--quiet", "-b", "change")
        if not change(fleet, after):
            return
        fleet.git("checkout", "--quiet", "main")
        checked = fleet.run("ci", "check", "--head", "change")
        note(checked.stdout)
        if checked.exit_code != ExitCode.DONE:
            assert checked.exit_code in (ExitCode.INVALID, ExitCode.REFUSED)
            return
        fleet.git("merge", "--quiet", "--no-ff", "--message", "Merge", "change")
        assert trouble(fleet) <= already
    finally:
        shutil.rmtree(folder)
