"""A name without a record: a workspace that is new, or a stack that nobody remembers."""

from __future__ import annotations

from helium.core.deadlines import format_instant, overdue
from helium.core.incarnations import owner_of
from helium.core.lifetimes import why_later
from helium.core.plan import Change, Code, Create, Keep
from helium.core.spec import Spec
from helium.core.stack import Stack
from helium.core.workspace import Workspace
from helium.reconcile.diff.name_facts import NameFacts, pins_of


def without_record(facts: NameFacts) -> Change:
    """The change of a name that the ledger does not know."""
    if facts.stack is not None:
        return _unrecorded(facts, facts.stack)
    if isinstance(facts.file, Spec):
        return first_incarnation(facts, facts.file)
    return facts.keep_invalid()


def _unrecorded(facts: NameFacts, stack: Stack) -> Keep:
    ownership = facts.observed.ownerships.get(stack.id)
    if stack.id in facts.observed.ownerships and (ownership is None or ownership.fleet != facts.observed.fleet.name):
        whose = "does not say whose it is" if ownership is None else f"belongs to the fleet {ownership.fleet}"
        return facts.keep(Code.FOREIGN, f"{stack.id} {whose}, so it is left alone.")
    if facts.file is None:
        return facts.keep(Code.NO_RECORD, "Its stack has neither a file nor a record. See helium orphans.")
    return facts.keep(Code.NO_RECORD, "Its stack has no record. Run helium ledger rebuild.")


def first_incarnation(facts: NameFacts, spec: Spec, *, code: Code = Code.NEW_FILE) -> Change:
    """Create what never existed, or what is gone and was requested again."""
    recipe = facts.recipe(spec.backend)
    if recipe is None:
        return facts.keep_without_recipe(spec)
    addition = facts.observed.additions.get(facts.name)
    # A commit that is dated in the future would give it a longer lifetime than it asked for.
    added_at = min(addition.added_at, facts.now) if addition else facts.now
    end = facts.observed.fleet.lifetimes.end_of(spec, added_at=added_at)
    if end.at <= facts.now:
        return facts.keep(Code.EXPIRED, f"{overdue(end.at, facts.now)}, before it was created.")
    workspace = Workspace(
        fleet=facts.observed.fleet.name,
        spec=spec,
        owner=owner_of(spec, record=None, addition=addition),
        added_at=added_at,
        deadline=end.at,
        placement=recipe.placement,
        pins=pins_of(recipe),
        written=end.moved_from,
    )
    what = "is new" if code is Code.NEW_FILE else "has a new expiry"
    until = f"{format_instant(end.at)}{why_later(end.moved_from)}"
    return Create.of(workspace, code, reason=f"{spec.path} {what}. The workspace lives until {until}.")
