"""Who signs in by an issuer of OpenID Connect, and what they may do: `signIn:` in `helium.yaml`. Pure.

A person is an issuer and a subject. Their mail is the owner's name only where somebody vouches for it. What the groups
of a person give is read again at least every fifteen minutes. Missing facts give the least: who has no mail that counts
may read, and so may whoever is in too many groups for the issuer to name them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helium.core.digest import Json
from helium.core.sign_in_errors import NotAdmittedError, SignInError

CALLBACK = "/sign-in/callback"
"""The page to which an issuer sends people back; it must know the whole address."""
READ, WRITE, ADMIN, NONE = "read", "write", "admin", "none"
RENEW_AFTER = timedelta(minutes=10)
"""When what a person may do is read again, if that is possible without them."""
GOOD_FOR = timedelta(minutes=15)
"""How long what was read counts. Then it has to be read again before anything else."""
MOST_GROUPS = 1000
_LONGEST = 255
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSettings:
    """Which groups give what. `claim`: where an issuer names the groups; `everyone`: what the others may do."""

    claim: str = "groups"
    write: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    everyone: str = READ


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSettings:
    """How the command line signs in: its own client at the issuer, which has no secret. `port`: 0 is any free one.

    `resource`: whether to name the audience to the issuer, as RFC 8707 and Auth0 want it.
    """

    client_id: str
    scopes: tuple[str, ...] = ("openid", "profile", "email", "offline_access")
    port: int = 0
    resource: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """`url`: where people reach the pages. `audience`: for whom access tokens of the API must be made.

    `mail_trusted`: mails of this issuer count although it does not call them verified. `mail_domains`: only people
    with a mail there are let in; none named: all whom the issuer lets in.
    """

    issuer: str
    client_id: str
    url: str
    audience: str
    name: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    mail_trusted: bool = False
    mail_domains: tuple[str, ...] = ()
    roles: RoleSettings = field(default_factory=RoleSettings)
    terminal: TerminalSettings | None = None

    @property
    def label(self) -> str:
        """How the issuer is called on the page."""
        return self.name or self.issuer.partition("://")[2].partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who an issuer says that somebody is. `mail`: only where it counts; `read_at`: when the issuer said so.

    `group`: the one that gives the role; empty where everyone has it.
    """

    issuer: str
    subject: str
    mail: str
    name: str
    role: str
    read_at: datetime
    group: str = ""

    @property
    def id(self) -> str:
        """No two people have the same; it is no mail, so it owns nothing."""
        return f"{self.subject} at {self.issuer}"

    @property
    def owner(self) -> str:
        """The owner's name."""
        return self.mail or self.id

    def is_same(self, other: Person) -> bool:
        """Whether they are one person, whatever is said of them."""
        return (self.issuer, self.subject) == (other.issuer, other.subject)

    def is_old(self, now: datetime, *, after: timedelta = GOOD_FOR) -> bool:
        """Whether it was said too long ago; a time to come counts as that as well."""
        return not -timedelta(minutes=1) < now - self.read_at < after


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInStart:
    """What the browser keeps while a person is at the issuer. `silent`: the issuer asks nothing of them.

    Each of the texts is random: `state` comes back with the answer, `nonce` in the token, and whoever has no `verifier`
    can do nothing with the code.
    """

    state: str
    nonce: str
    verifier: str = field(repr=False)
    issuer: str
    client_id: str
    to: str
    until: datetime
    silent: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and what their claims can be renewed with, which only its maker reads; empty: nothing can."""

    person: Person
    renewal: str = field(default="", repr=False)


def person_of(claims: Mapping[str, Json], settings: SignInSettings, *, now: datetime) -> Person:
    """The person of these claims, which are checked. `SignInError`, or `NotAdmittedError` for whom is not let in."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST or not subject.isprintable():
        raise SignInError("its subject is not a text of at most 255 characters")
    mail = _mail(claims, settings)
    if settings.mail_domains and mail.rpartition("@")[2] not in settings.mail_domains:
        raise NotAdmittedError(_other_mail(claims, mail))
    role, group = _role(claims, settings.roles)
    if role == NONE:
        raise NotAdmittedError(
            "You are in no group that this Helium lets in (signIn.roles in helium.yaml). Ask an admin."
        )
    name = claims.get("name")
    return Person(
        issuer=settings.issuer,
        subject=subject,
        mail=mail,
        name=name[:100] if isinstance(name, str) and name.isprintable() else "",
        role=role if mail else READ,
        read_at=now,
        group=group,
    )


def is_mail(text: str) -> bool:
    """Whether a text is a mail address, and nothing else."""
    return len(text) <= _LONGEST and _MAIL.fullmatch(text) is not None


def _mail(claims: Mapping[str, Json], settings: SignInSettings) -> str:
    """The mail, if somebody vouches for it. Some issuers write `true` as a text."""
    mail = claims.get("email")
    if not isinstance(mail, str) or not is_mail(mail):
        return ""
    said = claims.get("email_verified")
    return mail.lower() if said is True or said == "true" or settings.mail_trusted else ""


def _other_mail(claims: Mapping[str, Json], mail: str) -> str:
    if not mail and claims.get("email"):
        return (
            "Your issuer does not say that your mail address is verified, and only verified ones are let in here. "
            "Verify it there, or ask an admin about signIn.mailTrusted."
        )
    return "Your mail address is not of a domain that this Helium lets in (signIn.mailDomains in helium.yaml)."


def _role(claims: Mapping[str, Json], roles: RoleSettings) -> tuple[str, str]:
    """What the groups give, and which of them. An issuer that leaves them out, as too many, gives what everyone has."""
    groups = _groups(claims, roles.claim)
    for role, giving in ((ADMIN, roles.admin), (WRITE, roles.write)):
        if found := groups & {*giving}:
            return role, min(found)
    return roles.everyone, ""


def _groups(claims: Mapping[str, Json], claim: str) -> frozenset[str]:
    """By the claim's name, else by a path of names with dots between. One group may stand alone, as a text."""
    value: Json = claims.get(claim)
    if value is None and "." in claim:
        value = claims
        for part in claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or len(listed) > MOST_GROUPS:
        return frozenset()
    return frozenset(each for each in listed if isinstance(each, str))
