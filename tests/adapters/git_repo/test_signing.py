"""Where git's settings ask for signed commits, Helium's are signed, with the key that git would use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from helium.adapters.commit_queue.fast_import import CommitToWrite, fast_import
from helium.adapters.git_repo import GitRepo, open_clone
from helium.adapters.git_repo.commit_object import CommitParts, write_commit
from helium.adapters.git_repo.write import signature
from helium.errors import SourceError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, ENVIRON, begun, git, land, new_repo, opened


def signing(folder: Path, home: Path) -> None:
    """A real ssh key, and a clone that signs with it."""
    key = home / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    (home / "signers").write_text(f"* {key.with_suffix('.pub').read_text()}")
    settings = {
        "commit.gpgsign": "true",
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "gpg.ssh.allowedSignersFile": str(home / "signers"),
    }
    for name, value in settings.items():
        git(folder, "config", name, value)


def signing_by_gpg(folder: Path, home: Path) -> None:
    """A real OpenPGP key in a keyring of its own, and a clone that signs with it."""
    ring = home / "ring"
    ring.mkdir(mode=0o700)
    wrapper = home / "gpg"
    wrapper.write_text(f'#!/bin/sh\nGNUPGHOME={ring} exec gpg "$@"\n')
    wrapper.chmod(0o755)
    ask = ("--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "ann@example.com", "ed25519", "sign", "1d")
    subprocess.run([str(wrapper), *ask], check=True, capture_output=True)
    for name, value in {
        "commit.gpgsign": "true",
        "gpg.program": str(wrapper),
        "user.signingkey": "ann@example.com",
    }.items():
        git(folder, "config", name, value)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="no gpg here; the suite needs none otherwise")
def test_a_commit_is_signed_by_openpgp(tmp_path: Path) -> None:
    """As git does where nobody names another way: main's commits and those of a batch."""
    own = new_repo(tmp_path / "own")
    base = land(own, {"helium.yaml": b"x"})
    signing_by_gpg(own, tmp_path)
    try:
        repo, edit = GitRepo(opened(own)), Edit("workspaces/a.yaml", b"{}\n")
        new = repo.commit([edit], head=base, author=ANN, message="Ask for a", trailers={})
        draft = CommitToWrite(signature(ANN), "Ask for b\n", (Edit("workspaces/b.yaml", b"{}\n"),), ("100644",))
        (batched,) = fast_import(opened(own), new, commits=[draft])
        for commit in (new, batched):
            git(own, "verify-commit", commit)
    finally:
        agent = ("gpgconf", "--homedir", str(tmp_path / "ring"), "--kill", "gpg-agent")
        subprocess.run(agent, check=False, capture_output=True)


def test_git_is_asked_once_whether_it_signs(tmp_path: Path) -> None:
    """A pass writes often, and each question is a process."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    trace = tmp_path / "trace"
    repo = GitRepo(open_clone(own, environ={**ENVIRON, "GIT_TRACE": str(trace)}))
    for name in "abc":
        edit = Edit(f"workspaces/{name}.yaml", b"{}\n")
        repo.commit([edit], head=repo.head(), author=ANN, message=f"Ask for {name}", trailers={})

    assert 1 == sum("commit.gpgsign" in line and "built-in" in line for line in trace.read_text().splitlines())


@pytest.mark.parametrize("place", ["checked out", "detached", "remote"])
def test_a_commit_to_main_is_signed(tmp_path: Path, place: str) -> None:
    """By ssh, verified by git itself; author, message and trailers stay what they are."""
    own = tmp_path / "own"
    if place == "remote":
        begun(tmp_path, {"helium.yaml": b"x"})
    else:
        land(new_repo(own), {"helium.yaml": b"x"})
    signing(own, tmp_path)
    if place == "detached":
        git(own, "checkout", "-q", "--detach")
    repo = GitRepo(opened(own, main="main"))
    edit = Edit("workspaces/a.yaml", b"{}\n")
    new = repo.commit([edit], head=repo.head(), author=ANN, message="Ask for a", trailers={"Helium-By": ANN})

    git(own, "verify-commit", new)
    assert f"{ANN}\nAsk for a\n\nHelium-By: {ANN}" == git(own, "show", "-s", "--format=%an <%ae>%n%B", new).strip()


def test_a_batch_of_the_api_is_signed(tmp_path: Path) -> None:
    """Each of its commits, on the one before, with the files that each brings."""
    own = new_repo(tmp_path / "own")
    base = land(own, {"helium.yaml": b"x"})
    signing(own, tmp_path)
    commits = [
        CommitToWrite(signature(ANN), f"Ask for {name}\n", (Edit(f"workspaces/{name}.yaml", b"{}\n"),), ("100644",))
        for name in ("a", "b")
    ]
    first, second = fast_import(opened(own), base, commits=commits)

    for commit in (first, second):
        git(own, "verify-commit", commit)
    assert [first, base] == git(own, "rev-list", second).split()[1:]
    assert (
        "workspaces/a.yaml\nworkspaces/b.yaml"
        == git(own, "ls-tree", "-r", "--name-only", second, "workspaces/").strip()
    )


def test_a_first_commit_of_the_ledger_is_signed(tmp_path: Path) -> None:
    """It has no parent, and one author."""
    own = new_repo(tmp_path / "own")
    tree = git(own, "rev-parse", f"{land(own, {'a': b'x'})}^{{tree}}").strip()
    signing(own, tmp_path)
    clone, who = opened(own), signature(ANN)
    new = write_commit(clone, CommitParts(tree, [], who, who, "Note\n"))

    git(own, "verify-commit", new)


def test_a_key_that_does_not_work_is_a_sentence(tmp_path: Path) -> None:
    """Nothing is written unsigned where a signature was asked for."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    signing(own, tmp_path)
    (tmp_path / "key").unlink()
    repo = GitRepo(opened(own))
    before = repo.head()

    with pytest.raises(SourceError, match=r"git cannot sign the commit: .*give git a key that works"):
        repo.commit([Edit("workspaces/a.yaml", b"{}\n")], head=before, author=ANN, message="Ask for a", trailers={})
    assert before == repo.head()
