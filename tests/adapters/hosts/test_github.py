"""GitHub's calls: each fits GitHub's own description of its API, and each documented answer is understood.

The mock knows no state. What a host must do with its state is in `test_contract.py`; how GitHub's answers to that are
read is here, on a server that is told what to say.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from helium.adapters.hosts.github import HEADERS, GitHubHost
from helium.adapters.hosts.token import HostToken
from helium.adapters.hosts.transport import HostTransport, Patience
from helium.app.doctor_host import host_checks
from helium.core.fleet import Fleet
from helium.core.host_errors import HostError, HostRightsError, NotMergeableError, PullRequestMovedError
from helium.core.host_place import GITHUB, HostPlace
from helium.core.pull_request import (
    BranchRights,
    CommitStatus,
    Permission,
    PullRequestDraft,
    PullRequestState,
    Review,
    ReviewVerdict,
    SecretStore,
    StatusState,
)
from tests.adapters.hosts.github_mock import DescribedGitHub
from tests.adapters.hosts.scripted import Scripted, ScriptedServer, scripted

HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
DRAFT = PullRequestDraft(title="A wish", body="for ada", head="wish", base="main")
STATUS = CommitStatus(context="helium/plan", state=StatusState.SUCCESS, description="x" * 500, url="https://ci.example")
SHAS = {"base": "b" * 40, "head": "a" * 40}


def host_at(address: str, *, repository: str = "octocat/Hello-World") -> GitHubHost:
    """GitHub's adapter, at some address."""
    place = HostPlace(GITHUB, address, repository)
    token = HostToken("HELIUM_HOST_TOKEN", lambda: "t0ken")
    return GitHubHost(HostTransport(place, token, HEADERS, environ={}, patience=Patience(seconds=20, pause=0)))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda host: host.account(), "octocat"),
        (lambda host: host.pull_request(1347).head_commit, HEAD),
        (lambda host: [each.number for each in host.open_pull_requests(head="new-topic")], [1347]),
        (
            lambda host: [each.number for each in host.merged_pull_requests(base="master", since=LONG_AGO)],
            [1347],
        ),
        (lambda host: [each.verdict for each in host.reviews(80)], [ReviewVerdict.APPROVED]),
        (lambda host: host.open(DRAFT).url, "https://github.com/octocat/Hello-World/pull/1347"),
        (lambda host: host.edit(1347, title="Two wishes", body="of two people"), None),
        (lambda host: host.merge(1347, head=HEAD, message="Merge\n\nbody"), "e5bd3914e2e596debea16f433f57875b5b90bcd6"),
        (lambda host: host.close(1347).number, 1347),
        (lambda host: [each.author for each in host.comments(1347)], ["octocat"]),
        # The documented example names nobody who did it, so nobody did.
        (lambda host: host.pusher(host.pull_request(1347)), ""),
        (lambda host: [each.number for each in host.waiting_pull_requests(base="master")], [1347]),
        (lambda host: [each.number for each in host.new_comments(since=LONG_AGO)], [1347]),
        (lambda host: host.put_comment(1347, purpose="plan", body="2 changes").id, 1),
        (lambda host: [each.context for each in host.statuses(HEAD)], ["continuous-integration/jenkins"]),
        (lambda host: host.set_status(HEAD, STATUS), None),
        (lambda host: host.permission("octocat"), Permission.ADMIN),
        (lambda host: host.branch_rights("main").protected, True),
        (
            lambda host: [(each.place, each.branches) for each in host.secrets()],
            [
                ("repository octocat/Hello-World", None),
                ("organization octocat", None),
                ("environment staging", ("main", "release/*")),
            ],
        ),
    ],
)
def test_a_call_fits_githubs_description(
    github_mock: DescribedGitHub, call: Callable[[GitHubHost], object], expected: object
) -> None:
    """The mock refuses what does not fit, and the documented answer is understood."""
    assert expected == call(host_at(github_mock.address))
    assert [] == github_mock.refused


def test_doctors_calls_fit_githubs_description(github_mock: DescribedGitHub) -> None:
    """All rows, from documented answers: the example's main is protected, and its secrets are for everybody."""
    checks = list(host_checks(host_at(github_mock.address), Fleet("acme"), main="main", pushes=True))

    assert ["host", "branch main", "ledger branch", "secrets"] == [each.what for each in checks]
    assert [] == github_mock.refused


