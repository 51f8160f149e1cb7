"""The port `Repo`: the same suite on the fake, on a repository without a remote, and on a clone with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.core.lineage import Lineage
from helium.core.spec import Addition, Entry, Removal
from helium.errors import HeadMovedError, SourceError, UsageError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, START, RepoHost, repo_host
from tests.fakes import blob_of

BOB = "Bob <bob@example.com>"
HOUR = timedelta(hours=1)


@pytest.fixture(params=["fake", "plain", "remote"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> RepoHost:
    """One repository of each kind."""
    return repo_host(request.param, tmp_path)


def test_entries_have_every_file_at_any_depth(place: RepoHost) -> None:
    """Entries are all files under `workspaces/`, sorted by path, with git's own blob ids."""
    head = place.land({"workspaces/b.yaml": b"1\n", "workspaces/team/a.yml": b"2\n", "helium.yaml": b"fleet: x\n"})
    wanted = (Entry("workspaces/b.yaml", blob_of(b"1\n")), Entry("workspaces/team/a.yml", blob_of(b"2\n")))
    assert wanted == place.repo.entries(head)


def test_a_fleet_without_workspaces_has_no_entries(place: RepoHost) -> None:
    """A missing folder has no entries, and is not an error."""
    head = place.land({"helium.yaml": b"fleet: x\n"})
    assert () == place.repo.entries(head)
    assert {} == place.repo.additions(head, since=None)


def test_files_are_read_at_a_commit(place: RepoHost) -> None:
    """A file is read as it was at that commit; an absent one is `None`."""
    first = place.land({"helium.yaml": b"one"})
    second = place.land({"helium.yaml": b"two"})
    assert [b"one", b"two"] == [place.repo.read(commit, "helium.yaml") for commit in (first, second)]
    assert place.repo.read(second, "workspaces/none.yaml") is None


