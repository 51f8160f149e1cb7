"""Everything that is known of one name, and the changes that can be made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helium.core.deadlines import overdue
from helium.core.digest import Json
from helium.core.observation import Observation, Recipe
from helium.core.plan import Code, Destroy, Keep
from helium.core.record import CorruptRecord, Record
from helium.core.spec import RELEASED, REQUESTED, InvalidSpec, Reading, Removal, Spec
from helium.core.stack import Stack
from helium.core.transitions import allowed_end, recorded_end, removal_that_counts, still_released


@dataclass(frozen=True, slots=True)
class NameFacts:
    """One name: its file, its record, its stacks, and the whole observation."""

    name: str
    observed: Observation
    now: datetime
    file: Reading | None
    record: Record | CorruptRecord | None
    stacks: tuple[Stack, ...]

    @property
    def stack(self) -> Stack | None:
        """Its stack. A name with more than one is kept before anybody asks."""
        return self.stacks[0] if self.stacks else None

    def recipe(self, backend: str) -> Recipe | None:
        """What the backend would create it with today, or nothing when the backend cannot."""
        recipe = self.observed.recipes.get(backend)
        return None if recipe is None or recipe.issues else recipe

    def deadline(self, record: Record) -> datetime:
        """When it ends, as far as its file says nothing else that is valid."""
        return allowed_end(self.file, record, lifetimes=self.observed.fleet.lifetimes).at

    def removal(self, record: Record) -> Removal | None:
        """What took its file away, by the record or by history since."""
        return removal_that_counts(record, self.observed.removals.get(self.name))

    def passed(self, deadline: datetime) -> str:
        """The sentence that says a deadline has passed."""
        return f"{overdue(deadline, self.now)}."

    def keep(self, code: Code, reason: str) -> Keep:
        """Leave the stack alone, if there is one."""
        record = self.record if isinstance(self.record, Record) else None
        named = self.file.backend if isinstance(self.file, Spec) else ""
        return Keep(
            name=self.name,
            code=code,
            reason=reason,
            backend=record.backend if record else named,
            deadline=self.deadline(record) if record else None,
            blob=None if self.file is None else self.file.blob,
            program=record.program if record else None,
        )

    def keep_without_recipe(self, spec: Spec) -> Keep:
        """Keep it: the backend that the file names cannot create anything."""
        recipe = self.observed.recipes.get(spec.backend)
        if recipe is None:
            why = f"This fleet does not have the backend {spec.backend}. Add it to helium.yaml."
        else:
            why = f"The backend {spec.backend} has errors: {'; '.join(recipe.issues)}."
        return self.keep(Code.BACKEND_UNKNOWN, why)

    def keep_invalid(self) -> Keep:
        """Keep it: the file holds the name, but is not valid."""
        issues = self.file.issues if isinstance(self.file, InvalidSpec) else ()
        why = f"The file is not valid: {issues[0]}" if issues else "The file was not read"
        # A sentence may be a question: did you mean …?
        return self.keep(Code.INVALID_SPEC, why if why.endswith("?") else f"{why}.")

    def destroy(self, record: Record, code: Code, *, reason: str) -> Destroy | Keep:
        """Take it away, unless it was protected when it was last applied. `REPLACED` creates it again afterwards."""
        if record.protected:
            return self.keep(Code.PROTECTED, f"{reason} It stays, because it was protected when it was last applied.")
        removal, addition = self.removal(record), self.observed.additions.get(self.name)
        asked = removal.origin if removal else REQUESTED if addition and addition.after_request else ""
        return Destroy(
            name=self.name,
            code=code,
            reason=reason,
            backend=record.backend,
            deadline=recorded_end(record, self.observed.fleet.lifetimes).at,
            blob=None if self.file is None else self.file.blob,
            program=record.program,
            stack=record.stack_id,
            added_at=record.added_at,
            origin=RELEASED if still_released(record, self.observed.removals.get(self.name)) else asked,
            again=code is Code.REPLACED,
        )


def pins_of(recipe: Recipe) -> dict[str, Json]:
    """What an `up` of today pins: the backend's choices and its program's digest."""
    return {**recipe.pins, "program": recipe.program}