def test_the_mock_bites(github_mock: DescribedGitHub) -> None:
    """A request that does not fit the description is refused: a merge without a body of the right shape, say."""
    server = http.client.HTTPConnection(urlsplit(github_mock.address).netloc, timeout=60)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    path = "/api/v3/repos/octocat/Hello-World/statuses/abc"
    server.request("POST", path, json.dumps({"state": "green"}), headers)

    assert server.getresponse().status >= 400
    assert path.removeprefix("/api/v3") in github_mock.refused.pop()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """One that is told what to answer for each path."""
    with scripted(Scripted(status=404, body={"message": "Not Found"})) as told:
        yield told


def answers(server: ScriptedServer, paths: Mapping[str, Any]) -> GitHubHost:
    """GitHub's adapter, and what it is told: a value, or a whole answer."""
    for key, said in paths.items():
        method, _, path = key.rpartition(" ")
        known = f"{method} /api/v3/repos/acme/fleet{path}".lstrip()
        server.routes[known] = said if isinstance(said, Scripted) else Scripted(body=said)
    return host_at(server.address, repository="acme/fleet")


def pull_request(**fields: Any) -> dict[str, Any]:
    """As GitHub shows one."""
    ends = {end: {"ref": end, "sha": sha, "repo": {"full_name": "acme/fleet"}} for end, sha in SHAS.items()}
    return {
        "number": 7,
        "html_url": "https://github.example.com/acme/fleet/pull/7",
        "title": "A wish",
        "state": "open",
        "updated_at": "2026-11-29T08:00:00Z",
        "user": {"login": "ada"},
        **ends,
        **fields,
    }


def test_a_fork_that_is_gone_and_an_account_that_is_gone(server: ScriptedServer) -> None:
    """Neither stops a reader; and before a merge, the merge commit is only a trial."""
    gone = pull_request(user=None, head={"ref": "x", "sha": "a" * 40, "repo": None}, merge_commit_sha="c" * 40)
    found = answers(server, {"/pulls/7": gone}).pull_request(7)

    assert ("ghost", "", "", PullRequestState.OPEN) == (
        found.author,
        found.head_repository,
        found.merge_commit,
        found.state,
    )


def test_one_that_is_open_already_is_found(server: ScriptedServer) -> None:
    """A fork's branch of that name is another one, and another refusal is told."""
    exists = Scripted(status=422, body={"message": "Validation Failed"})
    fork = pull_request(head={"ref": "wish", "sha": "a" * 40, "repo": {"full_name": "mallory/fleet"}})
    ours = pull_request(number=8, head={"ref": "wish", "sha": "a" * 40, "repo": {"full_name": "acme/fleet"}})
    ours["base"]["ref"] = "main"
    host = answers(server, {"POST /pulls": exists, "/pulls": [fork, ours]})

    assert 8 == host.open(DRAFT).number
    server.routes["/api/v3/repos/acme/fleet/pulls"] = Scripted(body=[fork])
    with pytest.raises(HostError, match=r"cannot open a pull request: GitHub at .* says 'Validation Failed'"):
        host.open(DRAFT)


@pytest.mark.parametrize(
    ("now", "kind", "words"),
    [
        (pull_request(), NotMergeableError, "says 'Pull Request is not mergeable'"),
        (pull_request(state="closed"), NotMergeableError, "closed without a merge"),
        (pull_request(head={"ref": "x", "sha": "d" * 40}), PullRequestMovedError, "it is dddddddddddd now"),
    ],
)
def test_a_merge_that_did_not_happen_says_why(
    server: ScriptedServer, now: Any, kind: type[HostError], words: str
) -> None:
    """Whatever GitHub answered, the pull request tells what is so."""
    refused = Scripted(status=405, body={"message": "Pull Request is not mergeable"})
    host = answers(server, {"PUT /pulls/7/merge": refused, "/pulls/7": now, "": {"full_name": "acme/fleet"}})

    with pytest.raises(kind, match=words):
        host.merge(7, head="a" * 40, message="Merge")


