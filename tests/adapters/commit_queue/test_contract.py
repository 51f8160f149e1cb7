"""The port `CommitQueue`: the same suite on the fake and on a bare repository by path.

What the way to a remote could change (a push, one that is refused, many) is told by ssh, and by Gitea over http too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from helium.core.removal_requests import RemovalRequest
from helium.errors import KeyReusedError, SourceError, UsageError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from tests.adapters.commit_queue.remotes import (
    BOB,
    FakeQueueHost,
    QueueHost,
    by_http,
    by_path,
    by_ssh,
    claiming,
    putting,
)
from tests.gitea import Gitea

far = pytest.mark.parametrize("place", ["fake", "path", "ssh", "gitea"], indirect=True)


@pytest.fixture(params=["fake", "path"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueueHost]:
    """One commit queue of each kind."""
    if request.param == "fake":
        yield FakeQueueHost()
    elif request.param == "path":
        with by_path(tmp_path) as queue_host:
            yield queue_host
    elif request.param == "ssh":
        with by_ssh(tmp_path, request.getfixturevalue("ssh")) as queue_host:
            yield queue_host
    else:
        host: Gitea = request.getfixturevalue("gitea")
        with by_http(tmp_path, host.with_token(host.repository(tmp_path.name))) as queue_host:
            yield queue_host


@far
def test_a_request_is_one_commit_with_who_requested_it(place: QueueHost) -> None:
    """The remote has the commit when the commit queue answers: author, subject and trailers are the asker's."""
    commit = place.commit_queue.submit(putting("a", id="r-1"))
    (created,) = place.commits()
    assert (commit, BOB, "Add a") == (created.id, created.author, created.subject)
    assert {"Helium-Request": "r-1", "Helium-By": BOB} == created.trailers
    assert {"workspaces/a.yaml": b"{}\n"} == place.files()


def test_who_was_answered_sees_it(place: QueueHost) -> None:
    """The view after an answer has the commit in it."""
    commit = place.commit_queue.submit(putting("a", data=b"one\n"))
    view = place.commit_queue.view()
    assert (commit, ["workspaces/a.yaml"]) == (view.commit, [entry.path for entry in view.entries])
    assert (b"one\n", b"name: x\n", None) == tuple(
        view.read(path) for path in ("workspaces/a.yaml", "helium.yaml", "workspaces/b.yaml")
    )


def test_a_request_sees_who_holds_a_name(place: QueueHost) -> None:
    """By the name, whatever the file's place and ending, with the requests before it."""
    place.land({"workspaces/a.yaml": b"1", "workspaces/team/A.yml": b"2", "workspaces/ab.yaml": b"3"})
    held: list[list[list[str]]] = []

    def look(view: View) -> Sequence[Edit]:
        held.append([[entry.path for entry in view.holding(name)] for name in ("a", "b", "ab", "c")])
        return (Edit("workspaces/a.yaml", None), Edit("workspaces/team/b.yaml", b"4"))

    place.commit_queue.submit(putting("x", edit=look))
    place.commit_queue.submit(putting("y", edit=look))
    both, ab = ["workspaces/a.yaml", "workspaces/team/A.yml"], ["workspaces/ab.yaml"]
    assert [both, [], ab, []] in held
    assert [both[1:], ["workspaces/team/b.yaml"], ab, []] == held[-1]


def test_what_a_request_takes_away_is_noted_before_its_commit_is_there(place: QueueHost) -> None:
    """A pass that sees the removal must be able to know who asked for it. Creations and edits are not noted."""
    noted: list[tuple[str, tuple[str, ...], list[str]]] = []

    def noting(removals: Sequence[RemovalRequest]) -> None:
        noted.extend((each.id, each.names, sorted(place.files())) for each in removals)

    place.commit_queue.note_removals(noting)
    place.commit_queue.submit(putting("a", id="r-1"))
    place.commit_queue.submit(putting("a", id="r-2", data=b"other\n"))
    moved = (Edit("workspaces/a.yaml", None), Edit("workspaces/team/a.yaml", b"{}\n"))
    place.commit_queue.submit(putting("a", id="r-3", edit=lambda _view: moved))
    place.commit_queue.submit(putting("a", id="r-4", edit=lambda _view: (Edit("workspaces/team/a.yaml", None),)))

    assert [("r-4", ("a",), ["workspaces/team/a.yaml"])] == noted


