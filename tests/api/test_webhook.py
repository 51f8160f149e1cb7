"""The webhook as a real host calls it: Gitea signs, Helium looks at once; what is signed otherwise changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from helium.adapters.commit_queue import GitCommitQueue
from tests.adapters.commit_queue.remotes import cloned_from
from tests.adapters.git_repos import ENVIRON, git, land
from tests.api.process import real
from tests.api.serving import served
from tests.api.test_remote import FLEET
from tests.gitea import OWNER, Gitea
from tests.serving.processes import until

SECRET = "between Gitea and Helium"


@dataclass(frozen=True)
class Hooked:
    """A commit queue that looks at its remote once an hour, and a clone in which somebody else works."""

    commit_queue: GitCommitQueue
    others: Path

    def push(self, name: str) -> str:
        """Somebody's push to the host."""
        commit = land(self.others, {f"workspaces/{name}.yaml": b"{}\n"})
        git(self.others, "push", "-q", "origin", "main")
        return commit


@contextmanager
def hooked(folder: Path, gitea: Gitea, *, signs_with: str) -> Iterator[Hooked]:
    """An API before a repository of Gitea's that calls it at each push."""
    url = gitea.with_token(gitea.repository(folder.name))
    others = cloned_from(url, folder / "others", environ=ENVIRON)
    land(others, {"helium.yaml": FLEET})
    git(others, "push", "-q", "origin", "main")
    with real(url, folder / "mirrors", look=3600) as deps, served(replace(deps, hook_secret=SECRET.encode())) as at:
        assert isinstance(deps.commit_queue, GitCommitQueue)
        config = {"url": f"{at}/hooks/git", "content_type": "json", "secret": signs_with}
        hook = {"type": "gitea", "config": config, "events": ["push"], "active": True}
        gitea.call("POST", f"/repos/{OWNER}/{folder.name}/hooks", hook)
        yield Hooked(deps.commit_queue, others)


def calls(caplog: pytest.LogCaptureFixture, status: int) -> list[str]:
    """Gitea's calls that were answered so."""
    return [text for text in caplog.messages if text == f"POST /hooks/git: {status}"]


def test_a_push_to_gitea_is_seen_at_once(tmp_path: Path, gitea: Gitea, caplog: pytest.LogCaptureFixture) -> None:
    """The host calls, signed, and the mirror has the commit, an hour before it would look by itself."""
    caplog.set_level(logging.INFO)
    with hooked(tmp_path, gitea, signs_with=SECRET) as placement:
        pushed = placement.push("a")
        until(lambda: placement.commit_queue.view().commit == pushed, says="the push was not seen")
    assert calls(caplog, 202)


@pytest.mark.parametrize("secret", ["another secret", ""])
def test_a_host_that_signs_otherwise_changes_nothing(
    tmp_path: Path, gitea: Gitea, caplog: pytest.LogCaptureFixture, secret: str
) -> None:
    """A wrong signature and a missing one: 403, and the remote is not looked at."""
    caplog.set_level(logging.INFO)
    with hooked(tmp_path, gitea, signs_with=secret) as placement:
        before, seen = placement.commit_queue.view().commit, placement.commit_queue.age()
        placement.push("a")
        until(lambda: bool(calls(caplog, 403)), says="the host did not call")
        assert (before, True) == (placement.commit_queue.view().commit, placement.commit_queue.age() > seen)
    assert not calls(caplog, 202)