@pytest.mark.parametrize("lost", [Scripted(drops=True), Scripted(status=502)])
def test_a_merge_whose_answer_was_lost_is_looked_for(server: ScriptedServer, lost: Scripted) -> None:
    """It happened, and is not asked for again."""
    merged = pull_request(state="closed", merged_at="2026-11-29T08:00:00Z", merge_commit_sha="c" * 40)
    host = answers(server, {"PUT /pulls/7/merge": lost, "/pulls/7": merged, "": {"full_name": "acme/fleet"}})

    assert "c" * 40 == host.merge(7, head="a" * 40, message="Merge")
    assert 1 == sum(path.startswith("PUT") for path in server.paths)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ({}, "merge"),
        ({"allow_merge_commit": False}, "squash"),
        ({"allow_merge_commit": False, "allow_squash_merge": False}, "rebase"),
        ({"allow_merge_commit": False, "allow_squash_merge": False, "allow_rebase_merge": False}, "merge"),
    ],
)
def test_a_repository_says_how_it_merges(server: ScriptedServer, allowed: dict[str, bool], expected: str) -> None:
    """By a commit of its own, where that is allowed."""
    merged = pull_request(state="closed", merged_at="2026-11-29T08:00:00Z", merge_commit_sha="c" * 40)
    host = answers(server, {"PUT /pulls/7/merge": {}, "/pulls/7": merged, "": {"full_name": "acme/fleet", **allowed}})
    host.merge(7, head="a" * 40, message="Merge demo\n\nHelium-Request: 1")

    (sent,) = [body for method, _, body, _ in server.asked if method == "PUT"]
    assert {
        "sha": "a" * 40,
        "merge_method": expected,
        "commit_title": "Merge demo",
        "commit_message": "Helium-Request: 1",
    } == sent


def test_who_pushed_is_told_by_what_happened_last(server: ScriptedServer) -> None:
    """The newest change that left this head; none, or one of a deleted account, is nobody."""
    head = {"after": "a" * 40}
    rows = [{"after": "b" * 40, "actor": {"login": "eve"}}, {**head, "actor": {"login": "bob"}}]
    rows.append({**head, "actor": {"login": "ada"}})
    answered = answers(server, {"/pulls/7": pull_request(), "/activity": rows})
    assert "bob" == answered.pusher(answered.pull_request(7))

    for other in ([{**head, "actor": None}], []):
        server.routes.clear()
        answered = answers(server, {"/pulls/7": pull_request(), "/activity": other})
        assert "" == answered.pusher(answered.pull_request(7))


def test_reviews_are_verdicts(server: ScriptedServer) -> None:
    """A comment is none, one that is not submitted is none, and one that was dismissed is withdrawn."""
    said = {"commit_id": "a" * 40, "submitted_at": "2026-11-29T08:00:00Z", "user": {"login": "bob"}}
    rows = [{**said, "state": state} for state in ("COMMENTED", "DISMISSED", "PENDING")]
    rows.append({"state": "APPROVED", "user": {"login": "bob"}})
    host = answers(server, {"/pulls/7/reviews": rows})

    at = datetime(2026, 11, 29, 8, tzinfo=UTC)
    assert (Review(login="bob", verdict=ReviewVerdict.WITHDRAWN, commit="a" * 40, at=at),) == host.reviews(7)


RULE = {"type": "pull_request", "ruleset_id": 1, "parameters": {"required_approving_review_count": 2}}
CHECKS = {
    "type": "required_status_checks",
    "ruleset_id": 2,
    "parameters": {"required_status_checks": [{"context": "ci"}]},
}
PUSHES = {"full_name": "acme/fleet", "permissions": {"push": True}}
OPEN = BranchRights(branch="main", exists=True, protected=False, may_push=True, bypasses=False)


def bypass(said: str) -> dict[str, Any]:
    """A ruleset, and what it says of our account."""
    return {"id": 1, **({"current_user_can_bypass": said} if said else {})}


@pytest.mark.parametrize(
    ("paths", "may_push", "bypasses"),
    [
        ({}, True, False),
        ({"": {"full_name": "acme/fleet", "permissions": {"push": False}}}, False, False),
        ({"/rules/branches/main": [{"type": "non_fast_forward", "ruleset_id": 9}]}, True, False),
        ({"/rules/branches/main": [RULE], "/rulesets/1": bypass("never")}, False, False),
        ({"/rules/branches/main": [RULE], "/rulesets/1": bypass("pull_requests_only")}, False, False),
        ({"/rules/branches/main": [RULE], "/rulesets/1": bypass("always")}, True, True),
        ({"/rules/branches/main": [RULE], "/rulesets/1": bypass("exempt")}, True, True),
        ({"/rules/branches/main": [RULE], "/rulesets/1": bypass("")}, None, None),
        ({"/rules/branches/main": [RULE]}, None, None),
        (
            {"/rules/branches/main": [RULE, CHECKS], "/rulesets/1": bypass("always"), "/rulesets/2": bypass("never")},
            False,
            False,
        ),
    ],
)
def test_a_ruleset_says_whether_we_bypass_it(
    server: ScriptedServer, paths: Mapping[str, Any], may_push: bool | None, bypasses: bool | None
) -> None:
    """And where GitHub does not say, nobody concludes."""
    known = {"/branches/main": {"name": "main", "protected": False}, "/rules/branches/main": [], "": PUSHES}
    rights = answers(server, {**known, **paths}).branch_rights("main")

    assert (may_push, bypasses) == (rights.may_push, rights.bypasses)


