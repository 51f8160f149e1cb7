"""The ledger as a branch: what its files look like, what people and newer versions did to them, who sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.adapters.ledger.serialization import record_path
from helium.core.change_request import SharedPullRequest
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.health import ClusterWarning, ProbeAnswer, WorkspaceHealth
from helium.core.host_errors import PullRequestTakenError
from helium.core.record import FORMAT, CorruptRecord, Held, Phase, Record
from helium.core.spec import Removal
from helium.errors import SourceError
from helium.ports.ledger import Snapshot, Writes
from tests.adapters.git_repos import bare, cloned, git, land, new_repo, opened
from tests.adapters.ledger.ledgers import HERE, NOW, SHARED, line, record

ANSWER = ProbeAnswer("https://a.example.com", "answered 503, and not 200", ok=False)
SEEN = WorkspaceHealth(NOW, {"Pending": 1}, 0, 1, ("p: no",), looks=1)
BRANCH = "helium-ledger"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository with a ledger of two records."""
    path = new_repo(tmp_path / "own")
    land(path, {"helium.yaml": b"x"})
    ledger = GitLedger(opened(path), HERE)
    ledger.write(Writes({"a": record("a"), "b": record("b")}, FleetRecord("acme"), (line("a"),)), on=ledger.read())
    return path


def _tamper(own: Path, files: Mapping[str, bytes | None]) -> Snapshot:
    """Somebody commits to the branch by hand; the ledger as it then reads."""
    git(own, "checkout", "-q", BRANCH)
    land(own, files)
    git(own, "checkout", "-q", "main")
    return GitLedger(opened(own), HERE).read()


def test_the_files_are_where_the_design_says(own: Path) -> None:
    """Records lie in folders by a hash, the log by the day, and nothing of main is there: the branch is an orphan."""
    assert (
        sorted(["fleet.json", "log.id", "log/2026/03/01.jsonl", record_path("a"), record_path("b")])
        == git(own, "ls-tree", "-r", "--name-only", BRANCH).split()
    )
    assert "" == git(own, "status", "--porcelain")
    assert "records/ca/a.json" == record_path("a")
    assert 1 == int(git(own, "rev-list", "--count", BRANCH))


def test_why_a_name_failed_lies_beside_its_record_and_in_the_same_commit(own: Path) -> None:
    """One file for each name that is failed; where none is left, no folder is left."""
    ledger = GitLedger(opened(own), HERE)
    failed = replace(record("a"), phase=Phase.FAILED)
    ledger.write(Writes({"a": failed}, diagnostics={"a": "error: no quota", "other": "lost"}), on=ledger.read())
    assert ["failures/ca/a.txt", record_path("a")] == git(own, "show", "--name-only", "--format=", BRANCH).split()
    assert "error: no quota\n" == git(own, "show", f"{BRANCH}:failures/ca/a.txt")
    ledger.write(Writes({"a": record("a")}), on=ledger.read())
    assert "" == git(own, "ls-tree", BRANCH, "failures")


def test_a_record_is_text_that_diffs_well(own: Path) -> None:
    """Keys are sorted, one a line, and one change of a record is one line of a diff."""
    text = git(own, "show", f"{BRANCH}:{record_path('a')}")
    assert (list(json.loads(text)), True) == (sorted(json.loads(text)), text.endswith("}\n"))
    ledger = GitLedger(opened(own), HERE)
    ledger.write(Writes({"a": replace(record("a"), attempts=2)}), on=ledger.read())
    assert f"1\t1\t{record_path('a')}" == git(own, "show", "--numstat", "--format=", BRANCH).strip()


