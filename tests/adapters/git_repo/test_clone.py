"""Opening what a person may point at, and saying what to do when it is not a fleet."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo, open_clone
from helium.adapters.git_repo.git_messages import sentence
from helium.errors import SourceError, SpecError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, ENVIRON, bare, begun, cloned, git, land, new_repo, opened


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    """The error says what to do."""
    with pytest.raises(SourceError, match=r"is not a git repository\. Create a fleet with `helium init"):
        opened(tmp_path)


def test_a_folder_inside_a_repository_is_refused(tmp_path: Path) -> None:
    """A fleet is a whole repository: the error names its root."""
    root = new_repo(tmp_path / "root")
    (root / "inner").mkdir()
    with pytest.raises(SourceError, match=r"a fleet is a whole repository\. Use -C"):
        opened(root / "inner")


def test_a_bare_repository_is_read_and_written(tmp_path: Path) -> None:
    """The reading code works on a bare mirror as well."""
    remote = bare(tmp_path / "remote.git")
    others = cloned(remote, tmp_path / "others")
    head = land(others, {"workspaces/a.yaml": b"1"})
    git(others, "push", "-q", "origin", "main")
    repo = GitRepo(opened(remote))
    assert (head, ["workspaces/a.yaml"]) == (repo.head(), [entry.path for entry in repo.entries(head)])


def test_a_repository_without_commits_says_so(tmp_path: Path) -> None:
    """Opening it works; its head is an error with what to do."""
    repo = GitRepo(opened(new_repo(tmp_path / "own")))
    with pytest.raises(SourceError, match=r"no commit on heads/main yet. Commit helium\.yaml first"):
        repo.head()


def test_workspaces_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    """A link in the folder's place leads nowhere, and does not count as a folder that was emptied."""
    own = new_repo(tmp_path / "own")
    land(own, {"real/a.yaml": b"1"})
    (own / "workspaces").symlink_to("real")
    head = land(own, {})
    with pytest.raises(SpecError, match="must be a folder"):
        GitRepo(opened(own)).entries(head)


def test_links_and_submodules_are_listed_with_their_modes(tmp_path: Path) -> None:
    """Everything that holds a name is an entry, for the reader of specs to judge."""
    own = new_repo(tmp_path / "own")
    first = land(own, {"workspaces/run.yaml": b"1"})
    (own / "workspaces/link.yaml").symlink_to("run.yaml")
    (own / "workspaces/run.yaml").chmod(0o755)
    git(own, "update-index", "--add", "--cacheinfo", f"160000,{first},workspaces/sub")
    head = land(own, {"workspaces/deep/er/x.yaml": b"2"})
    git(own, "update-index", "--add", "--cacheinfo", f"160000,{first},workspaces/sub")
    git(own, "commit", "-q", "--amend", "-m", "sub")
    repo = GitRepo(opened(own))
    modes = {entry.path: entry.mode for entry in repo.entries(repo.head())}
    assert head != repo.head()
    assert {
        "workspaces/deep/er/x.yaml": "100644",
        "workspaces/link.yaml": "120000",
        "workspaces/run.yaml": "100755",
        "workspaces/sub": "160000",
    } == modes