@pytest.mark.parametrize(
    ("protection", "may_push", "by_pull_request"),
    [
        ({"required_pull_request_reviews": {"required_approving_review_count": 1}}, None, True),
        ({"required_status_checks": {"contexts": ["ci"]}, "enforce_admins": {"enabled": True}}, False, False),
        ({"restrictions": {}}, None, False),
        ({"lock_branch": {"enabled": True}}, False, False),
        ({"required_linear_history": {"enabled": True}}, True, False),
        (Scripted(status=403, body={"message": "Resource not accessible"}), None, False),
        (Scripted(status=404, body={"message": "Branch not protected"}), True, False),
    ],
)
def test_the_older_protection_is_read_too(
    server: ScriptedServer, protection: Any, may_push: bool | None, by_pull_request: bool
) -> None:
    """Its lists of people, teams and apps say nothing certain about us."""
    paths = {
        "/branches/main": {"name": "main", "protected": True},
        "/rules/branches/main": [],
        "": PUSHES,
        "/branches/main/protection": protection,
    }
    rights = answers(server, paths).branch_rights("main")

    assert (True, may_push, by_pull_request) == (rights.protected, rights.may_push, rights.by_pull_request)


def test_a_branch_that_is_not_there_yet_must_be_made(server: ScriptedServer) -> None:
    """A rule about making branches counts for it alone."""
    rules = {
        "/rules/branches/main": [{"type": "creation", "ruleset_id": 1}],
        "/rulesets/1": bypass("never"),
        "": PUSHES,
    }
    host = answers(server, rules)
    assert (False, False) == (host.branch_rights("main").exists, host.branch_rights("main").may_push)

    host = answers(server, {"/branches/main": {"name": "main", "protected": False}})
    assert (True, True) == (host.branch_rights("main").exists, host.branch_rights("main").may_push)


def test_rules_say_what_others_need(server: ScriptedServer) -> None:
    """For the sentence of `helium doctor`."""
    paths = {
        "/branches/main": {"name": "main", "protected": True},
        "/rules/branches/main": [RULE, CHECKS],
        "/rulesets/1": bypass("always"),
        "/rulesets/2": bypass("always"),
        "": PUSHES,
    }
    rights = answers(server, paths).branch_rights("main")

    assert (True, 2, ("ci",)) == (rights.by_pull_request, rights.approvals, rights.checks)


def test_secrets_are_told_by_where_they_lie(server: ScriptedServer) -> None:
    """An environment without a policy is open to every branch, and an empty place is left out."""
    environments = [
        {"name": "fleet", "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}},
        {"name": "all", "deployment_branch_policy": None},
        {"name": "guarded", "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False}},
        {"name": "empty", "deployment_branch_policy": None},
    ]
    one = {"secrets": [{"name": "KEY"}]}
    paths = {
        "/actions/secrets": {"secrets": []},
        "/actions/organization-secrets": one,
        "/environments": {"environments": environments},
        "/environments/fleet/secrets": one,
        "/environments/fleet/deployment-branch-policies": {"branch_policies": [{"name": "main"}]},
        "/environments/all/secrets": one,
        "/environments/guarded/secrets": one,
        "/environments/empty/secrets": {"secrets": []},
    }
    assert [
        SecretStore(place="organization acme", names=("KEY",)),
        SecretStore(place="environment fleet", names=("KEY",), branches=("main",)),
        SecretStore(place="environment all", names=("KEY",)),
        SecretStore(place="environment guarded", names=("KEY",), branches=("every protected branch",)),
    ] == answers(server, paths).secrets()


def test_without_the_right_to_know_there_is_no_answer(server: ScriptedServer) -> None:
    """No secrets is another thing than none that we may see."""
    with pytest.raises(HostRightsError, match="the permission Secrets: read"):
        answers(server, {"/actions/secrets": Scripted(status=403, body={"message": "no"})}).secrets()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("admin", Permission.ADMIN),
        ("write", Permission.WRITE),
        ("read", Permission.READ),
        ("none", Permission.NONE),
        ("wizard", Permission.NONE),
    ],
)
def test_a_permission_that_is_not_known_is_none(server: ScriptedServer, said: str, expected: Permission) -> None:
    """Nobody writes by a word that Helium does not know."""
    host = answers(server, {"/collaborators/ada/permission": {"permission": said}})

    assert expected == host.permission("ada")
    assert Permission.NONE == host.permission("somebody else")