def test_a_removal_that_cannot_be_noted_is_done(place: QueueHost, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody's removal is lost for the ledger's sake: it counts like one by hand."""

    def failing(_: Sequence[RemovalRequest]) -> None:
        raise SourceError("the ledger is away")

    place.commit_queue.note_removals(failing)
    place.commit_queue.submit(putting("a"))
    place.commit_queue.submit(putting("a", id="r-2", data=None))

    assert {} == place.files()
    assert "the end of a: the ledger is away" in caplog.text


def test_the_same_request_again_is_done_once(place: QueueHost) -> None:
    """A request whose id is on main is answered with its commit, and not asked again, whatever came after it."""
    first = place.commit_queue.submit(claiming("a", id="r-1"))
    place.commit_queue.submit(putting("b"))
    assert first == place.commit_queue.submit(claiming("a", id="r-1"))
    assert 2 == len(place.commits())


def test_a_key_is_for_one_request(place: QueueHost) -> None:
    """Whose id begins with a key that another request on main has is refused, also if that one was pushed just now."""
    place.commit_queue.submit(replace(putting("a", id="key1-aaa"), keyed=True))
    with pytest.raises(KeyReusedError):
        place.commit_queue.submit(replace(putting("b", id="key1-bbb"), keyed=True))
    place.land({"workspaces/d.yaml": b"theirs"}, trailers={"Helium-Request": "key2-aaa"})
    with pytest.raises(KeyReusedError):
        place.commit_queue.submit(replace(putting("c", id="key2-bbb"), keyed=True))
    assert {"workspaces/a.yaml", "workspaces/d.yaml"} == set(place.files())
    place.commit_queue.submit(putting("e", id="key1-ccc"))


def test_what_an_edit_raises_is_the_askers_alone(place: QueueHost) -> None:
    """The asker gets the very error, and nothing is written."""
    place.commit_queue.submit(claiming("a", id="r-1"))
    with pytest.raises(LookupError, match="a is taken by r-1"):
        place.commit_queue.submit(claiming("a", id="r-2"))
    assert 1 == len(place.commits())


def test_an_edit_that_changes_nothing_is_done(place: QueueHost) -> None:
    """The same bytes, the removal of what is absent, or no edit at all: main's head is the answer."""
    head = place.commit_queue.submit(putting("a"))
    requests = [putting("a", id="r-2"), putting("b", data=None), putting("c", edit=lambda _view: ())]
    assert [head] * 3 == [place.commit_queue.submit(each) for each in requests]
    assert 1 == len(place.commits())


@pytest.mark.parametrize("path", ["helium.yaml", "workspaces/../helium.yaml", "workspaces"])
def test_nothing_outside_the_folder_is_written(place: QueueHost, path: str) -> None:
    """No request touches anything but files under `workspaces/`."""
    with pytest.raises(UsageError):
        place.commit_queue.submit(putting("a", edit=lambda _view: (Edit(path, b"x"),)))
    assert [] == place.commits()


@far
def test_a_lost_race_is_judged_again(place: QueueHost) -> None:
    """Somebody pushes while a request is judged: it is asked again on the new head, and loses there if it must."""
    tried: list[str] = []

    def edit(view: View) -> Sequence[Edit]:
        tried.append(view.commit)
        if len(tried) == 1:
            place.land({"workspaces/a.yaml": b"theirs"})
        return claiming("a", id="r-1").edit(view)

    with pytest.raises(LookupError, match="a is taken by theirs"):
        place.commit_queue.submit(putting("a", id="r-1", edit=edit))
    assert (2, {"workspaces/a.yaml": b"theirs"}) == (len(tried), place.files())


def test_an_older_look_never_refuses(place: QueueHost) -> None:
    """A refusal is judged on main as it is, not as it was when the commit queue looked last."""
    place.commit_queue.submit(claiming("a", id="r-1"))
    place.land({"workspaces/a.yaml": None})
    place.commit_queue.submit(claiming("a", id="r-2"))
    assert {"workspaces/a.yaml": b"r-2"} == place.files()


@far
def test_many_at_once_are_all_there(place: QueueHost) -> None:
    """Forty requests at a time, two for each name: one commit for each winner, an error for each loser."""
    requests = [claiming(f"w-{number % 20}", id=f"r-{number}") for number in range(40)]
    with ThreadPoolExecutor(40) as clients:
        pending = [clients.submit(place.commit_queue.submit, each) for each in requests]
    won = {each.result() for each in pending if each.exception() is None}
    assert (20, 20) == (len(won), sum(isinstance(each.exception(), LookupError) for each in pending))
    assert won == {commit.id for commit in place.commits()}
    assert {f"workspaces/w-{number}.yaml" for number in range(20)} == set(place.files())
