"""A workspace that a CI job asks for: within the quota and the lifetime that `jobs:` gives it, on main as it is.

The quota is judged on each head that the edit is tried on, so of two requests at once only one takes the last place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from helium.core.deadlines import format_lifetime, parse_deadline
from helium.core.digest import Json
from helium.core.fleet import Fleet, backend_name
from helium.core.job_access import JobGrant, grant_for
from helium.core.job_errors import JobRefusedError
from helium.edits import documents, lookup
from helium.edits.edit_context import EditContext, Editing
from helium.errors import SpecError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit


def named_by_job(name: Json, request: str, *, grant: JobGrant) -> str:
    """The whole name, of which the job or else its request gives the end. `JobRefusedError` for a name of others."""
    if not name:
        return f"{grant.own}{request}"
    if not isinstance(name, str) or not name.startswith(grant.own):
        asked = str(name)[:80]
        raise JobRefusedError(f"The workspaces of this run are called {grant.own}…, so {asked} is not one of them.")
    return name


def job_fields(fields: Mapping[str, Json], *, grant: JobGrant) -> dict[str, Json]:
    """The fields with what a job may leave out: it lives as long as it may, and people see whose it is."""
    given = {key: value for key, value in fields.items() if value not in (None, "")}
    longest = f"+{format_lifetime(grant.rule.max_lifetime)}"
    return {"expiry": longest, "description": f"For {grant.claims.run}", **given}


def job_creation(name: str, fields: Mapping[str, Json], *, context: EditContext, grant: JobGrant) -> Editing:
    """The creation, if the rule of this job still says so where it is written."""
    # Here, since the package itself exports this module's functions.
    from helium.edits import creation

    create = creation(name, fields, context=context)

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        rule = grant_for(grant.claims, fleet.jobs).rule
        if rule != grant.rule:
            raise JobRefusedError("The rule of this job under `jobs.allow` in helium.yaml changed. Get another token.")
        _require_backend(fields.get("backend"), fleet, grant=grant)
        _require_short(fields["expiry"], context.now, longest=rule.max_lifetime)
        _require_place(name, view, grant=grant)
        return create(view)

    return edit


def _require_backend(asked: Json, fleet: Fleet, *, grant: JobGrant) -> None:
    backend = backend_name(asked) if isinstance(asked, str) and asked else fleet.defaults.backend
    allowed = grant.rule.backends or (fleet.defaults.backend,)
    if backend not in allowed:
        raise JobRefusedError(
            f"This job may use {' and '.join(allowed)}, and not {backend[:80]}: see `backends` of its rule under "
            "`jobs.allow` in helium.yaml."
        )


def _require_short(asked: Json, now: datetime, *, longest: timedelta) -> None:
    """What is no deadline at all is for the schema to refuse."""
    try:
        deadline = parse_deadline(str(documents.expiry_from(asked, now, path=lookup.UNNAMED)))
    except (SpecError, ValueError):
        return
    if deadline > now + longest:
        most = format_lifetime(longest)
        raise JobRefusedError(
            f"A workspace of this job lives for {most} at most, and {str(asked)[:80]} is later: see `maxLifetime` of "
            "its rule under `jobs.allow` in helium.yaml."
        )


def _require_place(name: str, view: View, *, grant: JobGrant) -> None:
    others = sorted({each.name for each in view.entries if each.name.startswith(grant.common)} - {name})
    if len(others) >= grant.rule.at_once:
        raise JobRefusedError(
            f"The jobs of this rule have {len(others)} of {grant.rule.at_once} workspaces already "
            f"({', '.join(others[:10])}): see `atOnce` of the rule under `jobs.allow` in helium.yaml. A job that ends "
            "deletes its own; wait for one."
        )
