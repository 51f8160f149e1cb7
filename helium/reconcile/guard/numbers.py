"""Brakes 14 to 16: whether so many, all of them, or just these were meant to go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from helium.core.digest import digest
from helium.core.plan import COUNTED, DAY, Code, Refusal
from helium.core.record import Illegible, Phase, Record
from helium.core.spec import GRANTED
from helium.reconcile.guard.scene import Scene


def few_deletes(scene: Scene) -> Iterator[Refusal]:
    """14. No more names than the limit in 24 hours that neither expired nor were asked for."""
    names = tuple(change.name for change in scene.unasked)
    begun = {record.name for record in scene.facts.records.values() if _begun_unasked(record, scene.plan.now)}
    count = len({*names, *begun, *scene.facts.recent_deletes})
    limit = scene.facts.fleet.limits.deletes
    if names and count > limit and scene.overrides.allow_deletes != deletes_digest(names):
        sentence = f"{count} workspaces in 24 hours would go that neither expired nor were asked for; {limit} may"
        yield Refusal(Code.TOO_MANY, names, sentence, f"--allow-deletes {deletes_digest(names)}")


def deletes_digest(names: Iterable[str]) -> str:
    """What `--allow-deletes` takes: the digest of exactly those names."""
    return digest(sorted(names))[:16]


def _begun_unasked(record: Record | Illegible, now: datetime) -> bool:
    """Told by its record where the log has no line: it is at work, or was killed before its line was written."""
    if not isinstance(record, Record) or record.code == Code.EXPIRED:
        return False
    lately = record.emptied is not None and record.emptied > now - DAY and record.code in COUNTED
    if record.phase is not Phase.DELETING and not lately:
        return False
    return record.removed is None or record.removed.asked not in GRANTED


def some_spec_left(scene: Scene) -> Iterator[Refusal]:
    """15. When no spec is left at all, only what expired or was asked for goes."""
    if not scene.facts.specs:
        names = tuple(change.name for change in scene.unasked)
        yield Refusal(Code.NO_SPECS, names, "there is no spec left in workspaces/; that looks like an accident")


def as_expected(scene: Scene) -> Iterator[Refusal]:
    """16. Nothing on a plan that differs from `--expect`, and no removal that its pull request did not show."""
    if scene.overrides.expect is not None and scene.overrides.expect != scene.plan.digest:
        sentence = f"the plan is {scene.plan.digest}, not {scene.overrides.expect} as expected"
        yield Refusal(Code.NOT_EXPECTED, scene.work, sentence)
    unshown = tuple(change.name for change in scene.plan.destroys if change.asked == "unshown")
    yield Refusal(Code.UNSHOWN, unshown, "the pull request that removed it was merged without showing that")
