"""Who may do what in a repository at a Gitea: an account, our own on a branch, and which secrets are whose.

Refuses to conclude from what Gitea does not show: rules about branches are for administrators of the repository alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from urllib.parse import quote

from helium.adapters.hosts.call import HostCall, RepositoryCalls, decoded
from helium.adapters.hosts.gitea_answers import (
    GiteaBranch,
    GiteaCollaborator,
    GiteaRepository,
    GiteaRule,
    GiteaSecret,
    GiteaUser,
)
from helium.adapters.hosts.transport import HostTransport
from helium.core.host_errors import HostMissingError, HostRightsError
from helium.core.pull_request import BranchRights, Permission, SecretStore

READ, WRITE = "the scope read:repository", "the scope write:repository"
PAGE = 50
_ADMIN = "the scope read:repository and its account the role of an administrator"
_PERMISSIONS = {
    "owner": Permission.ADMIN,
    "admin": Permission.ADMIN,
    "write": Permission.WRITE,
    "read": Permission.READ,
}


def permission(transport: HostTransport, login: str) -> Permission:
    """What an account may do here. One that is no administrator learns of others only whether they may write."""
    what, calls = f"learn what {login} may do", RepositoryCalls(transport.place)
    path = f"/collaborators/{quote(login, safe='')}/permission"
    try:
        found = transport.read(calls.get(path, what=what, right=_ADMIN), GiteaCollaborator)
    except HostMissingError:
        return Permission.NONE
    except HostRightsError:
        # Who may be assigned is who may write, and everybody may know it.
        writers = transport.read(calls.get("/assignees", what=what, right=READ), list[GiteaUser])
        return Permission.WRITE if login in {each.login for each in writers} else Permission.NONE
    return _PERMISSIONS.get(found.permission, Permission.NONE)


def branch_rights(transport: HostTransport, branch: str, *, account: Callable[[], str]) -> BranchRights:
    """What our account may do on a branch, which need not exist."""
    what, calls = f"learn what its account may do on branch {branch}", RepositoryCalls(transport.place)
    answer = transport.ask(
        calls.get(f"/branches/{quote(branch, safe='')}", what=what, right=READ, takes=frozenset((404,)))
    )
    rules = _rules(transport)
    rule = _rule(rules, branch)
    if answer.status == 404:
        allowed = None if rules is None else _writes(transport) and (rule is None or _lets(rule, account()))
        return _rights(branch, rule=rule, known=rules is not None, exists=False, may_push=allowed)
    found = decoded(answer, GiteaBranch, place=transport.place, what=what)
    return BranchRights(
        branch=branch,
        exists=True,
        protected=found.protected,
        # Of a job's own account, which is nobody's, Gitea says here that it may not push where nobody is kept out.
        may_push=found.user_can_push if found.protected else _writes(transport),
        bypasses=_bypasses(found, rule, known=rules is not None),
        by_pull_request=found.protected and (rule is None or _holds_back(rule)),
        approvals=found.required_approvals,
        checks=tuple(found.status_check_contexts or ()) if found.enable_status_check else (),
    )


def secrets(transport: HostTransport) -> Sequence[SecretStore]:
    """The repository's, and those of its organization as far as they are shown. Those of a person are not listed."""
    what, place = "learn which secrets the repository has", transport.place.repository
    call = RepositoryCalls(transport.place).get("/actions/secrets", what=what, right=_ADMIN, limit=PAGE)
    found = [SecretStore(place=f"repository {place}", names=_sorted(transport.pages(call, list[GiteaSecret])))]
    owner = place.partition("/")[0]
    path = f"/orgs/{quote(owner, safe='')}/actions/secrets"
    # 404: the owner is a person. 403: an owner of the organization may know, with a token that has this scope.
    call = HostCall(
        method="GET", path=path, what=what, right=_ADMIN, query={"limit": PAGE}, takes=frozenset((403, 404))
    )
    answer = transport.ask(call)
    if answer.status < 300:
        names = _sorted(decoded(answer, list[GiteaSecret], place=transport.place, what=what))
        found.append(SecretStore(place=f"organization {owner}", names=names))
    elif answer.status == 403 and not found[0].names:
        raise HostRightsError(f"Helium cannot {what}: {transport.place.name} does not show those of {owner}.")
    return tuple(each for each in found if each.names)


def _sorted(secrets: Sequence[GiteaSecret]) -> tuple[str, ...]:
    return tuple(sorted(each.name for each in secrets))


def _rules(transport: HostTransport) -> list[GiteaRule] | None:
    """`None` if our account may not read them."""
    what = "read the rules about branches"
    try:
        return transport.read(
            RepositoryCalls(transport.place).get("/branch_protections", what=what, right=_ADMIN), list[GiteaRule]
        )
    except HostRightsError:
        return None


def _rule(rules: list[GiteaRule] | None, branch: str) -> GiteaRule | None:
    """The one about a branch: that of its very name first."""
    about = [each for each in rules or () if fnmatchcase(branch, each.rule_name)]
    return min(about, key=lambda each: each.rule_name != branch, default=None)


def _rights(branch: str, *, rule: GiteaRule | None, known: bool, exists: bool, may_push: bool | None) -> BranchRights:
    holds = rule is not None and _holds_back(rule)
    return BranchRights(
        branch=branch,
        exists=exists,
        protected=rule is not None,
        may_push=may_push,
        bypasses=(may_push and holds) if known else None,
        by_pull_request=holds,
    )


def _bypasses(found: GiteaBranch, rule: GiteaRule | None, *, known: bool) -> bool | None:
    if not found.protected:
        return False
    return found.user_can_push and rule is not None and _holds_back(rule) if known else None


def _holds_back(rule: GiteaRule) -> bool:
    """Whether some who may write may not push."""
    return not rule.enable_push or rule.enable_push_whitelist


def _lets(rule: GiteaRule, login: str) -> bool:
    return rule.enable_push and (not rule.enable_push_whitelist or login in rule.push_whitelist_usernames)


def _writes(transport: HostTransport) -> bool:
    call = RepositoryCalls(transport.place).get("", what="learn what its account may do", right=READ)
    permissions = transport.read(call, GiteaRepository).permissions
    return permissions is not None and (permissions.push or permissions.admin)
