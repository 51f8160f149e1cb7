"""The log only grows: what Helium wrote is vouched for, and what somebody else made of it is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.adapters.ledger.log_integrity import NOTE
from helium.core.fleet_record import FleetRecord
from helium.ports.ledger import Writes
from tests.adapters.git_repos import git, land, new_repo, opened
from tests.adapters.ledger.ledgers import HERE, NOW, ledgers, line, record

BRANCH = "helium-ledger"
TODAY, TOMORROW = "log/2026/03/01.jsonl", "log/2026/03/02.jsonl"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository whose ledger has lines of two days."""
    path = new_repo(tmp_path / "own")
    land(path, {"helium.yaml": b"x"})
    ledger = GitLedger(opened(path), HERE)
    lines = (line("a"), line("b"), line("c", time=NOW + timedelta(days=1)))
    ledger.write(Writes({"a": record("a")}, FleetRecord("acme"), lines), on=ledger.read())
    return path


def tampered(own: Path, files: Mapping[str, bytes | None]) -> GitLedger:
    """Somebody commits to the branch by hand."""
    git(own, "checkout", "-q", BRANCH)
    land(own, files)
    git(own, "checkout", "-q", "main")
    return GitLedger(opened(own), HERE)


def shorter(own: Path) -> Mapping[str, bytes | None]:
    """The first line is taken away."""
    return {TODAY: git(own, "show", f"{BRANCH}:{TODAY}").encode().partition(b"\n")[2]}


def other(own: Path) -> Mapping[str, bytes | None]:
    """One word of a line is another."""
    return {TODAY: git(own, "show", f"{BRANCH}:{TODAY}").encode().replace(b"new-file", b"expired")}


def longer(own: Path) -> Mapping[str, bytes | None]:
    """A line is added that no pass wrote."""
    return {TODAY: git(own, "show", f"{BRANCH}:{TODAY}").encode() * 2}


def without_a_day(own: Path) -> Mapping[str, bytes | None]:
    """A whole day is taken away."""
    return {TOMORROW: None}


def without(own: Path) -> Mapping[str, bytes | None]:
    """All of it is."""
    return {TODAY: None, TOMORROW: None}


@pytest.mark.parametrize("how", [shorter, other, longer, without_a_day, without])
def test_a_log_that_somebody_else_changed_is_named(own: Path, how: object) -> None:
    """Until a person accepts it, however much is written on; from then on the next change is seen again."""
    assert callable(how)
    ledger = tampered(own, how(own))
    (said,) = ledger.read().gaps
    assert "helium ledger accept --log" in said
    ledger.write(Writes(log=(line("d"),)), on=ledger.read())
    assert (said,) == GitLedger(opened(own), HERE).read().gaps

    ledger.write(Writes(message="Accept the log"), on=ledger.read(), accepts_log=True)
    assert () == GitLedger(opened(own), HERE).read().gaps
    ledger.write(Writes(log=(line("e"),)), on=ledger.read())
    assert () == GitLedger(opened(own), HERE).read().gaps
    assert 1 == len(tampered(own, longer(own)).read().gaps)


@pytest.mark.parametrize("kind", ["plain", "remote"])
def test_a_log_that_two_writers_grew_is_whole(kind: str, tmp_path: Path) -> None:
    """Whoever lost the race notes the log with the other's lines in it."""
    one, two = ledgers(kind, tmp_path)
    before = one.read()
    one.write(Writes(fleet_record=FleetRecord("acme"), log=(line("a"),)), on=before)
    two.write(Writes(log=(line("b"),)), on=before)
    after = one.read()

    assert ((), ["a", "b"]) == (after.gaps, sorted(each.name for each in one.log()))


def test_what_is_no_log_may_change(own: Path) -> None:
    """Records and whatever else lies on the branch are vouched for elsewhere, or by nobody."""
    assert () == tampered(own, {"plans/run-1.json": b"{}", "README.md": b"mine"}).read().gaps


def test_nobody_vouches_for_the_log_of_an_older_helium(own: Path) -> None:
    """Without a note there is nothing to say; the next write begins it."""
    ledger = tampered(own, {NOTE: None})
    assert () == ledger.read().gaps
    ledger.write(Writes(log=(line("d"),)), on=ledger.read())
    assert 1 == len(tampered(own, shorter(own)).read().gaps)
