"""Writing where a person works: no remote, and main checked out. Branch, index and files move together."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo, open_clone
from helium.errors import SourceError, UsageError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, ENVIRON, git, land, new_repo, opened

OLD = "workspaces/old.yaml"
NEW = "workspaces/team/new.yaml"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository with one workspace, clean."""
    path = new_repo(tmp_path / "own")
    land(path, {"helium.yaml": b"fleet: x\n", OLD: b"{}\n"})
    return path


def _commit(own: Path, *edits: Edit) -> str:
    repo = GitRepo(opened(own))
    return repo.commit(edits, head=repo.head(), author=ANN, message="Write", trailers={})


def _status(own: Path) -> list[str]:
    return git(own, "status", "--porcelain", "--untracked-files=all").splitlines()


def _hook(own: Path, name: str, script: str) -> None:
    path = own / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_files_and_index_follow_the_commit(own: Path) -> None:
    """After a write the working tree is clean and shows the commit; an emptied folder is gone."""
    _commit(own, Edit(NEW, b"a: 1\n"), Edit(OLD, None))
    assert ([], b"a: 1\n", False) == (_status(own), (own / NEW).read_bytes(), (own / OLD).exists())
    _commit(own, Edit(NEW, None))
    assert ([], False) == (_status(own), (own / NEW).parent.exists())


def test_what_else_is_staged_stays_staged(own: Path) -> None:
    """Only the commit's own paths go in; other work, staged or not, is left as it was."""
    (own / "helium.yaml").write_bytes(b"fleet: y\n")
    (own / "notes.txt").write_bytes(b"mine\n")
    git(own, "add", "helium.yaml")
    (own / "helium.yaml").write_bytes(b"fleet: z\n")
    created = _commit(own, Edit(NEW, b"{}\n"))
    assert [NEW] == git(own, "show", "--name-only", "--format=", created).split()
    assert ["MM helium.yaml", "?? notes.txt"] == _status(own)


def test_a_dirty_path_is_refused(own: Path) -> None:
    """Changes at the path, unstaged, staged or untracked, are a person's: the write is refused, and says so."""
    head = git(own, "rev-parse", "main")
    (own / OLD).write_bytes(b"mine\n")
    for step in ((), ("add", "-A")):
        if step:
            git(own, *step)
        with pytest.raises(SourceError, match=r"workspaces/old\.yaml has uncommitted changes"):
            _commit(own, Edit(OLD, None))
    (own / "workspaces/team").mkdir()
    (own / NEW).write_bytes(b"mine\n")
    for excluded in ("", "*.yaml\n"):
        (own / ".git/info/exclude").write_text(excluded)
        with pytest.raises(SourceError, match=r"workspaces/team/new\.yaml has uncommitted changes"):
            _commit(own, Edit(NEW, b"{}\n"))
    assert (head, b"mine\n", b"mine\n") == (
        git(own, "rev-parse", "main"),
        (own / OLD).read_bytes(),
        (own / NEW).read_bytes(),
    )


def test_nothing_is_written_through_a_link(own: Path, tmp_path: Path) -> None:
    """A folder that is a link leads out of the repository, and is refused."""
    (tmp_path / "outside").mkdir()
    (own / "workspaces/team").symlink_to(tmp_path / "outside")
    with pytest.raises(SourceError):
        _commit(own, Edit(NEW, b"{}\n"))
    assert [] == list((tmp_path / "outside").iterdir())


def test_a_file_where_a_folder_should_be_is_refused(own: Path) -> None:
    """Nothing can be written below a file."""
    with pytest.raises(UsageError, match=r"old\.yaml is a file in git"):
        _commit(own, Edit(f"{OLD}/new.yaml", b"{}\n"))
    _commit(own, Edit(NEW, b"{}\n"))
    with pytest.raises(UsageError, match="team is a directory in git"):
        _commit(own, Edit("workspaces/team", b"{}\n"))


