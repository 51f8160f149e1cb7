"""The mirror folder: one for each process, and cloned again when it is damaged, at the start or under way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helium.adapters.commit_queue import Remote
from helium.errors import SourceError, UsageError
from helium.ports.commit_queue import Request
from tests.adapters.commit_queue.remotes import GitQueueHost, by_path, putting
from tests.adapters.git_repos import git


@pytest.fixture
def place(tmp_path: Path) -> Iterator[GitQueueHost]:
    """Before a bare repository by path, itself inside no other."""
    with by_path(tmp_path) as queue_host:
        yield queue_host


def _no_head(mirror: Path) -> None:
    (mirror / "HEAD").unlink()


def _no_objects(mirror: Path) -> None:
    shutil.rmtree(mirror / "objects")


def _half_objects(mirror: Path) -> None:
    for path in [path for path in (mirror / "objects").rglob("*") if path.is_file()]:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:20])


def _torn_blob(mirror: Path) -> None:
    """As an earlier Helium kept them: loose, and one that a power cut left short."""
    packs = list((mirror / "objects/pack").iterdir())
    held = [path.read_bytes() for path in packs if path.suffix == ".pack"]
    for path in packs:
        path.unlink()
    for data in held:
        git(mirror, "unpack-objects", "-q", data=data)
    blob = git(mirror, "rev-parse", "refs/remotes/origin/main:helium.yaml").strip()
    loose = mirror / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:20])


def _rubbish(mirror: Path) -> None:
    shutil.rmtree(mirror)
    mirror.mkdir()
    (mirror / "notes.txt").write_text("mine")


def _wild_ref(mirror: Path) -> None:
    (mirror / "refs/remotes/origin/main").write_text("no commit at all\n")


def _settings(mirror: Path) -> None:
    (mirror / "config").write_text("[core\n")


def _nothing(mirror: Path) -> None:
    shutil.rmtree(mirror)


DAMAGES = [_no_head, _no_objects, _half_objects, _torn_blob, _rubbish, _wild_ref, _settings]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_mirror_is_cloned_again(place: GitQueueHost, damage: Callable[[Path], None]) -> None:
    """Whatever is wrong with the folder: it is moved aside and the commit queue works; nothing around it is touched."""
    place.commit_queue.submit(putting("a"))
    place.commit_queue.close()
    git(place.folder, "init", "-q")
    around = (place.folder / ".git/config").read_bytes()
    damage(place.mirrors / "1")
    commit_queue = place.another()
    assert commit_queue.submit(putting("b")) == place.fetched()
    assert {"workspaces/a.yaml", "workspaces/b.yaml"} == set(place.files())
    assert (1, around) == (len(list(place.mirrors.glob("1.damaged-*"))), (place.folder / ".git/config").read_bytes())


@pytest.mark.parametrize("damage", [_no_head, _no_objects, _settings, _nothing])
def test_a_mirror_damaged_under_way_is_mended(place: GitQueueHost, damage: Callable[[Path], None]) -> None:
    """The commit queue may fail a request, but it comes to itself without a restart, and does nothing twice."""
    place.commit_queue.submit(putting("a", id="r-1"))
    damage(place.mirrors / "1")
    place.commit_queue.poke()
    tries = (_tried(place, putting("b", id="r-2")) for _ in range(3))
    assert next(commit for commit in tries if commit) == place.fetched()
    view = place.commit_queue.view()
    assert [b"{}\n"] * 2 == [view.read(entry.path) for entry in view.entries]
    assert 2 == len(place.commits())


def _tried(place: GitQueueHost, request: Request) -> str | None:
    try:
        return place.commit_queue.submit(request)
    except SourceError:
        return None


def test_a_mirror_holds_packs_alone(place: GitQueueHost) -> None:
    """No loose object, fetched or made: libgit2 never comes back from one that a power cut left short."""
    place.commit_queue.submit(putting("a"))
    place.land({"workspaces/b.yaml": b"theirs"})
    place.commit_queue.submit(putting("c"))
    loose = [path for path in (place.mirrors / "1/objects").glob("??/*") if path.is_file()]
    assert ([], 3) == (loose, len(place.commit_queue.view().entries))


def test_processes_do_not_share_a_mirror(place: GitQueueHost) -> None:
    """Each commit queue has a folder of its own, and one that ended leaves its folder to the next."""
    second = place.another()
    assert {"1", "2"} == {path.name for path in place.mirrors.iterdir() if path.is_dir()}
    second.submit(putting("a"))
    second.close()
    third = place.another()
    assert {"1", "2"} == {path.name for path in place.mirrors.iterdir() if path.is_dir()}
    assert third.submit(putting("b")) == place.fetched()


def test_credentials_leave_the_url() -> None:
    """Git is shown the bare address; the header goes to that host alone, after the settings that were there."""
    remote = Remote("https://bob:s%40cret@git.example.com:8443/acme/fleet.git")
    environ = remote.environ({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"})
    assert "https://git.example.com:8443/acme/fleet.git" == remote.address
    assert {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "a.b",
        "GIT_CONFIG_VALUE_0": "c",
        "GIT_CONFIG_KEY_1": "http.https://git.example.com:8443/.extraHeader",
        "GIT_CONFIG_VALUE_1": "Authorization: Basic Ym9iOnNAY3JldA==",
    } == environ


@pytest.mark.parametrize("url", ["/srv/fleet.git", "git@git.example.com:acme/fleet.git", "ssh://git@x/y.git"])
def test_only_web_remotes_take_a_token(url: str) -> None:
    """Paths and ssh stay as they are, and a token for one is refused, since it would be of no use."""
    assert (url, {"GIT_SSH": "b"}, 0.0) == (
        Remote(url).address,
        Remote(url).environ({"GIT_SSH": "b"}),
        Remote(url).interval,
    )
    with pytest.raises(UsageError, match="https"):
        Remote(url, "token")


def test_github_asks_for_rest() -> None:
    """Ten seconds between two pushes to GitHub, none elsewhere; a name that only ends alike is another host."""
    urls = ["https://github.com/a/b.git", "https://notgithub.com/a/b.git", "ssh://git@github.com/a/b.git"]
    assert [10.0, 0.0, 10.0] == [Remote(url).interval for url in urls]
    assert 10.0 == Remote("git@github.com:a/b.git").interval