def test_a_whole_record_comes_back(own: Path) -> None:
    """Every field of a record survives being written and read."""
    ledger = GitLedger(opened(own), HERE)
    full = replace(
        record("full"),
        observed_at=NOW,
        emptied=NOW,
        next_attempt_at=NOW,
        removed=Removal("full", "c", NOW, "request", "https://example.com/1"),
        held=Held(NOW, "paused"),
        labels={"team": "x"},
        resources={"kubernetes:core/v1:Namespace": 1},
        error='line\n"quoted" – ü',
        health=WorkspaceHealth(
            NOW, {"Pending": 1}, 0, 1, ("p: no",), (ClusterWarning(NOW, "w"),), "", ANSWER, 1, NOW, NOW
        ),
    )
    ledger.write(Writes({"full": full}), on=ledger.read())
    assert full == GitLedger(opened(own), HERE).read().records["full"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff\xfe",
        pytest.param(b"[" * 200_000, id="too deep"),
        b'{"name": "a"}',
        json.dumps({"name": "b"}).encode(),
        pytest.param(None, id="another's record"),
        pytest.param(b"naive", id="an instant without a zone"),
        pytest.param(b"phase", id="a phase that is none"),
        pytest.param(b"look", id="a look without a zone"),
    ],
)
def test_a_record_that_cannot_be_read_spoils_its_own_name_alone(own: Path, data: bytes | None) -> None:
    """Whatever is wrong with one file, its name is illegible, the path is named, and all others are read."""
    good = git(own, "show", f"{BRANCH}:{record_path('a')}")
    forged = {
        None: good.replace('"name": "a"', '"name": "b"'),
        b"naive": good.replace('"added_at": "2026-03-01T12:00:00Z"', '"added_at": "2026-03-01T12:00:00"'),
        b"look": good.replace('"health": null', '"health": {"at": "2026-03-01T12:00:00"}'),
        b"phase": good.replace('"ready"', '"happy"'),
    }
    read = _tamper(own, {record_path("a"): forged[data].encode() if data in forged else data})
    spoilt = read.records["a"]
    assert isinstance(spoilt, CorruptRecord)
    assert (record_path("a"), record("b"), "a" in read.blobs) == (spoilt.path, read.records["b"], True)
    assert spoilt.sentence.startswith(f"{record_path('a')} of the ledger cannot be read: ")


@pytest.mark.parametrize(
    "data", [b"", b"[" * 200_000, b'{"format": 99}', b'{"format": 1}', pytest.param(None, id="another's")]
)
def test_a_pull_request_that_cannot_be_read_stands_in_nobody_s_way(own: Path, data: bytes | None) -> None:
    """It is left out, and is not written over by who never read it; all else is read."""
    ledger = GitLedger(opened(own), HERE)
    asked = SharedPullRequest(id="p", branch="b", base="m", head="h", requests=(), opened_at=NOW, head_at=NOW)
    ledger.write(Writes(pull_requests={"p": asked}), on=ledger.read())
    before = ledger.read()
    good = git(own, "show", f"{BRANCH}:pull-requests/p.json").encode()
    read = _tamper(own, {"pull-requests/q.json": good if data is None else data})

    assert ({"p": asked}, {"p", "q"}) == (read.pull_requests, {*read.pull_request_blobs})
    assert {"a", "b"} == {*read.records}
    with pytest.raises(PullRequestTakenError):
        ledger.write(Writes(pull_requests={"q": replace(asked, id="q")}), on=before)


def test_a_record_in_the_wrong_folder_is_illegible_and_can_be_dropped(own: Path) -> None:
    """A record that does not lie where its name belongs is not trusted; a rebuilt one takes its place."""
    good = git(own, "show", f"{BRANCH}:{record_path('a')}").encode()
    read = _tamper(own, {record_path("a"): None, "records/zz/a.json": good})
    assert isinstance(read.records["a"], CorruptRecord)
    ledger = GitLedger(opened(own), HERE)
    ledger.write(Writes({"a": record("a")}), on=read)
    again = GitLedger(opened(own), HERE).read()
    assert (record("a"), [record_path("a")]) == (
        again.records["a"],
        git(own, "ls-tree", "-r", "--name-only", BRANCH, "records/zz", record_path("a")).split(),
    )


