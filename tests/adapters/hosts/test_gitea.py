"""How Gitea's answers are read, where a real one does not say it on demand: on a server that is told what to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from helium.adapters.hosts.gitea import HEADERS, GiteaHost
from helium.adapters.hosts.token import HostToken
from helium.adapters.hosts.transport import HostTransport, Patience
from helium.core.host_errors import HostError, HostRightsError, NotMergeableError, PullRequestMovedError
from helium.core.host_place import GITEA, HostPlace
from helium.core.pull_request import CommitStatus, Permission, StatusState, marked
from tests.adapters.hosts.scripted import Scripted, ScriptedServer, scripted

API = "/api/v1/repos/acme/fleet"
MERGED, LATER, MAIN = "a" * 40, "d" * 40, "c" * 40
OPEN: dict[str, Any] = {
    "number": 7,
    "html_url": "https://git.example.com/acme/fleet/pulls/7",
    "title": "A wish",
    "user": {"login": "ada"},
    "state": "open",
    "merged": False,
    "updated_at": "2026-11-29T08:00:00Z",
    "base": {"label": "main", "ref": "main", "sha": "b" * 40, "repo": {"full_name": "acme/fleet"}},
    "head": {"label": "wish", "ref": "wish", "sha": MERGED, "repo": {"full_name": "acme/fleet"}},
}
PUSHED_AFTER: dict[str, Any] = {
    **OPEN,
    "state": "closed",
    "merged": True,
    "merged_at": "2026-11-29T08:00:00Z",
    "merge_commit_sha": MAIN,
    "head": {**OPEN["head"], "sha": LATER},
}
REFS = [
    {"ref": "refs/pull/7/head-of-another", "object": {"sha": LATER}},
    {"ref": "refs/pull/7/head", "object": {"sha": MERGED}},
]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A Gitea that merges pull request 7 as it is asked."""
    with scripted(Scripted(status=404, body={"message": "not found"})) as told:
        told.routes = {
            API: Scripted(body={"full_name": "acme/fleet"}),
            f"{API}/pulls/7": Scripted(body=OPEN),
            f"{API}/git/refs/pull/7/head": Scripted(body=REFS),
            f"{API}/pulls/7/merge": Scripted(body=b""),
        }
        yield told


@pytest.fixture
def host(server: ScriptedServer) -> GiteaHost:
    """The adapter, in a hurry."""
    place, patience = HostPlace(GITEA, server.address, "acme/fleet"), Patience(seconds=20, pause=0)
    return GiteaHost(HostTransport(place, HostToken("X", lambda: "t0ken"), HEADERS, environ={}, patience=patience))


def test_the_head_of_a_merged_one_is_what_was_merged(server: ScriptedServer, host: GiteaHost) -> None:
    """Gitea shows the branch's newest commit as its head, which anybody may push after the merge."""
    server.routes[f"{API}/pulls/7"] = Scripted(body=PUSHED_AFTER)
    server.routes[f"{API}/pulls"] = Scripted(body=[PUSHED_AFTER])
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)

    assert MERGED == host.pull_request(7).head_commit
    assert [MERGED] == [each.head_commit for each in host.merged_pull_requests(base="main", since=long_ago)]


def test_a_merged_one_whose_head_is_not_kept_is_an_error(server: ScriptedServer, host: GiteaHost) -> None:
    """What was merged is not guessed."""
    server.routes[f"{API}/pulls/7"] = Scripted(body=PUSHED_AFTER)
    server.routes[f"{API}/git/refs/pull/7/head"] = Scripted(body=REFS[:1])

    with pytest.raises(HostError, match="does not keep refs/pull/7/head"):
        host.pull_request(7)


def test_a_merge_is_asked_for_at_the_judged_head(server: ScriptedServer, host: GiteaHost) -> None:
    """Gitea compares it, so that a push after the judgement is not merged."""
    server.routes[f"GET {API}/pulls/7"] = Scripted(body=PUSHED_AFTER)
    assert MAIN == host.merge(7, head=MERGED, message="Merge demo\n\nHelium-Request: 1")

    (sent,) = [body for method, _, body, _ in server.asked if method == "POST"]
    assert {
        "Do": "merge",
        "head_commit_id": MERGED,
        "MergeTitleField": "Merge demo",
        "MergeMessageField": "Helium-Request: 1",
    } == sent


def test_a_merge_of_another_head_is_never_ours(server: ScriptedServer, host: GiteaHost) -> None:
    """Even if Gitea says that all is well."""
    server.routes[f"GET {API}/pulls/7"] = Scripted(body=PUSHED_AFTER)

    with pytest.raises(PullRequestMovedError):
        host.merge(7, head=LATER, message="Merge demo")


