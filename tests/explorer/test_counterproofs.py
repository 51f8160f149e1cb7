"""With a rule of a pass taken out, the explorer finds an accident; the cuts are those of `make safeguards`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.safeguards import Copy, every

FOUND = {
    "at-work-is-left-out": ("two names, side by side", "is not there as its file says"),
    "last-look-of-a-destroy": ("one pass", "though its file is there, and its time is not over"),
    "end-with-its-proof": ("one pass, killed", "no line tells of its end"),
    "phase-pushed-first": ("one pass", "is an orphan"),
}
"""By cut: the case in which it is found, and what is told."""
STATES = 6_000


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of this clone, whose lines may be cut."""
    return Copy.create(tmp_path_factory.mktemp("cut"))


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUND)
def test_a_rule_that_is_missing_leads_to_an_accident(copy: Copy, name: str) -> None:
    """So the walk that finds nothing says something: each rule stands between somebody and an accident."""
    (cut,), (case, sentence) = [each for each in every() if each.name == name], FOUND[name]
    command = (sys.executable, "-m", "tests.explorer", f"--case={case}", f"--states={STATES}")
    with copy.without(cut):
        ended = subprocess.run(command, cwd=copy.folder, capture_output=True, text=True, check=False)
    assert 1 == ended.returncode, ended.stdout + ended.stderr
    story = ended.stdout.partition("ACCIDENT: ")[2]
    assert sentence in story.splitlines()[0], ended.stdout


def test_every_counterproof_is_of_a_cut_that_is_there() -> None:
    """A cut that got another name has its counterproof under that one."""
    assert set() == FOUND.keys() - {cut.name for cut in every()}
