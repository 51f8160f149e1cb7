"""What remotes do to a commit queue: refuse, go away, come back, rewrite history; and what it keeps secret."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote
from helium.errors import QueueBusyError, SourceError, UnreachableError, UsageError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from tests.adapters.commit_queue import hooks
from tests.adapters.commit_queue.remotes import PATIENCE, GitQueueHost, by_http, by_path, by_ssh, putting, until
from tests.adapters.commit_queue.ssh import Ssh
from tests.adapters.git_repos import ENVIRON, git
from tests.gitea import Gitea


@pytest.fixture
def place(tmp_path: Path) -> Iterator[GitQueueHost]:
    """Before a bare repository by path."""
    with by_path(tmp_path) as queue_host:
        yield queue_host


def test_a_protected_branch_refuses_in_its_own_words(tmp_path: Path, gitea: Gitea) -> None:
    """The host's sentence reaches every asker, and nothing is half-done; unprotected again, it works."""
    url = gitea.repository(tmp_path.name)
    with by_http(tmp_path, gitea.with_token(url)) as place:
        gitea.protect(tmp_path.name)
        head = place.fetched()
        with ThreadPoolExecutor(3) as clients:
            pending = [clients.submit(place.commit_queue.submit, putting(name)) for name in "abc"]
        for each in pending:
            error = each.exception()
            assert type(error) is SourceError
            assert "protected branch" in str(error)
            assert gitea.token not in str(error)
        assert (head, head) == (place.fetched(), place.commit_queue.view().commit)
        gitea.call("DELETE", f"/repos/helium/{tmp_path.name}/branch_protections/main")
        assert place.commit_queue.submit(putting("a")) == place.fetched()


def test_a_wrong_token_is_no_absence(tmp_path: Path, gitea: Gitea) -> None:
    """A remote that does not know the token answered: trying again would not help. A closed port is an absence."""
    url = gitea.repository(tmp_path.name)
    with pytest.raises(SourceError, match="does the remote know these credentials") as refused:
        GitCommitQueue(CommitQueueSettings(Remote(url, "0" * 40), tmp_path / "mirrors"), environ=ENVIRON)
    assert SourceError is type(refused.value)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/x.git"
        with pytest.raises(UnreachableError):
            GitCommitQueue(CommitQueueSettings(Remote(closed), tmp_path / "mirrors", main="main"), environ=ENVIRON)


def test_a_token_is_written_nowhere(tmp_path: Path, gitea: Gitea) -> None:
    """No file of the mirror holds the token, in plain text or encoded; it works from the URL and beside it."""
    url = gitea.repository(tmp_path.name)
    with by_http(tmp_path, gitea.with_token(url)) as place:
        place.commit_queue.submit(putting("a"))
        beside = GitCommitQueue(CommitQueueSettings(Remote(url, gitea.token), place.mirrors), environ=ENVIRON)
        beside.submit(putting("b"))
        beside.close()
        held = b"".join(path.read_bytes() for path in place.mirrors.rglob("*") if path.is_file())
        assert gitea.token.encode() not in held
        assert b"Authorization" not in held


def test_the_guilty_one_alone_is_refused(place: GitQueueHost) -> None:
    """Of a shared push that the remote refuses for one commit's sake, all others land."""
    hooks.put(Path(place.url), "pre-receive", script=hooks.REFUSE_BAD)
    names = ["a", "b", "bad", "c", "d", "e", "f"]
    with ThreadPoolExecutor(len(names)) as clients:
        pending = {name: clients.submit(place.commit_queue.submit, putting(name)) for name in names}
    failed = {name: str(each.exception()) for name, each in pending.items() if each.exception() is not None}
    assert ["bad"] == list(failed)
    assert "no bad names here" in failed["bad"]
    assert {f"workspaces/{name}.yaml" for name in names if name != "bad"} == set(place.files())


def test_away_and_back(place: GitQueueHost) -> None:
    """While the remote is away writes say so, reads go on and know how old they are; then all is well."""
    place.commit_queue.submit(putting("a"))
    remote = Path(place.url)
    remote.rename(remote.with_name("elsewhere"))
    for request in (putting("b"), putting("c", data=None)):
        with pytest.raises(UnreachableError):
            place.commit_queue.submit(request)
    view = place.commit_queue.view()
    assert ([b"{}\n"], True) == ([view.read(entry.path) for entry in view.entries], place.commit_queue.age() > 0)
    with pytest.raises(UnreachableError):
        place.another()
    remote.with_name("elsewhere").rename(remote)
    assert place.commit_queue.submit(putting("b")) == place.fetched()
    assert {"workspaces/a.yaml", "workspaces/b.yaml"} == set(place.files())


