"""`/workspace/NAME/edit`: the spec of a workspace as a form. What is left empty goes from the file.

Its name and its backend cannot change, and its deadline has a form of its own. Only what somebody changed is written,
so comments and all else stay in the file as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from helium.api import problems
from helium.api.index import Index
from helium.api.pages import freshness
from helium.api.pages.asked import done
from helium.api.pages.fields import Field, by_field, fields
from helium.api.pages.filled_in import filled_in
from helium.api.pages.forms import document, grouped, issues_of
from helium.api.pages.layout import Asks, Dashboard, is_own, may, writer_of
from helium.api.pages.security import PageRequest, Visit, visit_of
from helium.api.pages.workspace import write_request
from helium.api.tokens import Scope
from helium.core.digest import Json
from helium.core.spec import InvalidSpec, Spec
from helium.errors import ChangedError, HeliumError, Issue, NotFoundError, SpecError

TheDashboard = NamedDependency[Dashboard]
Name = FromPath[str]
_FIXED = ("name", "expiry", "backend")


class EditPage(Controller):
    """Change the spec of one workspace."""

    include_in_schema = False
    path = "/workspace/{name:str}/edit"

    @get()
    async def ask(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """The form, filled in as the file is."""
        return await _form(request, name, dashboard=dashboard, issues=())

    @post()
    async def enter(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """One commit, then the workspace's page; or the form again, with every error at its field."""
        visit, index = visit_of(request), await dashboard.index()
        writer_of(visit)
        spec = _spec(index, name)
        try:
            if visit.form.get("seen", "") != spec.blob:
                raise ChangedError(name, spec.blob)
            changes = _changes(visit, spec, dashboard=dashboard, index=index)
            if not changes:
                return Redirect(f"/workspace/{name}", status_code=303)
            asked = write_request(request, dict(changes))
            await dashboard.writes.written(lambda: dashboard.writes.change(name, asked))
        except HeliumError as error:
            status = problems.of_error(error).status_code
            return await _form(request, name, dashboard=dashboard, issues=issues_of(error), status=status)
        said = done(await dashboard.index(), "edited")
        return Redirect(f"/workspace/{name}?done={said}", status_code=303)


def _spec(index: Index, name: str) -> Spec:
    """Its file; `NotFoundError` without one, `SpecError` where it has errors."""
    row = index.row(name)
    reading = row.reading if row is not None else None
    if isinstance(reading, Spec):
        return reading
    if isinstance(reading, InvalidSpec):
        raise SpecError(reading.issues)
    raise NotFoundError(name)


def _changes(visit: Visit, spec: Spec, *, dashboard: Dashboard, index: Index) -> Mapping[str, Json]:
    """What the form says otherwise than the file; `None` for what it empties. `SpecError` with every error."""
    before = filled_in(spec, dashboard.parts.specs, fleet=index.fleet)
    shown = _shown(visit, before, dashboard=dashboard, index=index, spec=spec)
    keys = {each.shown.key: each.shown.schema_key or each.shown.key for each in shown}
    now = {key: text for key in keys if (text := _plain(visit.form.get(key, "")))}
    others = {key: text for key, text in now.items() if text != _plain(before.get(key, ""))}
    read, issues = document({**others, "backend": spec.backend}, dashboard.parts.specs, fleet=index.fleet)
    if issues:
        raise SpecError(issues)
    gone = {keys[key]: None for key in keys if key in before and key not in now}
    return {**gone, **{key: value for key, value in read.items() if key != "backend"}}


def _plain(text: str) -> str:
    """As it was before a browser sent it with its own line ends."""
    return text.replace("\r\n", "\n").strip()


def _shown(
    visit: Visit,
    sent: Mapping[str, str],
    *,
    dashboard: Dashboard,
    index: Index,
    spec: Spec,
    issues: tuple[Issue, ...] = (),
) -> tuple[Field, ...]:
    """The fields of this workspace that may change, filled in as `sent`."""
    texts, admin = {**sent, "backend": spec.backend}, may(visit, Scope.ADMIN)
    shown = fields(dashboard.parts.schema, texts, fleet=index.fleet, issues=issues, admin=admin)
    return tuple(each for each in shown if each.shown.key not in _FIXED and each.shown.backend in ("", spec.backend))


async def _form(
    request: PageRequest, name: str, *, dashboard: Dashboard, issues: tuple[Issue, ...], status: int = 200
) -> Response[Any]:
    visit, index = visit_of(request), await dashboard.index()
    writer_of(visit)
    spec, row = _spec(index, name), index.row(name)
    owner = row.summary(dashboard.parts.clock()).owner if row else ""
    if not is_own(visit, owner):
        raise problems.problem(
            403, f"It belongs to {owner or 'nobody yet'}. Ask {'them, or ' if owner else ''}an admin."
        )
    version = dashboard.version(visit, index)
    if unchanged := freshness.unchanged(request, version):
        return unchanged
    sent = visit.form or filled_in(spec, dashboard.parts.specs, fleet=index.fleet)
    shown = _shown(visit, sent, dashboard=dashboard, index=index, spec=spec, issues=issues)
    keys = {each.shown.key for each in shown}
    sentences = by_field(issues, {"backend": spec.backend}, fleet=index.fleet)
    return dashboard.page(
        "edit.html",
        visit,
        index=index,
        status=status,
        asks=Asks(version, every=freshness.SELDOM, address=f"/workspace/{quote(name)}/edit", frame_only=True),
        name=name,
        path=spec.path,
        # What the person saw, also when the form comes back: a second press must not write over another's change.
        seen=visit.form.get("seen", spec.blob),
        groups=grouped(shown),
        wrong=[each for each in shown if each.issue],
        general=[text for key, texts in sentences.items() if key not in keys for text in texts],
    )
