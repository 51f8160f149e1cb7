"""What is to be written: the expiry in a spec's own form, the file's text, and that a pass will read it as valid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from helium.core import fields as instance_fields
from helium.core.deadlines import format_instant, parse_lifetime
from helium.core.digest import Json
from helium.core.fleet import Fleet, backend_name
from helium.core.spec import RENAME, Entry, InvalidSpec, Spec, fields_with, in_the_past
from helium.edits.edit_context import EditContext
from helium.errors import Issue, SpecError, UsageError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from helium.ports.specs import Specs

_DATED = re.compile(r"[0-9]{4}-[0-9]{2}")
_NEW = "new"
"""Stands for the blob of a file that is not written yet."""


def expiry_from(expiry: Json, since: datetime, *, path: str) -> Json:
    """The expiry as a spec writes it: `7d` and `+7d` are both a length from `since`; other values are for the schema.

    Every door comes through here, so a form, the API and the command line take the same.
    """
    if not isinstance(expiry, str) or _is_deadline(expiry):
        return expiry
    try:
        return format_instant(since + parse_lifetime(expiry.removeprefix("+")))
    except (ValueError, OverflowError):
        sentence = f"{expiry[:80]!r} is not a date or a length; write 2026-12-01, 2026-12-01T18:00:00Z or +3d"
        raise SpecError((Issue(path, 1, 1, "/expiry", sentence),)) from None


def _is_deadline(text: str) -> bool:
    """Whether it has the form of a date; whether there is such a day, the schema says."""
    return _DATED.match(text) is not None


def typed(fields: Mapping[str, Json], fleet: Fleet, *, backend: Json) -> dict[str, Json]:
    """The fields, with those that an instance declares in their own types, whichever door they came through."""
    named = backend_name(backend) if isinstance(backend, str) else fleet.defaults.backend
    return instance_fields.typed(fleet.backends.get(named, {}).get("fields"), fields)


def text_with(view: View, spec: Spec, *, changes: Mapping[str, Json], specs: Specs) -> bytes:
    """The file's new text; `None` takes a field away. Fields are set where they stand, so comments stay.

    A file that is written in another way, as `{owner: ada}` on one line, is written whole where that cannot be done.
    """
    try:
        return specs.edited(view.read(spec.path) or b"", changes, path=spec.path)
    except UsageError:
        return specs.text(fields_with(spec.fields, changes), path=spec.path)


def at_name(issue: Issue) -> Issue:
    """The error of a name that somebody chose a moment ago: at its field, and there is no file to rename."""
    if not issue.sentence.endswith(RENAME):
        return issue
    return replace(issue, pointer="/name", sentence=f"{issue.sentence.removesuffix(RENAME)}; choose another name")


def check(edit: Edit, fleet: Fleet, *, context: EditContext, added_at: datetime, checks_date: bool = True) -> None:
    """Read what would be written as a pass will read it; `SpecError` with every error.

    `checks_date`: whether the deadline must lie ahead. It need not where somebody changes another field of an old file.
    """
    entry = Entry(edit.path, _NEW)
    reading = context.specs.read((entry,), {_NEW: edit.data or b""}, fleet=fleet)[entry.name]
    if not isinstance(reading, Spec):
        raise SpecError(reading.issues if isinstance(reading, InvalidSpec) else ())
    too_late = fleet.lifetimes.too_long(reading, added_at=added_at, now=context.now)
    past = in_the_past(reading, now=context.now) if checks_date else None
    issues = tuple(issue for issue in (too_late, past) if issue is not None)
    if issues:
        raise SpecError(issues)