def test_a_start_without_the_remote_reads_an_old_mirror(place: GitQueueHost) -> None:
    """A commit queue that starts while the remote is away shows the mirror that an earlier one left, and its age."""
    commit = place.commit_queue.submit(putting("a"))
    place.commit_queue.close()
    remote = Path(place.url)
    remote.rename(remote.with_name("elsewhere"))
    commit_queue = place.another()
    assert (commit, True) == (commit_queue.view().commit, 0 < commit_queue.age() < 60)
    remote.with_name("elsewhere").rename(remote)
    assert commit_queue.submit(putting("b")) == place.fetched()


def test_a_rewritten_history_is_followed(place: GitQueueHost) -> None:
    """After a forced push by others the commit queue writes on what is there now, counts it, and forgets the rest."""
    place.commit_queue.submit(putting("a", id="r-1"))
    git(place.others, "commit", "-q", "--amend", "-m", "Another beginning")
    git(place.others, "push", "-q", "--force", "origin", "main")
    again = place.commit_queue.submit(putting("b"))
    assert (again, {"workspaces/b.yaml"}, 1) == (place.fetched(), set(place.files()), place.commit_queue.rewrites)
    place.commit_queue.submit(putting("a", id="r-1"))
    assert {"workspaces/a.yaml", "workspaces/b.yaml"} == set(place.files())


def test_others_pushes_are_seen_when_told_and_by_the_clock(place: GitQueueHost) -> None:
    """A poke makes the commit queue look at once; without one it looks on its interval."""
    landed = place.land({"workspaces/x.yaml": b"1"})
    place.commit_queue.poke()
    until(lambda: place.commit_queue.view().commit == landed)
    soon = place.another(look=0.05)
    landed = place.land({"workspaces/y.yaml": b"1"})
    until(lambda: soon.view().commit == landed)


def test_pushes_keep_the_interval_and_are_shared(tmp_path: Path) -> None:
    """With an interval, what is asked meanwhile waits and goes in one push."""
    with by_path(tmp_path, interval=2.0) as place:
        place.commit_queue.submit(putting("first"))
        began = time.monotonic()
        with ThreadPoolExecutor(8) as clients:
            list(clients.map(place.commit_queue.submit, [putting(f"w-{number}") for number in range(8)]))
        assert (2, 9) == (place.commit_queue.figures.pushes, place.commit_queue.figures.commits)
        assert time.monotonic() - began > 0.5


@pytest.mark.parametrize(("interval", "shares"), [(None, [60, 50, 10]), (0.05, [100, 20])])
def test_half_of_many_go_while_the_others_are_heard(tmp_path: Path, interval: float | None, shares: list[int]) -> None:
    """Git has something to push while senders are answered. A host that wants a rest gets as much as fits at once."""
    with by_path(tmp_path, interval=interval) as place, ThreadPoolExecutor(121) as clients:
        everybody_waits = threading.Event()

        def last(_: View) -> Sequence[Edit]:
            everybody_waits.wait(60)
            return (Edit("workspaces/first.yaml", b"{}\n"),)

        pending = [clients.submit(place.commit_queue.submit, putting("first", edit=last))]
        until(lambda: place.commit_queue.figures.pushes + place.commit_queue.waiting == 0 and pending[0].running())
        pending += [clients.submit(place.commit_queue.submit, putting(f"w-{number}")) for number in range(120)]
        until(lambda: place.commit_queue.waiting == 120)
        everybody_waits.set()
        heads = {each.result() for each in pending}

        assert (1 + len(shares), 121) == (place.commit_queue.figures.pushes, len(heads))
        assert heads == {commit.id for commit in place.commits()}


def test_new_settings_are_what_the_next_request_sees(place: GitQueueHost) -> None:
    """The settings are kept from one request to the next, as long as nobody changes them."""
    seen: list[bytes | None] = []

    def look(view: View) -> Sequence[Edit]:
        seen.append(view.read("helium.yaml"))
        return (Edit(f"workspaces/w-{len(seen)}.yaml", b"{}\n"),)

    place.commit_queue.submit(putting("a", id="r-1", edit=look))
    place.commit_queue.submit(putting("b", id="r-2", edit=look))
    place.land({"helium.yaml": b"name: y\n"})
    place.commit_queue.submit(putting("c", id="r-3", edit=look))

    # The third one is asked twice: its push shows that somebody was first.
    assert [b"name: x\n"] * 3 + [b"name: y\n"] == seen


def test_a_full_door_says_so(tmp_path: Path) -> None:
    """More than its limit do not wait: they are told at once."""
    with by_path(tmp_path, interval=2.0, most=2) as place:
        place.commit_queue.submit(putting("first"))
        with ThreadPoolExecutor(6) as clients:
            pending = [clients.submit(place.commit_queue.submit, putting(f"w-{number}")) for number in range(6)]
        results = [type(each.exception()) for each in pending]
        assert (2, 4) == (results.count(type(None)), results.count(QueueBusyError))
        assert 3 == len(place.commits())