def test_hooks_run_and_may_refuse(own: Path) -> None:
    """`pre-commit` sees this commit alone and may refuse it; then nothing has moved."""
    head = git(own, "rev-parse", "main")
    (own / "notes.txt").write_bytes(b"mine\n")
    git(own, "add", "notes.txt")
    _hook(own, "pre-commit", "git diff --cached --name-only > .git/seen; echo 'not on Fridays' >&2; exit 1")
    with pytest.raises(SourceError, match="The hook pre-commit refused the commit: not on Fridays"):
        _commit(own, Edit(NEW, b"{}\n"))
    assert f"{NEW}\n" == (own / ".git/seen").read_text()
    assert (head, ["A  notes.txt"], False) == (git(own, "rev-parse", "main"), _status(own), (own / NEW).exists())


def test_a_hook_may_edit_the_message_and_comes_after(own: Path) -> None:
    """`commit-msg` edits the message; `post-commit` runs, and its failure changes nothing."""
    _hook(own, "commit-msg", 'echo "Signed: yes" >> "$1"')
    _hook(own, "post-commit", "touch .git/after; exit 1")
    created = _commit(own, Edit(NEW, b"{}\n"))
    assert ("Write\nSigned: yes", True) == (
        git(own, "show", "-s", "--format=%B", created).strip(),
        (own / ".git/after").exists(),
    )


def test_hooks_get_no_secret_of_ours(own: Path) -> None:
    """A hook's environment has nothing of Helium's or Pulumi's."""
    _hook(own, "pre-commit", "env > .git/seen")
    environ = {**ENVIRON, "HELIUM_TOKEN": "hunter2", "PULUMI_CONFIG_PASSPHRASE": "hunter2", "GIT_DIR": "/elsewhere"}
    repo = GitRepo(open_clone(own, environ=environ))
    repo.commit([Edit(NEW, b"{}\n")], head=repo.head(), author=ANN, message="m", trailers={})
    assert "hunter2" not in (own / ".git/seen").read_text()


def test_line_ends_are_for_the_working_tree_alone(own: Path) -> None:
    """With `core.autocrlf` the commit has our bytes, the file a person's, and git calls it clean."""
    git(own, "config", "core.autocrlf", "true")
    created = _commit(own, Edit(NEW, b"a: 1\nb: 2\n"))
    assert (b"a: 1\nb: 2\n", b"a: 1\r\nb: 2\r\n", []) == (
        GitRepo(opened(own)).read(created, NEW),
        (own / NEW).read_bytes(),
        _status(own),
    )


def test_a_files_mode_is_kept(own: Path) -> None:
    """An edit of an executable file leaves it one."""
    (own / OLD).chmod(0o755)
    land(own, {})
    created = _commit(own, Edit(OLD, b"a: 1\n"))
    assert "100755" == GitRepo(opened(own)).entries(created)[0].mode
    assert [] == _status(own)


def test_a_merge_in_progress_is_a_persons(own: Path) -> None:
    """While a merge waits for a person, nothing is committed."""
    git(own, "checkout", "-q", "-b", "side")
    land(own, {OLD: b"side\n"})
    git(own, "checkout", "-q", "main")
    land(own, {OLD: b"main\n"})
    subprocess.run(["git", "merge", "-q", "side"], cwd=own, env=ENVIRON, check=False, capture_output=True)
    with pytest.raises(SourceError, match="A merge or rebase is in progress here"):
        _commit(own, Edit(NEW, b"{}\n"))


def test_an_index_that_another_git_holds_is_waited_for_by_the_caller(own: Path) -> None:
    """A lock that is not ours is never broken."""
    (own / ".git/index.lock").touch()
    with pytest.raises(SourceError, match="Another git is at work here"):
        _commit(own, Edit(NEW, b"{}\n"))
    assert (own / ".git/index.lock").exists()


def test_main_that_is_not_checked_out_moves_alone(own: Path) -> None:
    """On another branch, or detached, a write moves main and nothing of what a person sees."""
    for step in (("checkout", "-q", "-b", "mine"), ("checkout", "-q", "--detach")):
        git(own, *step)
        created = _commit(own, Edit(NEW, step[-1].encode()))
        assert (created, [], False) == (git(own, "rev-parse", "main").strip(), _status(own), (own / NEW).exists())
