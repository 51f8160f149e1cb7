"""A workspace that its owner gives to somebody else: who may get it. The rest of such an edit is one like any other.

It refuses an address that nobody reads, whoever has it already, and whoever has as many as the quota lets them have.
"""

from __future__ import annotations

from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.quota import QuotaPlace
from helium.core.spec import Spec, is_mail, is_noreply, team_of
from helium.core.summary import Summary
from helium.edits import quota
from helium.edits.edit_context import EditContext
from helium.errors import Issue, RefusedError, SpecError
from helium.ports.commit_queue import View


def require_receiver(spec: Spec, to: Json, *, summary: Summary, view: View, fleet: Fleet, context: EditContext) -> None:
    """`SpecError` for what is no address; `RefusedError` or `QuotaError` where that person cannot get it."""
    if not isinstance(to, str) or not is_mail(to) or is_noreply(to):
        sentence = f"{str(to)[:80]!r} is not an address at which somebody reads mail; write one like ada@example.com"
        raise SpecError((Issue(spec.path, 1, 1, "/owner", sentence),))
    if to.lower() == summary.owner.lower():
        raise RefusedError(spec.name, f"{spec.name} belongs to {summary.owner} already, so nothing is to be done.")
    quota.require_own_place(QuotaPlace(spec.name, to, team_of(spec.path)), view, fleet=fleet, context=context)
