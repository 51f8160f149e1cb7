"""The port `Door`: the same suite on the fake and on a bare repository by path.

What the way to a remote could change (a push, one that is refused, many) is told by ssh, and by Gitea over http too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from helium.errors import KeyReused, UsageError
from helium.reconcile.ports import Edit, View
from tests.adapters.door.coast import BOB, Coast, FakeCoast, by_http, by_path, by_ssh, taking, wish
from tests.gitea import Gitea

far = pytest.mark.parametrize("place", ["fake", "path", "ssh", "gitea"], indirect=True)


@pytest.fixture(params=["fake", "path"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Coast]:
    """One door of each kind."""
    if request.param == "fake":
        yield FakeCoast()
    elif request.param == "path":
        with by_path(tmp_path) as coast:
            yield coast
    elif request.param == "ssh":
        with by_ssh(tmp_path, request.getfixturevalue("ssh")) as coast:
            yield coast
    else:
        host: Gitea = request.getfixturevalue("gitea")
        with by_http(tmp_path, host.with_token(host.repository(tmp_path.name))) as coast:
            yield coast


@far
def test_a_request_is_one_commit_with_who_asked(place: Coast) -> None:
    """The remote has the commit when the door answers: author, subject and trailers are the asker's."""
    commit = place.door.submit(wish("a", id="r-1"))
    (made,) = place.commits()
    assert (commit, BOB, "Add a") == (made.id, made.author, made.subject)
    assert {"Helium-Request": "r-1", "Helium-By": BOB} == made.trailers
    assert {"workspaces/a.yaml": b"{}\n"} == place.files()


def test_who_was_answered_sees_it(place: Coast) -> None:
    """The view after an answer has the commit in it."""
    commit = place.door.submit(wish("a", data=b"one\n"))
    view = place.door.view()
    assert (commit, ["workspaces/a.yaml"]) == (view.commit, [entry.path for entry in view.entries])
    assert (b"one\n", b"name: x\n", None) == tuple(
        view.read(path) for path in ("workspaces/a.yaml", "helium.yaml", "workspaces/b.yaml")
    )


def test_the_same_request_again_is_done_once(place: Coast) -> None:
    """A request whose id is on main is answered with its commit, and not asked again, whatever came after it."""
    first = place.door.submit(taking("a", id="r-1"))
    place.door.submit(wish("b"))
    assert first == place.door.submit(taking("a", id="r-1"))
    assert 2 == len(place.commits())


def test_a_key_is_for_one_wish(place: Coast) -> None:
    """Whose id begins with a key that another request on main has is refused, also if that one was pushed just now."""
    place.door.submit(replace(wish("a", id="key1-aaa"), keyed=True))
    with pytest.raises(KeyReused):
        place.door.submit(replace(wish("b", id="key1-bbb"), keyed=True))
    place.land({"workspaces/d.yaml": b"theirs"}, trailers={"Helium-Request": "key2-aaa"})
    with pytest.raises(KeyReused):
        place.door.submit(replace(wish("c", id="key2-bbb"), keyed=True))
    assert {"workspaces/a.yaml", "workspaces/d.yaml"} == set(place.files())
    place.door.submit(wish("e", id="key1-ccc"))


def test_what_an_edit_raises_is_the_askers_alone(place: Coast) -> None:
    """The asker gets the very error, and nothing is written."""
    place.door.submit(taking("a", id="r-1"))
    with pytest.raises(LookupError, match="a is taken by r-1"):
        place.door.submit(taking("a", id="r-2"))
    assert 1 == len(place.commits())


def test_an_edit_that_changes_nothing_is_done(place: Coast) -> None:
    """The same bytes, the removal of what is absent, or no edit at all: main's head is the answer."""
    head = place.door.submit(wish("a"))
    wishes = [wish("a", id="r-2"), wish("b", data=None), wish("c", edit=lambda _view: ())]
    assert [head] * 3 == [place.door.submit(each) for each in wishes]
    assert 1 == len(place.commits())


@pytest.mark.parametrize("path", ["helium.yaml", "workspaces/../helium.yaml", "workspaces"])
def test_nothing_outside_the_folder_is_written(place: Coast, path: str) -> None:
    """No request touches anything but files under `workspaces/`."""
    with pytest.raises(UsageError):
        place.door.submit(wish("a", edit=lambda _view: (Edit(path, b"x"),)))
    assert [] == place.commits()


@far
def test_a_lost_race_is_judged_again(place: Coast) -> None:
    """Somebody pushes while a request is judged: it is asked again on the new head, and loses there if it must."""
    tried: list[str] = []

    def edit(view: View) -> Sequence[Edit]:
        tried.append(view.commit)
        if len(tried) == 1:
            place.land({"workspaces/a.yaml": b"theirs"})
        return taking("a", id="r-1").edit(view)

    with pytest.raises(LookupError, match="a is taken by theirs"):
        place.door.submit(wish("a", id="r-1", edit=edit))
    assert (2, {"workspaces/a.yaml": b"theirs"}) == (len(tried), place.files())


def test_an_older_look_never_refuses(place: Coast) -> None:
    """A refusal is judged on main as it is, not as it was when the door looked last."""
    place.door.submit(taking("a", id="r-1"))
    place.land({"workspaces/a.yaml": None})
    place.door.submit(taking("a", id="r-2"))
    assert {"workspaces/a.yaml": b"r-2"} == place.files()


@far
def test_many_at_once_are_all_there(place: Coast) -> None:
    """Forty requests at a time, two for each name: one commit for each winner, an error for each loser."""
    wishes = [taking(f"w-{number % 20}", id=f"r-{number}") for number in range(40)]
    with ThreadPoolExecutor(40) as clients:
        asked = [clients.submit(place.door.submit, each) for each in wishes]
    won = {each.result() for each in asked if each.exception() is None}
    assert (20, 20) == (len(won), sum(isinstance(each.exception(), LookupError) for each in asked))
    assert won == {commit.id for commit in place.commits()}
    assert {f"workspaces/w-{number}.yaml" for number in range(20)} == set(place.files())
