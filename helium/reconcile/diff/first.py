"""A name without a record: its first life, or a stack that nobody remembers."""

from __future__ import annotations

from helium.core.expiry import format_instant
from helium.core.life import owner_of
from helium.core.plan import Change, Code, Create, Keep
from helium.core.spec import Spec, deadline_of
from helium.core.stack import Stack
from helium.core.workspace import Workspace
from helium.reconcile.diff.case import Case, make_of


def without_record(case: Case) -> Change:
    """The change of a name that the ledger does not know."""
    if case.stack is not None:
        return _unrecorded(case, case.stack)
    if isinstance(case.file, Spec):
        return first_life(case, case.file)
    return case.keep_unreadable()


def _unrecorded(case: Case, stack: Stack) -> Keep:
    mark = case.facts.marks.get(stack.id)
    if stack.id in case.facts.marks and (mark is None or mark.fleet != case.facts.fleet.name):
        whose = "no fleet's mark" if mark is None else f"the mark of fleet {mark.fleet}"
        return case.keep(Code.FOREIGN, f"{stack.id} carries {whose}; it is not ours to touch")
    if case.file is None:
        return case.keep(Code.NO_RECORD, "its stack has neither a file nor a record; see helium orphans")
    return case.keep(Code.NO_RECORD, "its stack has no record; run helium ledger rebuild")


def first_life(case: Case, spec: Spec, *, code: Code = Code.NEW_FILE) -> Change:
    """Bring up what was never there, or what is gone and was asked for anew."""
    recipe = case.recipe(spec.backend)
    if recipe is None:
        return case.keep_without_recipe(spec)
    birth = case.facts.births.get(case.name)
    born = min(birth.born, case.now) if birth else case.now
    deadline = deadline_of(spec, born=born, lifetime=case.facts.fleet.defaults.lifetime)
    if deadline <= case.now:
        return case.keep(Code.EXPIRED, f"{case.passed(deadline)}, before it was made")
    workspace = Workspace(
        fleet=case.facts.fleet.name,
        spec=spec,
        owner=owner_of(spec, record=None, birth=birth),
        born=born,
        deadline=deadline,
        place=recipe.place,
        make=make_of(recipe),
    )
    what = "is new" if code is Code.NEW_FILE else "has a new expiry"
    return Create.of(workspace, code, reason=f"{spec.path} {what}; it lives until {format_instant(deadline)}")
