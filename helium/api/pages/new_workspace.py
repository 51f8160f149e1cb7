"""`/new`: the form for a new workspace. It refuses what the API refuses, and says so beside the field."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from helium.api import problems
from helium.api.index import Index
from helium.api.pages import freshness
from helium.api.pages.asked import done
from helium.api.pages.cost_lines import plain_spendings
from helium.api.pages.fields import by_field, fields, suggestions
from helium.api.pages.filled_in import filled_in
from helium.api.pages.forms import document, grouped, issues_of
from helium.api.pages.layout import Asks, Dashboard, may, writer_of
from helium.api.pages.security import PageRequest, visit_of
from helium.api.request_id import name_request
from helium.api.requests_to_commits import WriteRequest, identified
from helium.api.tokens import Scope
from helium.core.fleet import Fleet
from helium.core.spec import Spec
from helium.errors import HeliumError, Issue, KeyReusedError, RefusedError, SpecError

TheDashboard = NamedDependency[Dashboard]


class NewPage(Controller):
    """Create a workspace."""

    include_in_schema = False
    path = "/new"

    @get()
    async def ask(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """The empty form."""
        return await _form(request, dashboard, issues=())

    @post()
    async def enter(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """One commit, then the workspace's page; or the form again, with every error at its field."""
        fleet = (await dashboard.index()).fleet
        write_request, issues = _write_request(request, dashboard, fleet=fleet)
        try:
            if issues:
                raise SpecError((*issues, *await dashboard.writes.read(lambda: dashboard.writes.judged(write_request))))
            answer = await dashboard.writes.written(lambda: dashboard.writes.create(write_request))
        except HeliumError as error:
            # This form created a workspace already. Its next key is a new one, so sending it again creates another.
            key = secrets.token_urlsafe(12) if isinstance(error, KeyReusedError) else ""
            status = problems.of_error(error).status_code
            issues = issues_of(error)
            if isinstance(error, RefusedError):
                issues = await dashboard.writes.read(lambda: dashboard.writes.judged(write_request)) or issues
            return await _form(request, dashboard, issues=issues, status=status, key=key)
        said = done(await dashboard.index(), "requested")
        return Redirect(f"/workspace/{answer.ID}?done={said}", status_code=303)


def _write_request(
    request: PageRequest, dashboard: Dashboard, *, fleet: Fleet
) -> tuple[WriteRequest, tuple[Issue, ...]]:
    """The request, and what in the form cannot be read at all, which is not in it.

    The form has its own key, so pressing the button twice creates one workspace.
    """
    visit = visit_of(request)
    caller = writer_of(visit)
    fields, issues = document(visit.form, dashboard.parts.specs, fleet=fleet)
    key = visit.form.get("key", "") or visit.session.nonce
    id, key_id = identified(key, caller, method="POST", path="/new", fields=fields)
    name_request(request.scope, id)
    return WriteRequest(id, caller, fields, key=key_id), issues


async def _form(
    request: PageRequest, dashboard: Dashboard, *, issues: tuple[Issue, ...], status: int = 200, key: str = ""
) -> Response[Any]:
    visit, index = visit_of(request), await dashboard.index()
    version = dashboard.version(visit, index)
    if unchanged := freshness.unchanged(request, version):
        return unchanged
    caller = visit.caller
    standing = await dashboard.writes.read(lambda: dashboard.writes.standing(caller.requester)) if caller else ()
    like = "" if visit.form else request.query_params.get("from", "")
    copied = _like(index, like, dashboard=dashboard)
    sent = visit.form or {"name": request.query_params.get("name", ""), **copied}
    shown = fields(dashboard.parts.schema, sent, fleet=index.fleet, issues=issues, admin=may(visit, Scope.ADMIN))
    return dashboard.page(
        "new.html",
        visit,
        index=index,
        status=status,
        asks=Asks(version, every=freshness.SELDOM, address="/new", frame_only=True),
        groups=grouped(shown),
        like=like if copied else "",
        quota=standing,
        wrong=[each for each in shown if each.issue],
        general=by_field(issues, sent, fleet=index.fleet).get("", ()),
        suggestions=suggestions(index.fleet, now=dashboard.parts.clock()),
        spendings=await dashboard.writes.read(lambda: plain_spendings(dashboard, index.fleet)),
        key=key or visit.form.get("key") or secrets.token_urlsafe(12),
    )


def _like(index: Index, name: str, *, dashboard: Dashboard) -> Mapping[str, str]:
    """The form filled in as another workspace's file is; its name, its owner and its end are its own."""
    row = index.row(name) if name else None
    if row is None or not isinstance(row.reading, Spec):
        return {}
    return filled_in(row.reading, dashboard.parts.specs, fleet=index.fleet)