def test_a_record_of_a_newer_format_is_read_and_left_alone(own: Path) -> None:
    """Unknown keys are passed over in reading; writing over it is refused for that name."""
    data = json.loads(git(own, "show", f"{BRANCH}:{record_path('a')}"))
    newer = json.dumps({**data, "format": FORMAT + 1, "mood": "fine"}).encode()
    read = _tamper(own, {record_path("a"): newer})
    assert isinstance(read.records["a"], Record)
    assert FORMAT + 1 == read.records["a"].format
    after, dropped = GitLedger(opened(own), HERE).write(Writes({"a": record("a"), "b": None}), on=read)
    assert (frozenset({"a"}), ["a"]) == (dropped, sorted(after.records))
    assert newer.decode() == git(own, "show", f"{BRANCH}:{record_path('a')}")


def test_a_record_of_a_newer_format_that_cannot_be_read_is_left_alone(own: Path) -> None:
    """What it means is the newer one's to know: it is named as such, and neither written over nor dropped."""
    data = json.loads(git(own, "show", f"{BRANCH}:{record_path('a')}"))
    newer = json.dumps({**data, "format": FORMAT + 1, "phase": "asleep"}).encode()
    read = _tamper(own, {record_path("a"): newer})
    spoilt = read.records["a"]
    assert isinstance(spoilt, CorruptRecord)
    assert (True, True) == (spoilt.newer, f"written by a newer Helium (format {FORMAT + 1})" in spoilt.sentence)
    for written in (record("a"), None):
        _, dropped = GitLedger(opened(own), HERE).write(Writes({"a": written}), on=read)
        assert frozenset({"a"}) == dropped
    assert newer.decode() == git(own, "show", f"{BRANCH}:{record_path('a')}")


@pytest.mark.parametrize("data", [b"", b"not json", b'{"fleet": 1}', b'{"fleet": "acme", "pause": {"by": "x"}}'])
def test_a_register_that_cannot_be_read_stops_everything(own: Path, data: bytes) -> None:
    """A corrupt `fleet.json` is an error for the whole ledger, and says what to do."""
    with pytest.raises(SourceError, match=r"fleet\.json of the ledger at [0-9a-f]{40} cannot be read"):
        _tamper(own, {"fleet.json": data})


def test_a_register_of_a_newer_format_is_read_and_not_written(own: Path) -> None:
    """Reading goes on; a write that changes the register is an error that asks for an update."""
    read = _tamper(own, {"fleet.json": json.dumps({"fleet": "acme", "format": FORMAT + 1}).encode()})
    assert read.fleet_record is not None
    ledger = GitLedger(opened(own), HERE)
    with pytest.raises(SourceError, match="A newer Helium wrote the ledger"):
        ledger.write(Writes(fleet_record=replace(read.fleet_record, marker="created")), on=read)


def test_a_line_that_cannot_be_read_is_shown(own: Path) -> None:
    """The log hides nothing: a spoilt line is told as `illegible`, with its place, between the others."""
    path = "log/2026/03/01.jsonl"
    old = git(own, "show", f"{BRANCH}:{path}").encode()
    _tamper(own, {path: old + b"garbage\n" + old.rstrip(b"\n")})
    ledger = GitLedger(opened(own), HERE)
    assert ["new-file", "illegible", "new-file"] == [each.code for each in ledger.log()]
    assert (
        f"{path}:2 of the ledger cannot be read; somebody else must have changed it" == list(ledger.log())[1].sentence
    )
    ledger.write(Writes(log=(line("z"),)), on=ledger.read())
    assert ["a", "", "a", "z"] == [each.name for each in ledger.log()]


def test_old_lines_are_never_rewritten(own: Path) -> None:
    """A new line is added at the end; every byte before it stays."""
    before = git(own, "show", f"{BRANCH}:log/2026/03/01.jsonl")
    ledger = GitLedger(opened(own), HERE)
    ledger.write(Writes(log=(line("b"),)), on=ledger.read())
    after = git(own, "show", f"{BRANCH}:log/2026/03/01.jsonl")
    assert (before, 2) == (after[: len(before)], len(after.splitlines()))