def test_a_name_that_is_no_text_is_listed_all_the_same(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are spelt out, so that they can be printed."""
    own = new_repo(tmp_path / "own")
    blob = git(own, "hash-object", "-w", "--stdin", data=b"1").strip()
    inner = git(own, "mktree", "-z", data=f"100644 blob {blob}\t".encode() + b"\xff.yaml\0").strip()
    tree = git(own, "mktree", data=f"040000 tree {inner}\tworkspaces\n".encode()).strip()
    commit = git(own, "commit-tree", "-m", "odd", tree).strip()
    git(own, "update-ref", "refs/heads/main", commit)
    repo = GitRepo(opened(own))
    assert ["workspaces/\\xff.yaml"] == [entry.path for entry in repo.entries(commit)]
    assert ["\\xff"] == list(repo.additions(commit, since=None))


def test_main_is_what_the_remote_calls_it(tmp_path: Path) -> None:
    """The remote's HEAD names main, also where the clone was not told of it."""
    remote = bare(tmp_path / "remote.git")
    others = cloned(remote, tmp_path / "others")
    git(others, "checkout", "-q", "-b", "trunk")
    head = land(others, {"workspaces/a.yaml": b"1"})
    git(others, "push", "-q", "origin", "trunk")
    git(remote, "symbolic-ref", "HEAD", "refs/heads/trunk")
    own = cloned(remote, tmp_path / "own")
    assert "trunk" == opened(own).main
    git(own, "remote", "set-head", "origin", "--delete")
    repo = GitRepo(opened(own))
    repo.fetch()
    assert head == repo.head()


def test_a_setting_names_main(tmp_path: Path) -> None:
    """What the settings say wins."""
    own = new_repo(tmp_path / "own")
    land(own, {"a": b"1"})
    git(own, "branch", "release")
    assert "release" == opened(own, main="release").main


def test_a_detached_head_is_fine_while_main_is_known(tmp_path: Path) -> None:
    """CI checks out a commit, not a branch."""
    own = new_repo(tmp_path / "own")
    first = land(own, {"workspaces/a.yaml": b"1"})
    head = land(own, {"workspaces/a.yaml": b"2"})
    git(own, "checkout", "-q", "--detach", first)
    assert head == GitRepo(opened(own)).head()
    git(own, "branch", "-m", "main", "other")
    with pytest.raises(SourceError, match="HEAD is detached"):
        opened(own)


def test_a_remote_that_cannot_be_reached_is_an_error_without_credentials(tmp_path: Path) -> None:
    """The error carries git's sentence, and never the password in the URL."""
    own = new_repo(tmp_path / "own")
    land(own, {"a": b"1"})
    git(own, "remote", "add", "origin", "http://ann:hunter2@127.0.0.1:9/x.git")
    repo = GitRepo(opened(own, main="main"))
    with pytest.raises(SourceError, match="git fetch failed") as caught:
        repo.fetch()
    assert ("hunter2" in str(caught.value), "127.0.0.1" in str(caught.value)) == (False, True)


def test_a_remote_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A fetch has a time limit, and what it started ends with it."""
    own = new_repo(tmp_path / "own")
    land(own, {"a": b"1"})
    git(own, "config", "protocol.ext.allow", "always")
    git(own, "remote", "add", "origin", "ext::sleep 600")
    with pytest.raises(SourceError, match="took more than"):
        GitRepo(opened(own, main="main", seconds=1.0)).fetch()


def test_a_damaged_object_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A corrupt blob is not mistaken for a missing one."""
    own = new_repo(tmp_path / "own")
    head = land(own, {"workspaces/a.yaml": b"some text\n"})
    repo = GitRepo(opened(own))
    blob = repo.entries(head)[0].blob
    path = own / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    with pytest.raises(SourceError, match=blob):
        repo.blobs([blob])


@pytest.mark.parametrize("path", ["workspaces", "workspaces/team"])
def test_a_missing_folder_object_is_an_error_and_no_empty_fleet(tmp_path: Path, path: str) -> None:
    """A tree that git should have and has not must never look like files that were removed."""
    own = new_repo(tmp_path / "own")
    head = land(own, {"workspaces/team/a.yaml": b"1"})
    tree = git(own, "rev-parse", f"{head}:{path}").strip()
    (own / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(SourceError, match=tree):
        GitRepo(opened(own)).entries(head)


def test_what_git_says_is_short_and_has_no_credentials() -> None:
    """An error keeps git's telling lines, at most 300 characters, with credentials blanked."""
    said = sentence("Cloning...\nfatal: unable to access 'https://ann:hunter2@example.com/x/': no\nhint: try\n")
    assert "unable to access 'https://***@example.com/x/': no" == said
    assert (300, "it gave no reason") == (len(sentence("error: " + "x" * 999)), sentence(""))


def test_the_only_remote_is_the_truth_whatever_it_is_called(tmp_path: Path) -> None:
    """A clone whose remote is called upstream reads and writes there: nothing is done for this clone alone."""
    remote = begun(tmp_path, {"helium.yaml": b"name: acme\n"})
    git(tmp_path / "own", "remote", "rename", "origin", "upstream")
    clone = opened(tmp_path / "own")
    assert ("upstream", "refs/remotes/upstream/main") == (clone.remote, clone.ref(clone.main))
    repo = GitRepo(clone)
    edit = Edit("workspaces/a.yaml", b"{}")
    landed = repo.commit([edit], head=repo.head(), author=ANN, message="Ask for a", trailers={})
    assert landed == git(remote, "rev-parse", "main").strip()


def test_a_remote_that_only_git_s_own_settings_name_counts(tmp_path: Path) -> None:
    """Git reads places that libgit2 does not: a remote given by the environment is one."""
    own = new_repo(tmp_path / "own")
    given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "remote.hub.url", "GIT_CONFIG_VALUE_0": str(tmp_path)}
    assert "hub" == open_clone(own, environ={**ENVIRON, **given}, main="main").remote


@pytest.mark.parametrize(
    ("remotes", "named", "sentence"),
    [
        (("fork", "upstream"), None, r"has the remotes fork, upstream, and none is called origin\. Set HELIUM_REMOTE"),
        (("origin",), "orign", r"names the remote orign, but .* has the remote origin\. Set it to one of them"),
        ((), "upstream", r"names the remote upstream, but .* has none\. .*git remote add upstream URL"),
    ],
    ids=["several", "misspelt", "none"],
)
def test_a_remote_that_is_not_certain_is_an_error(
    tmp_path: Path, remotes: tuple[str, ...], named: str | None, sentence: str
) -> None:
    """It says which there are, and never works as if there were no remote: nobody would see what it writes."""
    own = new_repo(tmp_path / "own")
    for name in remotes:
        git(own, "remote", "add", name, str(tmp_path / f"{name}.git"))
    with pytest.raises(SourceError, match=sentence):
        open_clone(own, environ=ENVIRON, remote=named)


def test_origin_is_the_truth_among_several(tmp_path: Path) -> None:
    """Forks and mirrors beside it change nothing, and HELIUM_REMOTE chooses another one."""
    own = new_repo(tmp_path / "own")
    for name in ("fork", "origin"):
        git(own, "remote", "add", name, str(tmp_path / f"{name}.git"))
    assert ("origin", "fork") == (
        open_clone(own, environ=ENVIRON, main="main").remote,
        open_clone(own, environ=ENVIRON, main="main", remote="fork").remote,
    )


@pytest.mark.parametrize("name", ["Workspaces", "WORKSPACES", "work\u017fpaces"])
def test_workspaces_in_another_case_stops_what_would_destroy(tmp_path: Path, name: str) -> None:
    """On some machines it is the same folder: a workspace that was moved there is not removed."""
    own = new_repo(tmp_path / "own")
    head = land(own, {"workspaces/a.yaml": b"1", f"{name}/b.yaml": b"1"})
    with pytest.raises(SpecError, match="on macOS and Windows this is the folder workspaces"):
        GitRepo(opened(own)).entries(head)


def test_a_fork_that_is_called_origin_is_not_taken_for_the_fleets_remote(tmp_path: Path) -> None:
    """Where main follows another remote, a write to the fork would be done, and seen by nobody."""
    remote = begun(tmp_path, {"helium.yaml": b"x"}, clones=("own",))
    own = tmp_path / "own"
    git(own, "push", "-q", "-u", "origin", "main")
    git(own, "remote", "add", "upstream", str(remote))
    git(own, "fetch", "-q", "upstream")
    assert "origin" == opened(own).remote
    git(own, "branch", "-q", "--set-upstream-to=upstream/main", "main")

    with pytest.raises(SourceError, match=r"its branch main follows upstream, not origin\. Set HELIUM_REMOTE"):
        opened(own)
    for name in ("origin", "upstream"):
        assert name == open_clone(own, environ=ENVIRON, remote=name).remote


def test_a_push_to_another_repository_is_not_done(tmp_path: Path) -> None:
    """A pushurl is another way to the same repository. To a fork, it would take away what is written."""
    remote = begun(tmp_path, {"helium.yaml": b"x"}, clones=("own",))
    own = tmp_path / "own"
    fork = bare(tmp_path / "fork.git")
    git(own, "push", "-q", str(fork), "main")
    edit = (Edit("workspaces/a.yaml", b"{}\n"),)
    for url in (f"file://{remote}", str(fork)):
        git(own, "remote", "set-url", "--push", "origin", url)
        repo = GitRepo(opened(own))
        repo.fetch()
        head = repo.head()
        if url == str(fork):
            git(own, "push", "-q", str(fork), "origin/main:main")
            edit = (Edit("workspaces/b.yaml", b"{}\n"),)
            with pytest.raises(SourceError, match=r"The push went to the pushurl of origin, but main at its url"):
                repo.commit(edit, head=head, author=ANN, message="Ask for b", trailers={})
        else:
            commit = repo.commit(edit, head=head, author=ANN, message="Ask for a", trailers={})
            assert commit == git(remote, "rev-parse", "main").strip()
