"""`signIn:` of `helium.yaml`: its values, and what is wrong with them besides what the schema says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helium.core.digest import Json
from helium.core.sign_in import RoleSettings, SignInSettings, TerminalSettings

if TYPE_CHECKING:
    from helium.adapters.specs.findings import Finding
    from helium.adapters.specs.strict_yaml import Document

_FOR_EVERYBODY = {"accounts.google.com", "login.live.com"}
"""Hosts of issuers where anybody may open an account."""


def sign_in_of(section: Mapping[str, Json]) -> SignInSettings:
    """The settings of a section without flaws."""
    scopes = tuple(section["scopes"]) if "scopes" in section else ("openid", "profile", "email")
    return SignInSettings(
        issuer=section["issuer"],
        client_id=section["clientId"],
        url=section["url"],
        audience=section.get("audience", section["url"]),
        name=section.get("name", ""),
        scopes=scopes,
        mail_trusted=section.get("mailTrusted", False),
        mail_domains=tuple(each.lower() for each in section.get("mailDomains", ())),
        roles=_roles(section.get("roles", {})),
        terminal=_terminal(section["commandLine"]) if "commandLine" in section else None,
    )


def sign_in_findings(document: Document) -> Iterator[Finding]:
    """What would let in whom nobody means, or make two kinds of tokens the same."""
    section = document.value.get("signIn")
    if not isinstance(section, Mapping):
        return
    audience, client = section.get("audience", section.get("url")), section.get("clientId")
    if isinstance(audience, str) and audience == client:
        sentence = (
            "the same as clientId, so an ID token would open the API too; let the issuer have an audience for the API"
        )
        yield document.finding(("signIn", "audience" if "audience" in section else "clientId"), sentence)
    terminal = section.get("commandLine")
    if isinstance(terminal, Mapping) and isinstance(audience, str) and audience == terminal.get("clientId"):
        sentence = "the same as signIn.audience, so an ID token would open the API too; let the API have its own"
        yield document.finding(("signIn", "commandLine", "clientId"), sentence)
    issuer = section.get("issuer")
    if isinstance(issuer, str) and urlsplit(issuer).hostname in _FOR_EVERYBODY and not section.get("mailDomains"):
        sentence = "anybody may have an account there; say whom you mean with mailDomains"
        yield document.finding(("signIn", "issuer"), sentence)
    scopes = section.get("scopes")
    if isinstance(scopes, list) and "openid" not in scopes:
        yield document.finding(("signIn", "scopes"), "without openid an issuer says nothing of who a person is; add it")


def _roles(section: Mapping[str, Json]) -> RoleSettings:
    own = RoleSettings()
    return RoleSettings(
        claim=section.get("claim", own.claim),
        write=tuple(section.get("write", ())),
        admin=tuple(section.get("admin", ())),
        everyone=section.get("everyone", own.everyone),
    )


def _terminal(section: Mapping[str, Json]) -> TerminalSettings:
    own = TerminalSettings(client_id=section["clientId"])
    return TerminalSettings(
        client_id=own.client_id,
        scopes=tuple(section.get("scopes", own.scopes)),
        port=section.get("port", own.port),
        resource=section.get("resource", own.resource),
    )
