"""Who may do what in a repository at GitHub: an account, our own on a branch, and which secrets are whose.

Refuses to conclude from what GitHub does not show: whether a rule can be bypassed is then not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from helium.adapters.hosts.call import RepositoryCalls, decoded
from helium.adapters.hosts.github_answers import (
    GitHubBranch,
    GitHubBranchPolicy,
    GitHubCollaborator,
    GitHubEnvironment,
    GitHubEnvironments,
    GitHubPolicies,
    GitHubProtection,
    GitHubRepository,
    GitHubRule,
    GitHubRuleset,
    GitHubSecrets,
)
from helium.adapters.hosts.transport import HostTransport
from helium.core.host_errors import HostMissingError, HostRightsError
from helium.core.pull_request import BranchRights, Permission, SecretStore

PAGE = 100
METADATA = "the permission Metadata: read"
_ADMINISTRATION = "the permission Administration: read"
_SECRETS = "the permission Secrets: read"
_ENVIRONMENTS = "the permissions Actions: read and Environments: read"
_PERMISSIONS = {"admin": Permission.ADMIN, "write": Permission.WRITE, "read": Permission.READ}
_BLOCKING = frozenset(("update", "pull_request", "required_status_checks", "merge_queue", "required_deployments"))
"""Rules that keep out a push of a new commit; on a branch that is not there yet, `creation` does as well."""
_BYPASSES = frozenset(("always", "exempt"))


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds for a branch. `passes`: whether our account gets past all of it; `None`: not known."""

    blocks: bool
    passes: bool | None
    by_pull_request: bool = False
    approvals: int = 0
    checks: tuple[str, ...] = ()


def permission(transport: HostTransport, login: str) -> Permission:
    """What an account may do here."""
    what = f"learn what {login} may do"
    path = f"/collaborators/{quote(login, safe='')}/permission"
    try:
        found = transport.read(
            RepositoryCalls(transport.place).get(path, what=what, right=METADATA), GitHubCollaborator
        )
    except HostMissingError:
        return Permission.NONE
    return _PERMISSIONS.get(found.permission, Permission.NONE)


def branch_rights(transport: HostTransport, branch: str) -> BranchRights:
    """What our account may do on a branch, which need not exist."""
    what, calls = f"learn what its account may do on branch {branch}", RepositoryCalls(transport.place)
    name = quote(branch, safe="")
    answer = transport.ask(calls.get(f"/branches/{name}", what=what, right=METADATA, takes=frozenset((404,))))
    here = decoded(answer, GitHubBranch, place=transport.place, what=what) if answer.status != 404 else None
    rules = transport.pages(
        calls.get(f"/rules/branches/{name}", what=what, right=METADATA, per_page=PAGE), list[GitHubRule]
    )
    held = [_of_rules(transport, rules, exists=here is not None)]
    if here is not None and here.protected:
        held.append(_of_protection(transport, name, known=bool(rules)))
    writes = transport.read(calls.get("", what=what, right=METADATA), GitHubRepository).permissions.get("push", False)
    blocking = [each for each in held if each.blocks]
    passes = None if any(each.passes is None for each in blocking) else all(each.passes for each in blocking)
    return BranchRights(
        branch=branch,
        exists=here is not None,
        protected=bool(rules) or (here is not None and here.protected),
        may_push=writes and passes if passes is not None else (None if writes else False),
        bypasses=passes if blocking and writes else (False if passes is not None else None),
        by_pull_request=any(each.by_pull_request for each in held),
        approvals=max(each.approvals for each in held),
        checks=tuple(sorted({check for each in held for check in each.checks})),
    )


def secrets(transport: HostTransport) -> Sequence[SecretStore]:
    """Those of the repository, of its organization, and of each environment."""
    calls, place = RepositoryCalls(transport.place), transport.place.repository
    found = [
        SecretStore(place=f"repository {place}", names=_names(transport, "/actions/secrets", right=_SECRETS)),
        SecretStore(
            place=f"organization {place.partition('/')[0]}",
            names=_names(transport, "/actions/organization-secrets", right=_SECRETS),
        ),
    ]
    call = calls.get("/environments", what="list the environments", right=_ENVIRONMENTS, per_page=PAGE)
    found += (_of_environment(transport, each) for each in transport.read(call, GitHubEnvironments).environments)
    return [each for each in found if each.names]


