"""Whether what is routine can be merged at all: somebody must be known, and no approval may be wanted of Helium."""

from __future__ import annotations

from helium.app.check import Check
from helium.core.fleet import Fleet, RoutineAmounts
from helium.core.host_place import GITEA, HostPlace
from helium.core.pull_request import BranchRights

_ROUTINE = "routine"


def routine_check(rights: BranchRights, place: HostPlace, *, login: str, fleet: Fleet) -> Check:
    """`rights`: of the account that merges, on main."""
    bounds = fleet.routine or RoutineAmounts()
    if not fleet.people:
        why = "helium.yaml has routine and no people, so nobody is known whose pull request could be routine"
        return Check(_ROUTINE, False, f"{why}. Write people: {{LOGIN: MAIL}}.")
    page = f"{place.page}/settings/{'branches' if place.kind == GITEA else 'rules'}"
    # At Gitea, whoever may push past a rule still cannot merge without its approvals.
    if rights.approvals and (place.kind == GITEA or not rights.bypasses):
        wanted = f"{rights.branch} wants {rights.approvals} approvals, and Helium approves nothing"
        if place.kind != GITEA and rights.bypasses is None:
            todo = f"Look there whether {login} is on the bypass list of that rule"
            return Check(_ROUTINE, True, f"{wanted}. {todo}.", place=page, known=False)
        todo = "Want checks there, and no approval" if place.kind == GITEA else f"Let {login} past that rule"
        return Check(_ROUTINE, False, f"{wanted}, so {login} can merge nothing by itself. {todo}.", place=page)
    amounts = f"{bounds.adds} new, {bounds.edits} changed, {bounds.removes} ended"
    return Check(_ROUTINE, True, f"{login} merges by itself what is its author's own: {amounts} at most")
