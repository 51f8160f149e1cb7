"""Which pull request a removal came with, on a real Gitea: merged in each way that hosts offer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helium.adapters.git_repo import Clone, GitRepo, open_clone
from helium.adapters.hosts.gitea import GiteaHost
from helium.adapters.hosts.merged_reviews import HostReviews
from helium.adapters.hosts.token import HostToken
from helium.adapters.hosts.transport import HostTransport
from helium.core.fleet import Fleet
from helium.core.host_errors import HostError
from helium.core.host_place import GITEA, HostPlace
from helium.core.reviews import MergedPullRequest, with_reviews
from helium.core.spec import DIRECT, REVIEWED, UNREVIEWED, Removal
from tests.adapters.git_repos import ENVIRON, git, named, write
from tests.gitea import OWNER, Gitea

NAMES = ("a", "b", "c", "d", "e")
FLEET = Fleet("acme", people={OWNER.upper(): "ops@example.com"})


@dataclass(slots=True)
class PullRequests:
    """A repository at a Gitea whose main has five workspaces, and a person's clone of it."""

    gitea: Gitea
    name: str
    folder: Path
    start: str = field(init=False)

    def __post_init__(self) -> None:
        url = self.gitea.with_token(self.gitea.repository(self.name))
        git(self.folder.parent, "clone", "-q", url, str(self.folder))
        named(self.folder)
        self.start = self.commit({f"workspaces/{name}.yaml": f"# {name}\n" * 9 for name in NAMES}, "Begin")
        git(self.folder, "push", "-q", "origin", "HEAD:main")

    @property
    def path(self) -> str:
        """Its place in the API."""
        return f"/repos/{OWNER}/{self.name}"

    def commit(self, files: dict[str, str | None], message: str) -> str:
        """On what is checked out, dated as people's clocks have it."""
        write(self.folder, {path: None if text is None else text.encode() for path, text in files.items()})
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", message)
        return git(self.folder, "rev-parse", "HEAD").strip()

    def branch(self, name: str, *commits: dict[str, str | None]) -> None:
        """A branch off main as it is now, pushed."""
        git(self.folder, "fetch", "-q", "origin")
        git(self.folder, "checkout", "-q", "-B", name, "origin/main")
        for number, files in enumerate(commits):
            self.commit(files, f"{name} {number}")
        git(self.folder, "push", "-q", "origin", name)

    def direct(self, files: dict[str, str | None]) -> None:
        """Somebody pushes to main."""
        git(self.folder, "fetch", "-q", "origin")
        git(self.folder, "checkout", "-q", "-B", "main", "origin/main")
        self.commit(files, "Push")
        git(self.folder, "push", "-q", "origin", "main")

    def opened(self, branch: str) -> int:
        """Its pull request."""
        asked = {"title": branch, "head": branch, "base": "main"}
        return int(self.gitea.call("POST", f"{self.path}/pulls", asked)["number"])

    def merge(self, number: int, style: str) -> None:
        """As a person presses the button."""
        self.gitea.merge(self.path, number, Do=style, force_merge=True)

    def seen(self) -> tuple[dict[str, Removal], Clone, HostReviews]:
        """A fresh clone's removals since the beginning, and what tells of them."""
        folder = self.folder.parent / "seen"
        git(
            self.folder.parent, "clone", "-q", self.gitea.with_token(f"{self.gitea.address}{self.path[6:]}.git"), "seen"
        )
        clone = open_clone(folder, environ={**os.environ, **ENVIRON})
        repo = GitRepo(clone)
        place = HostPlace(GITEA, self.gitea.address, f"{OWNER}/{self.name}")
        token = HostToken("HELIUM_HOST_TOKEN", lambda: self.gitea.token)
        host = GiteaHost(HostTransport(place, token, {"Accept": "application/json"}, environ=os.environ))
        return (
            dict(repo.removals(repo.head(), since=self.start)),
            clone,
            HostReviews(lambda: host, clone=clone, fleet=FLEET),
        )

    def judged(self) -> dict[str, Removal]:
        """Each removal, as a pass sees it."""
        removals, clone, reviews = self.seen()
        before = git(clone.folder, "for-each-ref")
        found = with_reviews(removals, reviews.of(tuple(removals.values())))
        assert before == git(clone.folder, "for-each-ref")
        return found


@pytest.fixture
def pulls(gitea: Gitea, tmp_path: Path, request: pytest.FixtureRequest) -> PullRequests:
    """A repository of this test's own."""
    name = "".join(sign if sign.isalnum() else "-" for sign in request.node.name)
    return PullRequests(gitea, name[:60].strip("-"), tmp_path / "own")