def test_closing_answers_everyone(tmp_path: Path) -> None:
    """Who waits when the commit queue closes has the commit on the remote; who comes later is told."""
    with by_path(tmp_path, interval=30) as place:
        place.commit_queue.submit(putting("first"))
        with ThreadPoolExecutor(4) as clients:
            pending = [clients.submit(place.commit_queue.submit, putting(f"w-{number}")) for number in range(4)]
            until(lambda: place.commit_queue.waiting == 4)
            place.commit_queue.close()
            assert {each.result() for each in pending} == {commit.id for commit in place.commits()[:4]}
        with pytest.raises(QueueBusyError):
            place.commit_queue.submit(putting("late"))


def test_an_error_within_ends_one_request_alone(place: GitQueueHost) -> None:
    """An edit that gives nonsense is an error for its asker, and the commit queue goes on."""
    with pytest.raises(SourceError, match="Helium failed while it wrote this"):
        place.commit_queue.submit(putting("a", edit=lambda _view: (None,)))
    assert place.commit_queue.submit(putting("b")) == place.fetched()


def test_odd_paths_and_modes_are_kept(place: GitQueueHost) -> None:
    """Quotes, line ends and spaces in a path are the path's; an executable file stays one."""
    script = place.others / "workspaces/run.yaml"
    script.parent.mkdir()
    script.write_text("x")
    script.chmod(0o755)
    place.land({"workspaces/other.yaml": b"x"})
    odd = 'workspaces/a "b"\n\\c .yaml'
    edits = (Edit(odd, b"1\r\n"), Edit("workspaces/run.yaml", b"2"))
    commit = place.commit_queue.submit(putting("x", edit=lambda _view: edits))
    fresh = place.another().view()
    assert (commit, b"1\r\n") == (fresh.commit, fresh.read(odd))
    assert {odd: "100644", "workspaces/other.yaml": "100644", "workspaces/run.yaml": "100755"} == {
        entry.path: entry.mode for entry in fresh.entries
    }
    assert fresh.entries == place.commit_queue.view().entries


@pytest.mark.parametrize("path", ["workspaces/team", "workspaces/team/a.yaml/b.yaml", "workspaces/.git/config"])
def test_a_file_is_no_folder(place: GitQueueHost, path: str) -> None:
    """Neither takes the other's place, and git's own names are nobody's."""
    place.land({"workspaces/team/a.yaml": b"1"})
    place.commit_queue.poke()
    with pytest.raises(UsageError):
        place.commit_queue.submit(putting("x", edit=lambda _view: (Edit(path, b"1"),)))
    assert [] == place.commits()


@pytest.mark.parametrize(
    ("spoilt", "kind", "says"),
    [
        ("known", UnreachableError, r"Host key verification failed\.; .*known_hosts of who runs Helium"),
        ("key", SourceError, r"Permission denied \(publickey\).*does the remote know the ssh key"),
    ],
)
def test_ssh_that_is_not_let_in_says_why(
    tmp_path: Path, ssh: Ssh, spoilt: str, kind: type[SourceError], says: str
) -> None:
    """A host whose key nobody knows, and a key that the host does not know: a sentence at once, and no question."""
    assert ssh.real, "no sshd on this machine; `python3 -m tools sshd` installs it, or names what to install"
    with by_ssh(tmp_path, ssh) as place:
        file = ssh.folder / spoilt
        other = file.rename(file.with_suffix(".kept"))
        began = time.monotonic()
        try:
            with pytest.raises(SourceError, match=says) as refused:
                place.commit_queue.submit(putting("a"))
        finally:
            other.rename(file)
        assert (kind, True) == (type(refused.value), time.monotonic() - began < PATIENCE)
        assert place.commit_queue.submit(putting("a")) == place.fetched()


@pytest.mark.slow  # it waits as long as a person would
def test_a_host_that_says_nothing_is_away(tmp_path: Path) -> None:
    """One that takes the connection and is silent is given up, long before a person would."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ssh://127.0.0.1:{silent.getsockname()[1]}/x.git"
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            GitCommitQueue(CommitQueueSettings(Remote(url), tmp_path / "mirrors", main="main"), environ=ENVIRON)
        assert time.monotonic() - began < PATIENCE


def test_ssh_is_called_as_the_person_says() -> None:
    """An own command of theirs is left alone; ours asks nobody, and gives up in time."""
    ours = {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=10"}
    for url in ("git@git.example.com:acme/fleet.git", "ssh://git@x/y.git"):
        assert ours == Remote(url).environ({})
        assert {"GIT_SSH_COMMAND": "mine"} == Remote(url).environ({"GIT_SSH_COMMAND": "mine"})
        assert {"GIT_SSH": "mine"} == Remote(url).environ({"GIT_SSH": "mine"})