def test_blobs_are_read_together_and_unknown_ids_left_out(place: RepoHost) -> None:
    """Many blobs come by id; an id that is no blob here, as a submodule's, is left out."""
    place.land({"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"2"})
    ids = [blob_of(b"1"), blob_of(b"2"), "ab" * 20]
    assert {ids[0]: b"1", ids[1]: b"2"} == place.repo.blobs(ids)


def test_a_file_is_born_with_the_commit_that_added_it(place: RepoHost) -> None:
    """Born is the committer's time of the adding commit, whoever edits later."""
    place.land({"helium.yaml": b"x"})
    added = place.land({"workspaces/a.yaml": b"1"}, author=BOB)
    head = place.land({"workspaces/a.yaml": b"2"})
    addition = Addition("a", START + HOUR, added, BOB, blob_of(b"1"))
    assert {"a": addition} == place.repo.additions(head, since=None)


def test_a_move_is_no_new_incarnation(place: RepoHost) -> None:
    """A file moved within one commit keeps its birth: absent is by name, not by path; a new ending and case too."""
    added = place.land({"workspaces/a.yaml": b"1"})
    place.land({"workspaces/a.yaml": None, "workspaces/team/a.yaml": b"1"})
    place.land({"workspaces/team/a.yaml": None, "workspaces/team/a.yml": b"2"})
    head = place.land({"workspaces/team/a.yml": None, "workspaces/A.yaml": b"2"})
    assert added == place.repo.additions(head, since=None)["a"].commit
    assert {} == place.repo.removals(head, since=None)


def test_a_file_back_after_an_absence_is_another_incarnation(place: RepoHost) -> None:
    """A file that was gone and came back begins again, and says which blob it had before."""
    place.land({"workspaces/a.yaml": b"1"})
    place.land({"workspaces/a.yaml": b"2"})
    place.land({"workspaces/a.yaml": None})
    back = place.land({"workspaces/a.yaml": b"3"})
    assert {"a": Addition("a", START + 3 * HOUR, back, ANN, blob_of(b"3"), blob_of(b"2"))} == place.repo.additions(
        back, since=None
    )
    assert {} == place.repo.removals(back, since=None)


def test_the_blob_before_is_that_of_the_last_absence(place: RepoHost) -> None:
    """Of several absences the last one counts."""
    for data in (b"1", None, b"2", None, b"3"):
        head = place.land({"workspaces/a.yaml": data})
    assert blob_of(b"2") == place.repo.additions(head, since=None)["a"].blob_before


def test_an_addition_tells_which_request_the_removal_of_the_earlier_file_names(place: RepoHost) -> None:
    """Whether there was such a request, the ledger knows."""
    place.land({"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"})
    place.land({"workspaces/a.yaml": None}, trailers={"Helium-Request": "r1"})
    place.land({"workspaces/b.yaml": None})
    head = place.land({"workspaces/a.yaml": b"2", "workspaces/b.yaml": b"2"})

    additions = place.repo.additions(head, since=None)
    assert [("r1", False), ("", False)] == [
        (additions[name].request_before, additions[name].after_request) for name in ("a", "b")
    ]


def test_only_what_came_after_since_is_listed(place: RepoHost) -> None:
    """A walk from the last seen commit tells what is new, and nothing of what was there."""
    first = place.land({"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"})
    second = place.land({"workspaces/c.yaml": b"1", "workspaces/b.yaml": None})
    assert (["c"], ["b"]) == (
        sorted(place.repo.additions(second, since=first)),
        sorted(place.repo.removals(second, since=first)),
    )
    assert ({}, {}) == (place.repo.additions(second, since=second), place.repo.removals(second, since=second))


def test_a_caller_who_has_listed_the_files_hears_the_same(place: RepoHost) -> None:
    """Who gives the entries of each name gets the same additions."""
    first = place.land({"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"})
    place.land({"workspaces/b.yaml": None, "workspaces/team/c.yaml": b"1"})
    head = place.land({"workspaces/b.yaml": b"2", "workspaces/team/c.yaml": None, "workspaces/c.yaml": b"2"})
    entries = place.repo.entries(head)

    def holding(name: str) -> Sequence[Entry]:
        return [entry for entry in entries if entry.name == name]

    found = dict(place.repo.additions(head, since=first, holding=holding))
    assert {"b", "c"} == set(found)
    # Another question in between, so that the answer is not the one that is kept.
    assert {"a", "b", "c"} == set(place.repo.additions(head, since=None))
    assert dict(place.repo.additions(head, since=first)) == found


def test_a_since_that_is_not_here_counts_as_none(place: RepoHost) -> None:
    """After a forced push the last seen commit may be gone: then all history is read."""
    head = place.land({"workspaces/a.yaml": b"1"})
    assert ["a"] == sorted(place.repo.additions(head, since="ab" * 20))


def test_a_removal_is_direct_and_names_the_request_that_its_commit_names(place: RepoHost) -> None:
    """Anybody may type a trailer, so git's word for it proves nothing."""
    place.land({f"workspaces/{name}.yaml": name.encode() for name in "abc"})
    origin = {"Helium-Request": "r-1", "Helium-By": "bob"}
    seen = place.land({"workspaces/a.yaml": None}, trailers=origin)
    head = place.land({"workspaces/b.yaml": None, "workspaces/c.yaml": None})
    removals = place.repo.removals(head, since=None)

    removal = Removal("a", seen, START + HOUR, "direct", by="bob", request="r-1", blob=blob_of(b"a"))
    assert replace(removal, added_at=START, first_blob=blob_of(b"a")) == removals["a"]
    assert {"b": "", "c": ""} == {name: removals[name].request for name in ("b", "c")}
    assert (frozenset({"r-1"}), frozenset()) == (
        place.repo.requests(head, since=None),
        place.repo.requests(head, since=seen),
    )


def test_a_request_is_that_of_the_first_commit_that_names_it(place: RepoHost) -> None:
    """Who types the id of a request that was done before asks for nothing."""
    place.land({"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"})
    place.land({"workspaces/a.yaml": None}, trailers={"Helium-Request": "r-1"})
    place.land({"workspaces/a.yaml": b"1"})
    place.land({"workspaces/a.yaml": None}, trailers={"Helium-Request": "r-1"})
    place.land({"workspaces/b.yaml": None}, trailers={"Helium-Request": "r-1"})
    head = place.land({"workspaces/b.yaml": b"2"})

    assert "" == place.repo.removals(head, since=None)["a"].request
    assert "" == place.repo.additions(head, since=None)["b"].request_before


def test_a_removal_tells_what_was_added_before_it(place: RepoHost) -> None:
    """The last file of that name, as it was at first. What was there before the walk began was added before."""
    first = place.land({"workspaces/a.yaml": b"1"})
    place.land({"workspaces/a.yaml": None})
    added = place.land({"workspaces/a.yaml": b"2"})
    head = place.land({"workspaces/a.yaml": b"3"})
    last = place.land({"workspaces/a.yaml": None})
    at = place.repo.additions(head, since=None)["a"]
    told, since_then = (place.repo.removals(last, since=since)["a"] for since in (first, added))

    assert (at.added_at, blob_of(b"2"), blob_of(b"3")) == (told.added_at, told.first_blob, told.blob)
    assert (None, "", blob_of(b"3")) == (since_then.added_at, since_then.first_blob, since_then.blob)


A = "workspaces/a.yaml"
TEAM_A = "workspaces/team/a.yaml"


def _came(hour: int | None, texts: str, *, after_another: bool = False) -> Lineage:
    added_at = None if hour is None else START + hour * HOUR
    return Lineage(added_at, frozenset(blob_of(text.encode()) for text in texts), after_another=after_another)


@pytest.mark.parametrize(
    ("texts", "since", "wanted"),
    [
        ("12x2", 0, _came(None, "12")),
        ("12x23x3", 0, _came(None, "123")),
        ("12x23x3", 1, _came(None, "23")),
        ("12x3x3", 0, _came(3, "3", after_another=True)),
        ("12x1", 0, _came(3, "1", after_another=True)),
        ("12x2", -1, _came(0, "12")),
        ("0x12x2", 1, _came(2, "12")),
        ("1x2x2x2", 2, _came(None, "2")),
        ("1x2x2x2", 1, _came(2, "2")),
    ],
)
def test_a_file_comes_from_what_was_taken_back_to_the_letter(
    place: RepoHost, texts: str, *, since: int, wanted: Lineage
) -> None:
    """Over edits and such removals, and over nothing else; and so does what a removal takes away."""
    commits = [
        place.land({A: None if text == "x" else text.encode(), "n": b"%d" % at}) for at, text in enumerate(texts)
    ]
    start = commits[since] if since >= 0 else None
    gone = place.land({A: None})
    there, went = place.repo.additions(commits[-1], since=start)["a"], place.repo.removals(gone, since=start)["a"]

    assert (wanted, wanted) == (there.lineage, went.lineage)


def test_a_file_that_came_back_in_another_folder_comes_from_the_same(place: RepoHost) -> None:
    """Absent is by name, not by path."""
    first = place.land({A: b"1"})
    place.land({A: None, "n": b"1"})
    head = place.land({TEAM_A: b"1"})

    assert _came(None, "1") == place.repo.additions(head, since=first)["a"].lineage


def test_of_two_files_for_one_name_nobody_says_which_came_back(place: RepoHost) -> None:
    """Both went in one commit, and one of them is back, to the letter: that is not looked into any further."""
    first = place.land({A: b"1", TEAM_A: b"2"})
    place.land({A: None, TEAM_A: None})
    back = place.land({A: b"1"})
    assert place.repo.additions(back, since=first)["a"].lineage is None
    place.land({A: None})
    again = place.land({A: b"1"})
    assert place.repo.additions(again, since=first)["a"].lineage is None
    gone = place.land({A: None, "workspaces/b.yaml": b"1"})
    assert place.repo.removals(gone, since=first)["a"].lineage is None

    assert Lineage(None, frozenset({blob_of(b"1")})) == place.repo.removals(gone, since=back)["a"].lineage


def test_two_files_for_one_name_hold_it_together(place: RepoHost) -> None:
    """A name is there while any of its files is: it is born with the first and gone with the last."""
    first = place.land({"workspaces/a.yaml": b"1"})
    second = place.land({"workspaces/team/a.yaml": b"2"})
    third = place.land({"workspaces/a.yaml": None})
    assert first == place.repo.additions(third, since=None)["a"].commit
    assert {} == place.repo.additions(third, since=second)
    last = place.land({"workspaces/team/a.yaml": None})
    assert (last, {}) == (place.repo.removals(last, since=None)["a"].commit, place.repo.additions(last, since=None))
    before = {entry.name: entry.blob for entry in place.repo.entries(third)}
    assert before["a"] == place.repo.removals(last, since=None)["a"].blob


def test_files_that_are_no_workspaces_hold_no_name(place: RepoHost) -> None:
    """`.gitkeep` and `README.md` are neither born nor removed."""
    place.land({"workspaces/.gitkeep": b"", "workspaces/team/README.md": b"hello"})
    head = place.land({"workspaces/.gitkeep": None})
    assert ({}, {}) == (place.repo.additions(head, since=None), place.repo.removals(head, since=None))


def test_commits_of_a_name_follow_it_newest_first(place: RepoHost) -> None:
    """A name's commits are those that touched any file of that name, newest first, with trailers."""
    first = place.land({"workspaces/a.yaml": b"1", "workspaces/ab.yaml": b"1"})
    place.land({"workspaces/ab.yaml": b"2"})
    moved = place.land({"workspaces/a.yaml": None, "workspaces/x/a.yaml": b"1"}, trailers={"Helium-By": "bob"})
    found = place.repo.commits("a", commit=moved)
    assert [moved, first] == [commit.id for commit in found]
    assert ({"Helium-By": "bob"}, ANN, "Change") == (found[0].trailers, found[0].author, found[0].subject)


def test_descends_tells_ancestors(place: RepoHost) -> None:
    """A commit descends from itself and from what is before it, not from what comes after, nor from the unknown."""
    first, second = place.land({"a": b"1"}), place.land({"a": b"2"})
    origin = [(second, first), (second, second), (first, second), (second, "ab" * 20)]
    assert [True, True, False, False] == [place.repo.descends(*pair) for pair in origin]


def test_a_ref_that_is_not_there_is_named(place: RepoHost) -> None:
    """An unknown ref is a `SourceError`, `main` is a commit."""
    head = place.land({"a": b"1"})
    assert head == place.repo.resolve("main") == place.repo.resolve(head)
    with pytest.raises(SourceError):
        place.repo.resolve("no-such-branch")


def test_a_commit_lands_on_its_head(place: RepoHost) -> None:
    """A written commit is main's new head, with exactly the bytes, the author and the trailers given."""
    head = place.land({"helium.yaml": b"x", "workspaces/old.yaml": b"1"})
    edits = [Edit("workspaces/team/new.yaml", b"a\r\nb\n"), Edit("workspaces/old.yaml", None)]
    created = place.repo.commit(edits, head=head, author=BOB, message="Ask for new", trailers={"Helium-Request": "r-9"})
    assert created == place.repo.head()
    assert ("workspaces/team/new.yaml",) == tuple(entry.path for entry in place.repo.entries(created))
    assert b"a\r\nb\n" == place.repo.read(created, "workspaces/team/new.yaml")
    commit = place.repo.commits("new", commit=created)[0]
    assert (BOB, "Ask for new", {"Helium-Request": "r-9"}) == (commit.author, commit.subject, commit.trailers)


def test_a_commit_on_an_older_head_is_refused(place: RepoHost) -> None:
    """When main has moved, nothing is written and the error says that it may be tried again."""
    old = place.land({"workspaces/a.yaml": b"1"})
    head = place.land({"workspaces/b.yaml": b"1"})
    with pytest.raises(HeadMovedError):
        place.repo.commit([Edit("workspaces/c.yaml", b"1")], head=old, author=BOB, message="c", trailers={})
    place.repo.fetch()
    assert head == place.repo.head()


@pytest.mark.parametrize("path", ["helium.yaml", "workspaces", "workspaces/../helium.yaml", "/workspaces/a.yaml"])
def test_nothing_outside_the_folder_is_written(place: RepoHost, path: str) -> None:
    """A path outside `workspaces/` is refused before anything is written."""
    head = place.land({"helium.yaml": b"x"})
    with pytest.raises(UsageError):
        place.repo.commit([Edit(path, b"y")], head=head, author=BOB, message="m", trailers={})
    assert head == place.repo.head()


def test_a_commit_that_changes_nothing_is_not_written(place: RepoHost) -> None:
    """The same bytes again, or the removal of what is absent, leave main where it is."""
    head = place.land({"workspaces/a.yaml": b"1"})
    edits = [Edit("workspaces/a.yaml", b"1"), Edit("workspaces/none.yaml", None)]
    assert head == place.repo.commit(edits, head=head, author=BOB, message="m", trailers={})


def test_a_remote_by_path_has_no_clock(place: RepoHost) -> None:
    """Only a remote that answers over http has a time."""
    place.land({"a": b"1"})
    assert place.repo.remote_time() is None


def test_who_touched_a_name_last_and_who_approved_it(place: RepoHost) -> None:
    """The newest commit of each name after `since`: by the requester or its author; approved as a trailer says."""
    first = place.land({"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"})
    second = place.land({"workspaces/a.yaml": b"2"}, author="Bob <bob@example.com>")
    head = place.land({"workspaces/c.yaml": b"1"}, trailers={"Helium-By": "Cy <cy@example.com>"})
    touched = place.repo.touched(head, since=first)

    assert {"a": second, "c": head} == {name: commit.id for name, commit in touched.items()}
    assert {"a": "Bob <bob@example.com>", "c": "Cy <cy@example.com>"} == {
        name: commit.by for name, commit in touched.items()
    }
    assert {"a", "b", "c"} == set(place.repo.touched(head, since=None))
