"""What `helium validate` finds: every error of the settings, of the backends in use, and of the specs, all at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from helium.adapters.specs import name_claims, strict_yaml
from helium.adapters.specs.files import bytes_of, shown, tree
from helium.adapters.specs.specs import YamlSpecs
from helium.core.additions import end_of_living, with_history_errors
from helium.core.fleet import SETTINGS, Fleet
from helium.core.observation import Recipe
from helium.core.record import CorruptRecord, Record
from helium.core.spec import WORKSPACES, Addition, InvalidSpec, Reading, Spec, in_the_past
from helium.errors import Issue, SpecError, UsageError


@dataclass(frozen=True, slots=True)
class ValidationScope:
    """What to validate: paths in the fleet (none: all), and whether a deadline in the past is an error.

    `settled`: the files as main has them, by path and blob. That the time of one of them has passed since is not the
    fault of whoever changes another one.
    """

    paths: frozenset[str] = frozenset()
    past: bool = False
    settled: frozenset[tuple[str, str]] = frozenset()

    def dates(self, spec: Spec) -> bool:
        """Whether its deadline has to lie ahead."""
        return self.past and (spec.path, spec.blob) not in self.settled

    def wants(self, path: str) -> bool:
        """Whether the path, or a folder above it, was named."""
        return not self.paths or any(path == each or path.startswith(f"{each}/") for each in self.paths)


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """How many files were validated, and their errors. `specs`: the valid ones. `names`: those that any file holds.

    `notices`: what the files will do to workspaces that live. `names` is `None` where not all files were seen.
    """

    files: int
    issues: tuple[Issue, ...]
    fleet: Fleet = field(default_factory=lambda: Fleet("fleet"))
    specs: tuple[Spec, ...] = ()
    names: frozenset[str] | None = None
    notices: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownHistory:
    """What ledger and git know of one name: then its age and its owner are those that a pass counts with."""

    record: Record | CorruptRecord | None
    addition: Addition | None


Histories = Callable[[Fleet, frozenset[str]], Mapping[str, KnownHistory]]
"""What is known of these names; a name of which nothing is known is left out."""


def _no_histories(_: Fleet, __: frozenset[str]) -> Mapping[str, KnownHistory]:
    return {}


Recipes = Callable[[Fleet], Mapping[str, Recipe]]
"""What each backend would create a workspace with, or why it cannot."""


def _no_recipes(_: Fleet) -> Mapping[str, Recipe]:
    return {}


def validate(
    folder: Path,
    specs: YamlSpecs,
    *,
    now: datetime,
    scope: ValidationScope | None = None,
    recipes: Recipes = _no_recipes,
    histories: Histories = _no_histories,
) -> ValidationResult:
    """Validate `helium.yaml` and the specs below `folder`. `UsageError` for a wrong path.

    A file without a history is validated as if it were added now.
    """
    scope = scope or ValidationScope()
    _refuse_wrong_paths(folder, scope.paths)
    scope = replace(scope, paths=frozenset(map(shown, scope.paths)))
    fleet, wrong = _settings(folder, specs)
    on_disk = tree(folder, wanted=scope.wants)
    readings = tuple(specs.read(on_disk.entries, on_disk.data, fleet=fleet).values())
    if not wrong:
        used = {reading.backend for reading in readings if isinstance(reading, Spec)}
        wrong += tuple(_backends(folder, recipes(fleet), used={*used, *fleet.backends}))
    wrong += on_disk.issues
    wrong += tuple(_specs(readings, on_disk.data, fleet=fleet, now=now, scope=scope, histories=histories))
    shown_issues = {issue for issue in wrong if issue.path == SETTINGS or scope.wants(issue.path)}
    claimed = name_claims.claimed(on_disk.entries)
    files = sum(1 for entries in claimed.values() for each in entries if scope.wants(each.path))
    specs_shown = tuple(each for each in readings if isinstance(each, Spec) and scope.wants(each.path))
    # With an error, a file may be there and hidden: below a link, or beside a folder in another case.
    names = None if scope.paths or shown_issues else frozenset(claimed)
    return ValidationResult(files + 1, tuple(sorted(shown_issues)), fleet, specs_shown, names)


def _refuse_wrong_paths(folder: Path, paths: Collection[str]) -> None:
    for path in sorted(paths):
        if path != SETTINGS and path != WORKSPACES and not path.startswith(f"{WORKSPACES}/"):
            raise UsageError(f"{path} is neither {SETTINGS} nor under {WORKSPACES}/. Name a file or a folder there.")
        if not os.path.lexists(folder / path):
            raise UsageError(f"{path} does not exist in {folder}. Name a file or a folder that does.")


def _settings(folder: Path, specs: YamlSpecs) -> tuple[Fleet, tuple[Issue, ...]]:
    """The fleet, or as much of it as can be read, and the errors of its file."""
    try:
        data = bytes_of(f"{folder}/{SETTINGS}")
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        sentence = f"this cannot be read ({why}); a fleet has its settings here, and helium init writes them"
        return Fleet("fleet"), (Issue(SETTINGS, 1, 1, "", sentence),)
    try:
        return specs.fleet(data), ()
    except SpecError as error:
        return specs.readable_part(data), error.issues


def _backends(folder: Path, recipes: Mapping[str, Recipe], *, used: Collection[str]) -> Iterator[Issue]:
    """What keeps a backend from creating anything, at its place in the settings. One that is not used is left out."""
    keys = strict_yaml.read(bytes_of(f"{folder}/{SETTINGS}")).keys
    for name in sorted(recipes.keys() & set(used)):
        line, column = keys.get(("backends", name), (1, 1))
        for sentence in recipes[name].issues:
            yield Issue(SETTINGS, line, column, f"/backends/{name}", sentence)


def _specs(
    readings: Iterable[Reading],
    data: Mapping[str, bytes],
    *,
    fleet: Fleet,
    now: datetime,
    scope: ValidationScope,
    histories: Histories,
) -> Iterator[Issue]:
    known = histories(fleet, frozenset(each.name for each in readings if isinstance(each, Spec)))
    for reading in readings:
        if isinstance(reading, InvalidSpec):
            yield from reading.issues
        elif isinstance(reading, Spec):
            history = known.get(reading.name)
            issues = _by_history(reading, history, fleet=fleet, now=now)
            late = _late(reading, history, fleet=fleet, now=now) if scope.dates(reading) else None
            yield from _placed((*issues, *(() if late is None else (late,))), data[reading.blob])


def _by_history(spec: Spec, known: KnownHistory | None, *, fleet: Fleet, now: datetime) -> tuple[Issue, ...]:
    """What a pass will refuse: a deadline beyond the maximum, counted from when the file was added, and no owner."""
    if known is None:
        issue = fleet.lifetimes.too_long(spec, added_at=now, now=now)
        return () if issue is None else (issue,)
    reading = with_history_errors(spec, known.record, addition=known.addition, lifetimes=fleet.lifetimes, now=now)
    return reading.issues if isinstance(reading, InvalidSpec) else ()


def _late(spec: Spec, known: KnownHistory | None, *, fleet: Fleet, now: datetime) -> Issue | None:
    record, addition = (known.record, known.addition) if known else (None, None)
    ends = end_of_living(spec, record, addition=addition, lifetimes=fleet.lifetimes, now=now)
    return in_the_past(spec, now=now, ends=ends)


def _placed(issues: Iterable[Issue], data: bytes) -> Iterator[Issue]:
    for issue in issues:
        line, column = strict_yaml.read(data).places.get((issue.pointer.removeprefix("/"),), (issue.line, issue.column))
        yield replace(issue, line=line, column=column)