def _of_rules(transport: HostTransport, rules: Sequence[GitHubRule], *, exists: bool) -> _Rules:
    blocking = [each for each in rules if each.type in _BLOCKING or (each.type == "creation" and not exists)]
    passing = [_passes(transport, number) for number in sorted({each.ruleset_id for each in blocking})]
    parameters = [each.parameters for each in rules if each.parameters is not None]
    return _Rules(
        blocks=bool(blocking),
        passes=None if None in passing else all(passing),
        by_pull_request=any(each.type in {"pull_request", "merge_queue"} for each in rules),
        approvals=max((each.required_approving_review_count for each in parameters), default=0),
        checks=tuple(check.context for each in parameters for check in each.required_status_checks),
    )


def _passes(transport: HostTransport, ruleset: int) -> bool | None:
    """`None` if GitHub does not say whether this account bypasses a ruleset."""
    what = "learn whether its account bypasses a ruleset"
    call = RepositoryCalls(transport.place).get(f"/rulesets/{ruleset}", what=what, right=METADATA)
    try:
        said = transport.read(call, GitHubRuleset).current_user_can_bypass
    except (HostMissingError, HostRightsError):
        return None
    return said in _BYPASSES if said else None


def _of_protection(transport: HostTransport, name: str, *, known: bool) -> _Rules:
    """The older kind. `known`: there are rulesets, which alone make a branch count as protected."""
    call = RepositoryCalls(transport.place).get(
        f"/branches/{name}/protection", what="read the protection of a branch", right=_ADMINISTRATION
    )
    try:
        found = transport.read(call, GitHubProtection)
    except HostMissingError:
        return _Rules(blocks=False, passes=True)
    except HostRightsError:
        return _Rules(blocks=not known, passes=None)
    reviews, checks = found.required_pull_request_reviews, found.required_status_checks
    locked = found.lock_branch is not None and found.lock_branch.enabled
    blocks = reviews is not None or checks is not None or found.restrictions is not None or locked
    # Who is on its lists may be a team's member or an app: only what holds for everybody is certain.
    held = found.enforce_admins is not None and found.enforce_admins.enabled and checks is not None
    return _Rules(
        blocks=blocks,
        passes=False if held or locked else None,
        by_pull_request=reviews is not None,
        approvals=reviews.required_approving_review_count if reviews else 0,
        checks=tuple(checks.contexts) if checks else (),
    )


def _of_environment(transport: HostTransport, environment: GitHubEnvironment) -> SecretStore:
    path = f"/environments/{quote(environment.name, safe='')}"
    names = _names(transport, f"{path}/secrets", right=_ENVIRONMENTS)
    branches = _branches(transport, path, policy=environment.deployment_branch_policy) if names else None
    return SecretStore(place=f"environment {environment.name}", names=names, branches=branches)


def _branches(transport: HostTransport, path: str, *, policy: GitHubBranchPolicy | None) -> tuple[str, ...] | None:
    """Which branches deploy there; `None`: all. Of protected ones, GitHub does not say which these are."""
    if policy is None:
        return None
    if policy.protected_branches:
        return ("every protected branch",)
    what = "learn which branches deploy to an environment"
    call = RepositoryCalls(transport.place).get(
        f"{path}/deployment-branch-policies", what=what, right=_ENVIRONMENTS, per_page=PAGE
    )
    return tuple(sorted(each.name for each in transport.read(call, GitHubPolicies).branch_policies))


def _names(transport: HostTransport, path: str, *, right: str) -> tuple[str, ...]:
    return tuple(sorted(_each_name(transport, path, right=right)))


def _each_name(transport: HostTransport, path: str, *, right: str) -> Iterator[str]:
    """At most a hundred for one place, which is all that GitHub lets a repository have."""
    what = "learn which secrets the repository has"
    call = RepositoryCalls(transport.place).get(path, what=what, right=right, per_page=PAGE)
    for each in transport.read(call, GitHubSecrets).secrets:
        yield each.name
