"""`/me`: who you are here, by which way, what you may do and why, your workspaces, and how your terminal signs in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from helium.api.auth import Caller, only_reads
from helium.api.index import Index
from helium.api.pages import freshness
from helium.api.pages.layout import Asks, Dashboard
from helium.api.pages.security import PageRequest, visit_of
from helium.api.tokens import Scope, Token
from helium.core.deadlines import instant_text
from helium.core.sign_in import SignInSettings

_MAY = {
    Scope.READ: "You may look at everything, and change nothing.",
    Scope.WRITE: "You may create workspaces, and change and delete your own.",
    Scope.ADMIN: "You may change and delete everybody’s workspaces, and pause the fleet.",
}


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token as its owner sees it, by its name: its text is known to nobody. `here`: this session is by it."""

    name: str
    scope: str
    created: str
    expires: str
    here: bool


class MePage(Controller):
    """The visitor."""

    include_in_schema = False
    path = "/me"

    @get()
    async def show(self, request: PageRequest, *, dashboard: NamedDependency[Dashboard]) -> Response[Any]:
        """The page."""
        visit, index, now = visit_of(request), await dashboard.index(), dashboard.parts.clock()
        caller, address = visit.caller, f"{request.base_url}".rstrip("/")
        assert caller is not None
        settings = index.fleet.sign_in if dashboard.parts.sign_ins is not None else None
        tokens = token_lines(dashboard.parts.tokens.all, caller, now=now)
        standing = await dashboard.writes.read(lambda: dashboard.writes.standing(caller.requester))
        fleet = await dashboard.writes.read(lambda: dashboard.fleets.of(index, now))
        own = len(fleet.by_owner.get(caller.owner.lower(), ()))
        facts = (index.commit, index.snapshot.head, tokens, standing, own)
        version = dashboard.version(visit, index, *facts)
        if unchanged := freshness.unchanged(request, version):
            return unchanged
        return dashboard.page(
            "me.html",
            visit,
            index=index,
            asks=Asks(version, every=freshness.SELDOM, address="/me"),
            way=way_in(caller, settings),
            role=caller.token.scope.value,
            why=why_role(caller),
            means=may_do(caller, index),
            until=instant_text(datetime.fromtimestamp(visit.session.until, UTC)),
            expires=instant_text(caller.token.expires) if caller.person is None else "",
            tokens=tokens,
            standing=standing,
            own=own,
            server=settings.url if settings else address,
            terminal=settings is not None and settings.terminal is not None,
        )


def way_in(caller: Caller, settings: SignInSettings | None) -> str:
    """How the visitor was let in."""
    if caller.person is not None:
        label = settings.label if settings else caller.person.issuer
        named = f" as {caller.person.name}" if caller.person.name else ""
        return f"Signed in with {label}{named}"
    if caller.proxied:
        return "Signed in by the proxy in front of this server"
    acting = "" if caller.owner == caller.token.owner else ", for whom the proxy in front of this server names"
    return f"Signed in with the token {caller.token.name}{acting}"


def why_role(caller: Caller) -> str:
    """Where what they may do comes from."""
    if caller.person is not None:
        if not caller.person.mail:
            return only_reads(caller)
        where = f"your group {caller.person.group}" if caller.person.group else "everyone whom your issuer lets in"
        return f"It comes from {where}, and is read again every 15 minutes."
    if caller.proxied:
        return "A proxy makes nobody an admin."
    return "It is the scope of the token."


def may_do(caller: Caller, index: Index) -> str:
    """What that role is for; an admin also reads whether passes obey them."""
    plain = _MAY[caller.token.scope]
    if not caller.token.may(Scope.ADMIN):
        return plain
    if index.fleet.is_admin(caller.owner):
        return f"{plain} You may let go what a safeguard holds: admins in helium.yaml names you."
    return f"{plain} What a safeguard holds you may not let go: admins in helium.yaml does not name you."


def token_lines(tokens: Sequence[Token], caller: Caller, *, now: datetime) -> tuple[TokenLine, ...]:
    """The visitor's own that still hold."""
    if not caller.owner:
        return ()
    own = (each for each in tokens if each.owner.lower() == caller.owner.lower() and each.holds(now))
    return tuple(
        TokenLine(
            each.name, each.scope.value, instant_text(each.created), instant_text(each.expires), each == caller.token
        )
        for each in own
    )
