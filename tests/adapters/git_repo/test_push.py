"""Writing where there is a remote: acknowledged means pushed, never forced, and the remote's own words in the error."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from helium.adapters.git_repo.git_messages import stayed_here
from helium.errors import HeadMovedError, PushInDoubtError, SourceError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, cloned, git, opened


def _put(repo: GitRepo, name: str) -> str:
    return repo.commit(
        [Edit(f"workspaces/{name}.yaml", b"{}\n")], head=repo.head(), author=ANN, message=f"Ask for {name}", trailers={}
    )


def test_a_commit_is_on_the_remote_when_it_returns(remote: Path, tmp_path: Path) -> None:
    """The remote has the commit, our picture of it has moved, and a person's own branch and files are left alone."""
    own = cloned(remote, tmp_path / "own")
    before = git(own, "rev-parse", "main").strip()
    repo = GitRepo(opened(own))
    created = _put(repo, "a")
    assert created == git(remote, "rev-parse", "main").strip() == repo.head()
    assert (before, "", False) == (
        git(own, "rev-parse", "main").strip(),
        git(own, "status", "--porcelain"),
        (own / "workspaces").exists(),
    )


def test_a_clone_that_fetches_nothing_by_itself_sees_its_own_commit(remote: Path, tmp_path: Path) -> None:
    """CI's checkout has no fetch settings; our picture of the remote moves all the same."""
    own = cloned(remote, tmp_path / "own")
    git(own, "config", "--unset-all", "remote.origin.fetch")
    repo = GitRepo(opened(own))
    repo.fetch()
    assert _put(repo, "a") == repo.head()


def test_a_commit_on_what_the_remote_no_longer_has_is_refused(remote: Path, tmp_path: Path) -> None:
    """Somebody pushed in between: `HeadMoved`, and after a fetch it works."""
    one, two = (GitRepo(opened(cloned(remote, tmp_path / name))) for name in ("one", "two"))
    theirs = _put(one, "a")
    with pytest.raises(HeadMovedError, match="origin has a newer refs/heads/main"):
        _put(two, "b")
    two.fetch()
    assert theirs == two.head()
    created = _put(two, "b")
    assert (created, 3) == (
        git(remote, "rev-parse", "main").strip(),
        int(git(remote, "rev-list", "--count", "main")),
    )


def test_a_refusing_remote_is_quoted(remote: Path, tmp_path: Path) -> None:
    """Any other refusal is an error with the remote's own sentence, and is not tried again."""
    hook = remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'main is frozen until Monday' >&2\nexit 1\n")
    hook.chmod(0o755)
    repo = GitRepo(opened(cloned(remote, tmp_path / "own")))
    head = repo.head()
    with pytest.raises(SourceError, match="main is frozen until Monday") as caught:
        _put(repo, "a")
    assert (SourceError, head) == (type(caught.value), repo.head())


def test_a_remote_that_is_gone_is_an_error(remote: Path, tmp_path: Path) -> None:
    """Fetch and push say so in git's words."""
    repo = GitRepo(opened(cloned(remote, tmp_path / "own")))
    remote.rename(tmp_path / "elsewhere.git")
    with pytest.raises(SourceError, match=r"git fetch failed: .*does not appear to be a git repository"):
        repo.fetch()
    with pytest.raises(SourceError, match="did not take the push"):
        _put(repo, "a")


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.eol=crlf", "core.safecrlf=true"])
def test_bytes_go_in_as_they_are(remote: Path, tmp_path: Path, setting: str) -> None:
    """No setting for line ends and no attribute changes what is written."""
    own = cloned(remote, tmp_path / "own")
    git(own, "config", *setting.split("="))
    (own / ".git/info/attributes").write_text("* text=auto eol=crlf ident\n")
    repo = GitRepo(opened(own))
    data = b"a: 1\r\nb: $Id$\nc: \xff\n"
    created = repo.commit(
        [Edit("workspaces/a.yaml", data)], head=repo.head(), author=ANN, message="Odd bytes", trailers={}
    )
    assert data == repo.read(created, "workspaces/a.yaml")


def _many(own: Path, who: str, count: int) -> None:
    repo = GitRepo(opened(own))
    for number in range(count):
        while True:
            repo.fetch()
            try:
                _put(repo, f"{who}-{number}")
                break
            except HeadMovedError:
                continue


def test_processes_that_race_lose_nothing(remote: Path, tmp_path: Path) -> None:
    """Three processes with a clone each: everything that was acknowledged is on the remote, one commit each."""
    owns = {who: cloned(remote, tmp_path / who) for who in ("x", "y", "z")}
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_many, args=(own, who, 5)) for who, own in owns.items()]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [0, 0, 0] == [worker.exitcode for worker in workers]
    names = {f"workspaces/{who}-{number}.yaml" for who in owns for number in range(5)}
    assert names == set(git(remote, "ls-tree", "-r", "--name-only", "main", "workspaces").split())
    assert 16 == int(git(remote, "rev-list", "--count", "main"))


@pytest.mark.parametrize("said", ["no ticket in the message", "", "error: lint failed"])
def test_a_push_that_the_clone_s_own_hook_refused_is_no_doubt(remote: Path, tmp_path: Path, said: str) -> None:
    """Nothing was sent, so nobody has to look whether it arrived."""
    own = cloned(remote, tmp_path / "own")
    hook = own / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SourceError, match="did not take the push") as caught:
        _put(GitRepo(opened(own)), "a")

    assert not isinstance(caught.value, PushInDoubtError)
    assert "1" == git(remote, "rev-list", "--count", "main").strip()


def test_a_push_that_broke_off_may_have_arrived() -> None:
    """Words about the connection are never git's own refusal, whatever else git says."""
    broken = [
        "fatal: the remote end hung up unexpectedly\nerror: failed to push some refs to 'x'",
        "error: RPC failed; HTTP 502 curl 22\nerror: failed to push some refs to 'x'",
        "client_loop: send disconnect: Broken pipe\nerror: failed to push some refs to 'x'",
        "fatal: something that nobody knows yet",
        "remote: out of memory\nerror: failed to push some refs to 'x'",
    ]

    assert [False] * len(broken) == [stayed_here(err) for err in broken]
    assert stayed_here("fatal: transport 'ext' not allowed")