def test_other_files_of_the_branch_are_left_alone(own: Path) -> None:
    """Plans of shards, and what else lies there, outlive a write."""
    read = _tamper(own, {"plans/run-1.json": b"{}"})
    GitLedger(opened(own), HERE).write(Writes({"a": None}), on=read)
    assert "{}" == git(own, "show", f"{BRANCH}:plans/run-1.json")


def test_a_ledger_that_serves_one_machine_is_not_pushed(tmp_path: Path) -> None:
    """With a state in the fleet's own folder the ledger stays here, even where there is a remote; else it is pushed."""
    remote = bare(tmp_path / "remote.git")
    own = cloned(remote, tmp_path / "own")
    for fleet in (HERE, replace(SHARED, ledger="pushed")):
        ledger = GitLedger(opened(own), fleet)
        ledger.write(Writes({"a": record("a")}), on=ledger.read())
    assert "pushed" == git(remote, "for-each-ref", "--format=%(refname:short)").strip()
    assert BRANCH == git(own, "for-each-ref", "--format=%(refname:short)", "refs/heads").strip()


def test_a_branch_that_vanished_on_the_remote_is_seen_to_be_gone(tmp_path: Path) -> None:
    """What was fetched earlier is not a ledger: a marker without one must stop the pass."""
    remote = bare(tmp_path / "remote.git")
    ledger = GitLedger(opened(cloned(remote, tmp_path / "own")), SHARED)
    ledger.write(Writes({"a": record("a")}), on=ledger.read())
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert (Snapshot(), None) == (ledger.read(), ledger.fleet_record())


def test_a_branch_with_a_longer_name_is_not_the_ledger(tmp_path: Path) -> None:
    """Only the branch of exactly that name counts."""
    own = cloned(bare(tmp_path / "remote.git"), tmp_path / "own")
    other = GitLedger(opened(own), replace(SHARED, ledger=f"{BRANCH}-old"))
    other.write(Writes({"a": record("a")}), on=other.read())
    assert Snapshot() == GitLedger(opened(own), SHARED).read()


def test_a_refused_push_is_quoted_and_nothing_is_kept(tmp_path: Path) -> None:
    """A protected branch's own sentence reaches the person."""
    remote = bare(tmp_path / "remote.git")
    hook = remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'the ledger is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    ledger = GitLedger(opened(cloned(remote, tmp_path / "own")), SHARED)
    with pytest.raises(SourceError, match="the ledger is protected"):
        ledger.write(Writes({"a": record("a")}), on=ledger.read())
    assert Snapshot() == ledger.read()


def test_a_fleet_names_its_ledger() -> None:
    """The branch's name is a setting, and this is the default."""
    assert BRANCH == Fleet(name="x").ledger


def test_a_clone_without_fetch_settings_sees_its_own_write(tmp_path: Path) -> None:
    """CI's checkout fetches nothing by itself; what was pushed is known here without asking again."""
    remote = bare(tmp_path / "remote.git")
    own = cloned(remote, tmp_path / "own")
    git(own, "config", "--unset-all", "remote.origin.fetch")
    ledger = GitLedger(opened(own), SHARED)
    ledger.write(Writes(log=(line("a"),)), on=ledger.read())
    remote.rename(tmp_path / "elsewhere.git")
    assert [line("a")] == list(ledger.log())


@pytest.mark.parametrize(("url", "rest"), [("https://github.com/acme/fleet.git", 10.0), ("/srv/fleet.git", 0.0)])
def test_a_host_s_rest_is_kept(own: Path, url: str, rest: float) -> None:
    """GitHub asks for one; a fleet of this machine pushes nothing, and a person may say otherwise."""
    git(own, "remote", "add", "origin", url)

    assert (rest, 0.0) == (GitLedger(opened(own), SHARED).rest, GitLedger(opened(own), HERE).rest)
    assert 3.0 == GitLedger(opened(own), SHARED, rest=3.0).rest