@pytest.mark.parametrize("style", ["merge", "squash", "rebase", "rebase-merge"])
def test_a_removal_is_found_however_it_was_merged(pulls: PullRequests, style: str) -> None:
    """With who opened it, and who merged; a direct push beside it is none. Main went on before the merge."""
    pulls.branch("tidy", {"workspaces/a.yaml": None}, {"workspaces/f.yaml": "{}\n"}, {"workspaces/b.yaml": None})
    number = pulls.opened("tidy")
    pulls.direct({"workspaces/c.yaml": None})
    pulls.merge(number, style)
    pulls.direct({"workspaces/d.yaml": None})
    found = pulls.judged()

    assert {"a": REVIEWED, "b": REVIEWED, "c": DIRECT, "d": DIRECT} == {name: found[name].origin for name in found}
    assert f"{pulls.gitea.address}{pulls.path[6:]}/pulls/{number}" == found["a"].url
    assert ("ops@example.com", "ops@example.com") == (found["a"].by, found["a"].approved_by)


def test_what_a_merge_takes_away_besides_was_not_shown(pulls: PullRequests) -> None:
    """A conflict that is resolved in the merge itself, by dropping somebody's file, is on nobody's screen before."""
    pulls.branch("fix", {"workspaces/a.yaml": None})
    number = pulls.opened("fix")
    git(pulls.folder, "checkout", "-q", "-B", "main", "origin/main")
    git(pulls.folder, "merge", "-q", "--no-ff", "--no-commit", "fix")
    git(pulls.folder, "rm", "-q", "workspaces/b.yaml")
    git(pulls.folder, "commit", "-q", "-m", f"Merge pull request #{number}")
    commit = git(pulls.folder, "rev-parse", "HEAD").strip()
    git(pulls.folder, "push", "-q", "origin", "main")
    pulls.gitea.call("PATCH", pulls.path, {"allow_manual_merge": True})
    pulls.gitea.merge(pulls.path, number, Do="manually-merged", MergeCommitID=commit)
    found = pulls.judged()

    assert {"a": REVIEWED, "b": UNREVIEWED} == {name: found[name].origin for name in found}


def test_what_was_too_big_for_a_comment_was_not_shown(pulls: PullRequests) -> None:
    """Nobody reads 201 files, and nothing was planned for them."""
    many: dict[str, str | None] = {f"notes/{number}.txt": "x" for number in range(200)}
    pulls.branch("huge", {**many, "workspaces/a.yaml": None})
    pulls.merge(pulls.opened("huge"), "merge")

    assert UNREVIEWED == pulls.judged()["a"].origin


def test_what_cannot_have_done_it_is_not_even_fetched(pulls: PullRequests) -> None:
    """Hundreds may have been squashed since an old removal. None but the first can have rebased a commit before it."""
    pulls.direct({"workspaces/a.yaml": None})
    for name in ("next", "later"):
        pulls.branch(name, {f"workspaces/{name}.yaml": "{}\n"})
        head = git(pulls.folder, "rev-parse", name).strip()
        pulls.merge(pulls.opened(name), "squash")
        git(pulls.folder, "push", "-q", "origin", f":{name}")
    removals, clone, reviews = pulls.seen()

    assert () == reviews.of(tuple(removals.values()))
    assert head not in clone.repository


def test_a_host_that_is_away_is_an_error(pulls: PullRequests) -> None:
    """Never an answer that says that there was none."""
    removals, clone, _ = pulls.seen()
    assert {} == removals
    token = HostToken("HELIUM_HOST_TOKEN", lambda: "wrong")
    place = HostPlace(GITEA, pulls.gitea.address, f"{OWNER}/{pulls.name}")
    host = GiteaHost(HostTransport(place, token, {"Accept": "application/json"}, environ=os.environ))
    gone = Removal("a", pulls.start, GitRepo(clone).commits("a", commit=pulls.start)[0].time)

    with pytest.raises(HostError):
        HostReviews(lambda: host, clone=clone, fleet=FLEET).of([gone])
    assert () == HostReviews(lambda: host, clone=clone, fleet=FLEET).of([])


def test_who_merged_counts_where_nobody_approved(pulls: PullRequests) -> None:
    """The pull request's description is data: a typed approval is not read."""
    pulls.branch("tidy", {"workspaces/a.yaml": None})
    pulls.merge(pulls.opened("tidy"), "merge")
    removals, _, reviews = pulls.seen()
    (merged,) = reviews.of(tuple(removals.values()))

    assert isinstance(merged, MergedPullRequest)
    assert (frozenset({"a"}), "ops@example.com") == (merged.shows, merged.approved_by)
