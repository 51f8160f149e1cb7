"""What a pass asks of the host while it goes on in the comments of pull requests: as much as it uses, and no more."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from helium.adapters.hosts.merged_reviews import HostReviews
from helium.app.host_reporter import HostReporter
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.core.pull_request import PLAN_COMMENT, PullRequest, PullRequestState, marked
from helium.core.spec import Removal
from helium.ports.host import Host
from helium.settings import Settings
from tests.adapters.git_repos import ENVIRON
from tests.cli.conftest import CommandLineFleet
from tests.fakes.host import FakeHost
from tests.reconcile.harness import RecordedProgress

SPEC = f"owner: ada@example.com\nexpiry: {datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}\n"


@dataclass(slots=True)
class CountedHost:
    """A host that counts its calls."""

    of: FakeHost = field(default_factory=FakeHost)
    calls: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        met = getattr(self.of, name)
        if not callable(met):
            return met

        def counted(*given: Any, **named: Any) -> Any:
            self.calls[name] += 1
            return met(*given, **named)

        return counted


def merged(fleet: CommandLineFleet, host: CountedHost, *, number: int, files: dict[str, str | None]) -> PullRequest:
    """A pull request with these files, merged with a commit of its own, and planned in a comment before."""
    fleet.git("checkout", "-q", "-b", f"branch-{number}")
    for path, text in files.items():
        fleet.land(path, text)
    head = fleet.git("rev-parse", "HEAD")
    fleet.git("checkout", "-q", "main")
    fleet.git("merge", "-q", "--no-ff", "-m", f"Merge {number}", f"branch-{number}")
    forge, now = host.of.forge, datetime.now(UTC)
    pull_request = PullRequest(
        number=number,
        url=f"https://git.example.com/{number}",
        title="",
        author="ann",
        base="main",
        base_commit="",
        head=f"branch-{number}",
        head_commit=head,
        head_repository="acme/fleet",
        state=PullRequestState.MERGED,
        merge_commit=fleet.git("rev-parse", "HEAD"),
        merged_at=now,
        merged_by="bob",
    )
    forge.pull_requests[number] = pull_request
    forge.comment(number, author=host.of.login, body=marked("1 to create", purpose=PLAN_COMMENT))
    return pull_request


def opened(fleet: CommandLineFleet, host: CountedHost) -> tuple[OpenFleet, HostReviews]:
    """The fleet, and its reviews at that host."""
    own = open_fleet(fleet.folder, Settings.from_env({**ENVIRON, **fleet.env, "PATH": os.environ["PATH"]}))
    shown: Host = host
    return own, HostReviews(lambda: shown, clone=own.clone, fleet=own.fleet)


def test_a_pull_request_is_followed_with_as_many_calls_as_it_needs(fleet: CommandLineFleet) -> None:
    """One list of what was merged; then its comments are read, and its own is edited. Nobody asks who approved."""
    host = CountedHost()
    merged(fleet, host, number=7, files={"workspaces/one.yaml": SPEC, "workspaces/two.yaml": SPEC})
    own, reviews = opened(fleet, host)
    reporter = HostReporter(own, RecordedProgress(), reviews=reviews)

    reporter.tell({"one"})

    assert {"merged_pull_requests": 1, "account": 1, "comments": 1, "put_comment": 1} == host.calls
    (comment,) = host.of.forge.comments[7]
    assert "one" in comment.body
    # Told once more, it finds nothing new to look up, and nothing new to say.
    reporter.tell({"one", "two"})
    assert {"merged_pull_requests": 1, "account": 1, "comments": 1, "put_comment": 1} == {
        **host.calls,
        "merged_pull_requests": host.calls["merged_pull_requests"] - 1,
    }


def test_names_that_came_long_ago_ask_the_host_nothing(fleet: CommandLineFleet) -> None:
    """Nobody looks at those pull requests any more."""
    host = CountedHost()
    then = CommandLineFleet(fleet.folder, {**fleet.env, "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"})
    then.land("workspaces/old.yaml", SPEC)
    fleet.land("note", "later")
    own, reviews = opened(fleet, host)

    HostReporter(own, RecordedProgress(), reviews=reviews).tell({"old"})

    assert {} == host.calls


def test_a_removal_asks_who_approved_it(fleet: CommandLineFleet) -> None:
    """That is what its record has."""
    host = CountedHost()
    fleet.land("workspaces/one.yaml", SPEC)
    pull_request = merged(fleet, host, number=8, files={"workspaces/one.yaml": None})
    _, reviews = opened(fleet, host)
    removal = Removal("one", pull_request.merge_commit, datetime.now(UTC), by="", approved_by="")

    (found,) = reviews.of((removal,))

    assert ("ann", "bob", frozenset({"one"})) == (found.by, found.approved_by, found.shows)
    # Each host remembers which account it is.
    host.calls.pop("account")
    assert {"merged_pull_requests": 1, "reviews": 1, "pull_request": 1} == host.calls