def test_gitea_needs_a_moment_before_a_merge(server: ScriptedServer, host: GiteaHost) -> None:
    """It looks for conflicts in the background, and says so; it is asked again, and not for ever."""
    server.routes[f"{API}/pulls/7/merge"] = Scripted(status=405, body={"message": "Please try again later"})

    with pytest.raises(NotMergeableError, match="says 'Please try again later'"):
        host.merge(7, head=MERGED, message="Merge demo")
    assert 12 == sum(path.startswith("POST") for path in server.paths)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("pending", StatusState.PENDING),
        ("success", StatusState.SUCCESS),
        ("warning", StatusState.SUCCESS),
        ("skipped", StatusState.SUCCESS),
        ("failure", StatusState.FAILURE),
        ("error", StatusState.ERROR),
        ("something new", StatusState.ERROR),
    ],
)
def test_a_status_that_is_not_known_is_no_success(
    server: ScriptedServer, host: GiteaHost, said: str, expected: StatusState
) -> None:
    """Gitea has more of them than GitHub."""
    server.routes[f"{API}/commits/{MAIN}/statuses"] = Scripted(body=[{"id": 1, "context": "check", "status": said}])

    assert (CommitStatus(context="check", state=expected),) == host.statuses(MAIN)


def test_a_pass_goes_on_in_the_comment_of_a_job(server: ScriptedServer, host: GiteaHost) -> None:
    """A plan is written with the job's own token, and there is one comment on a pull request."""
    said = {"html_url": "x", "created_at": "2026-11-29T08:00:00Z", "updated_at": "2026-11-29T08:00:00Z"}
    planned = {**said, "id": 5, "body": marked("2 changes", purpose="plan"), "user": {"login": "gitea-actions"}}
    planted = {**said, "id": 4, "body": marked("no changes", purpose="plan"), "user": {"login": "mallory"}}
    server.routes["/api/v1/user"] = Scripted(body={"login": "robot"})
    server.routes[f"{API}/issues/7/comments"] = Scripted(body=[planted, planned])
    server.routes[f"PATCH {API}/issues/comments/5"] = Scripted(
        body={**planned, "body": marked("ready", purpose="plan")}
    )

    assert 5 == host.put_comment(7, purpose="plan", body="ready").id
    assert [f"PATCH {API}/issues/comments/5"] == [each for each in server.paths if not each.startswith("GET")]


def test_a_team_is_nobody_who_approves(server: ScriptedServer, host: GiteaHost) -> None:
    """Neither is a request for a review, nor a comment."""
    said = {"commit_id": MERGED, "submitted_at": "2026-11-29T08:00:00Z", "user": {"login": "bob"}}
    rows = [
        {**said, "state": "APPROVED", "user": None},
        *({**said, "state": each} for each in ("REQUEST_REVIEW", "COMMENT")),
    ]
    server.routes[f"{API}/pulls/7/reviews"] = Scripted(body=rows)

    assert () == host.reviews(7)


@pytest.mark.parametrize(("said", "expected"), [("owner", Permission.ADMIN), ("wizard", Permission.NONE)])
def test_a_permission_that_is_not_known_is_none(
    server: ScriptedServer, host: GiteaHost, said: str, expected: Permission
) -> None:
    """Nobody writes by a word that Helium does not know."""
    server.routes[f"{API}/collaborators/ada/permission"] = Scripted(body={"permission": said})

    assert expected == host.permission("ada")


@pytest.mark.parametrize(
    ("organization", "expected"),
    [
        (Scripted(body=[{"name": "HELIUM_X"}]), ["repository acme/fleet", "organization acme"]),
        (Scripted(body=[]), ["repository acme/fleet"]),
        (Scripted(status=403, body={"message": "no"}), ["repository acme/fleet"]),
        (Scripted(status=404, body={"message": "no"}), ["repository acme/fleet"]),
    ],
)
def test_secrets_of_an_organization_reach_its_repositories(
    server: ScriptedServer, host: GiteaHost, organization: Scripted, expected: list[str]
) -> None:
    """As far as Gitea shows them; a person has no such list."""
    server.routes[f"{API}/actions/secrets"] = Scripted(body=[{"name": "B"}, {"name": "A"}])
    server.routes["/api/v1/orgs/acme/actions/secrets"] = organization

    assert expected == [each.place for each in host.secrets()]
    assert ("A", "B") == host.secrets()[0].names


def test_secrets_that_are_not_shown_are_not_none(server: ScriptedServer, host: GiteaHost) -> None:
    """The repository has none of its own, and those of its organization are for its owners to see."""
    server.routes[f"{API}/actions/secrets"] = Scripted(body=[])
    server.routes["/api/v1/orgs/acme/actions/secrets"] = Scripted(status=403, body={"message": "no"})

    with pytest.raises(HostRightsError, match="does not show those of acme"):
        host.secrets()
