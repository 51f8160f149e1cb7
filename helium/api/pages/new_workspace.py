"""`/new`: the form for a new workspace. What it refuses is what the API refuses, said beside the field."""

from __future__ import annotations

import secrets
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from helium.api import problems
from helium.api.pages.fields import by_field, fields, pairs, suggestions
from helium.api.pages.layout import Site, may
from helium.api.pages.security import Asked, visit_of
from helium.api.request_body import understood
from helium.api.request_id import name_request
from helium.api.tokens import Scope
from helium.api.writes import WriteRequest, identified
from helium.errors import Fault, HeliumError, KeyReusedError, NameTakenError, SpecError

TheSite = NamedDependency[Site]


class NewPage(Controller):
    """Ask for a workspace."""

    include_in_schema = False
    path = "/new"

    @get()
    async def ask(self, request: Asked, site: TheSite) -> Template:
        """The empty form."""
        return await _form(request, site, faults=())

    @post()
    async def enter(self, request: Asked, site: TheSite) -> Response[Any]:
        """A commit, and on to the workspace's page; or the form again, with what is wrong."""
        try:
            write_request = _wish(request, site)
            made = await site.writes.written(lambda: site.writes.create(write_request))
        except HeliumError as error:
            # A key that made a workspace already makes no other; whoever means another sends the form again.
            key = secrets.token_urlsafe(12) if isinstance(error, KeyReusedError) else ""
            status = problems.of_error(error).status_code
            return await _form(request, site, faults=_faults(error), status=status, key=key)
        return Redirect(f"/workspace/{made.ID}?done=asked", status_code=303)


def _wish(request: Asked, site: Site) -> WriteRequest:
    """The form's own key makes it one workspace, however often the button is pressed."""
    visit = visit_of(request)
    if visit.caller is None or not visit.caller.token.may(Scope.WRITE):
        raise problems.problem(403, "your token may only read; ask an admin for one that may write")
    asked = understood(pairs(visit.form, site.deps.specs), site.deps.specs)
    key = visit.form.get("key", "") or visit.session.nonce
    id, half = identified(key, visit.caller, method="POST", path="/new", fields=asked)
    name_request(request.scope, id)
    return WriteRequest(id, visit.caller, asked, key=half)


def _faults(error: HeliumError) -> tuple[Fault, ...]:
    if isinstance(error, SpecError):
        return error.faults
    if isinstance(error, KeyReusedError):
        return (Fault("", 1, 1, "", "this form made a workspace already; send it again if you want another one"),)
    pointer = "/name" if isinstance(error, NameTakenError) else f"/{getattr(error, 'field', '')}"
    return (Fault("", 1, 1, pointer, str(error)),)


async def _form(request: Asked, site: Site, *, faults: tuple[Fault, ...], status: int = 200, key: str = "") -> Template:
    visit, index = visit_of(request), await site.index()
    shown = fields(site.deps.schema, visit.form, fleet=index.fleet, faults=faults, admin=may(visit, Scope.ADMIN))
    groups: dict[str, list[object]] = {}
    for each in shown:
        groups.setdefault(each.shown.group, []).append(each)
    return site.page(
        "new.html",
        visit,
        index=index,
        status=status,
        groups=groups,
        wrong=[each for each in shown if each.fault],
        general=by_field(faults).get("", ()),
        suggestions=suggestions(index.fleet, now=site.deps.clock()),
        key=key or visit.form.get("key") or secrets.token_urlsafe(12),
    )
