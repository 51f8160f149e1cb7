"""What is wrong with `helium.yaml` besides what its schema says: secrets in plain text, lengths, names given twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from helium.adapters.specs.findings import Finding
from helium.adapters.specs.secret_scan import by_shape, in_settings
from helium.adapters.specs.sign_in_settings import sign_in_findings
from helium.adapters.specs.strict_yaml import Document
from helium.adapters.specs.working_hours_settings import hours_findings
from helium.core.deadlines import format_lifetime, parse_lifetime
from helium.core.digest import Json
from helium.core.fleet import Defaults, backend_name
from helium.core.spec import GOOGLE_RULE, is_noreply, refused_by_google

LONGEST_TIMEOUT = timedelta(days=1)
LONGEST_GRACE = timedelta(days=30)
LONGEST_LIFE = timedelta(days=3660)
_LISTED = 4
"""The length of a place such as `backends.NAME.secrets.0`."""
_INSTEAD = "settings must not have any, so pass it in the environment"


def check(document: Document) -> Iterator[Finding]:
    """What is wrong with settings that have the right shape, one by one or together."""
    for at in by_shape(document.value, ()):
        yield document.finding(at, f"this looks like a secret in plain text; {_INSTEAD}")
    if not isinstance(document.value, Mapping):
        return
    for at in in_settings(document.value.get("backends"), ("backends",)):
        if at[2:3] == ("secrets",) and len(at) == _LISTED:
            # The names of secrets, by the schema's pattern: what a copy of a built-in backend may read.
            continue
        yield document.finding(at, f"its key says that this is a secret, and it is in plain text; {_INSTEAD}")
    yield from _of_google(document)
    yield from _provider(document)
    yield from _lifetimes(document)
    yield from _team_lifetimes(document)
    yield from hours_findings(document)
    yield from _jobs(document)
    yield from _channels(document)
    yield from sign_in_findings(document)
    yield from _rates(document)
    timeout = _length(document.value, "limits", key="timeout")
    if timeout and timeout > LONGEST_TIMEOUT:
        yield document.finding(("limits", "timeout"), "one operation may take a day at most; write 24h or less")
    grace = _length(document.value, "limits", key="grace")
    if grace and grace > LONGEST_GRACE:
        yield document.finding(("limits", "grace"), "a destroy may wait 30 days at most; write 30d or less")
    named = document.value.get("backends")
    backends: Mapping[str, Json] = named if isinstance(named, Mapping) else {}
    for name in backends:
        if backend_name(name) != name and backend_name(name) in backends:
            sentence = f"{name} is the old name of {backend_name(name)}, which is also there; keep one of the two"
            yield document.finding(("backends", name), sentence, key=True)


def _of_google(document: Document) -> Iterator[Finding]:
    """Buckets are named after the fleet, and it cannot be renamed later."""
    name = document.value.get("fleet")
    if isinstance(name, str) and refused_by_google(name):
        yield document.finding(("fleet",), f"{name} {GOOGLE_RULE}; choose another name")


def _provider(document: Document) -> Iterator[Finding]:
    """Said here and not by the schema, which would quote what may be a passphrase."""
    secrets = document.value.get("secrets")
    if isinstance(secrets, str) and secrets != "passphrase" and "://" not in secrets:
        sentence = "write passphrase, or the URL of a key; a passphrase itself goes into HELIUM_PASSPHRASE"
        yield document.finding(("secrets",), sentence)


def _lifetimes(document: Document) -> Iterator[Finding]:
    own = Defaults()
    lifetime = _length(document.value, "defaults", key="lifetime")
    longest = _length(document.value, "defaults", key="maxLifetime")
    if longest and longest > LONGEST_LIFE:
        yield document.finding(
            ("defaults", "maxLifetime"), "a workspace may live ten years at most; write 520w or less"
        )
    if (lifetime or own.lifetime) > (longest or own.max_lifetime):
        key = "lifetime" if lifetime else "maxLifetime"
        sentence = "lifetime is longer than maxLifetime (3d and 90d where they are not set); make it shorter"
        yield document.finding(("defaults", key), sentence)


def _team_lifetimes(document: Document) -> Iterator[Finding]:
    """As under `defaults`, which hold where a team has none of its own."""
    teams, own = document.value.get("teams"), Defaults()
    for name, team in teams.items() if isinstance(teams, Mapping) else ():
        if not isinstance(team, Mapping):
            continue
        said = {key: _length(teams, name, key=key) for key in ("lifetime", "maxLifetime")}
        if said["maxLifetime"] and said["maxLifetime"] > LONGEST_LIFE:
            sentence = "a workspace may live ten years at most; write 520w or less"
            yield document.finding(("teams", name, "maxLifetime"), sentence)
        usual = said["lifetime"] or _length(document.value, "defaults", key="lifetime") or own.lifetime
        longest = said["maxLifetime"] or _length(document.value, "defaults", key="maxLifetime") or own.max_lifetime
        key = "lifetime" if said["lifetime"] else "maxLifetime"
        if said[key] and usual > longest:
            sentence = (
                f"lifetime is longer than maxLifetime ({format_lifetime(usual)} and {format_lifetime(longest)}; those "
                "under defaults hold where the team has none); make it shorter, or give the team both"
            )
            yield document.finding(("teams", name, key), sentence)


def _jobs(document: Document) -> Iterator[Finding]:
    """A rule that promises more than the fleet gives, whose owner nobody can reach, or that never comes to its turn."""
    section = document.value.get("jobs")
    allow = section.get("allow") if isinstance(section, Mapping) else None
    longest = _length(document.value, "defaults", key="maxLifetime") or Defaults().max_lifetime
    earlier = list[tuple[Json, Json, Json]]()
    for index, rule in enumerate(allow if isinstance(allow, list) else ()):
        if not isinstance(rule, Mapping):
            continue
        at = ("jobs", "allow", index)
        life = _length({"": rule}, "", key="maxLifetime")
        if life and life > longest:
            sentence = "longer than maxLifetime under defaults (90d where it is not set), which holds for jobs too"
            yield document.finding((*at, "maxLifetime"), sentence)
        owner = rule.get("owner")
        if isinstance(owner, str) and is_noreply(owner):
            yield document.finding((*at, "owner"), f"nobody reads mail to {owner}; name an address that is read")
        known = rule.get("repository"), rule.get("environment"), rule.get("ref")
        if any(each[0] == known[0] and each[1] in (None, known[1]) and each[2] in (None, known[2]) for each in earlier):
            sentence = "an earlier rule lets in all that this one would, so it never counts; put it before that one"
            yield document.finding((*at, "repository"), sentence)
        earlier.append(known)


_OF_KIND = {
    "webhook": ("url", "secret"),
    "apprise": ("secret", "schemas"),
    "mail": ("from", "secret", "to"),
    "host": (),
}
"""What only some kinds of channels have. All of it is needed, but `to`."""


def _channels(document: Document) -> Iterator[Finding]:
    """A channel that lacks what its kind needs, or that has what its kind cannot use."""
    section = document.value.get("notify")
    channels = section.get("channels") if isinstance(section, Mapping) else None
    for name, said in channels.items() if isinstance(channels, Mapping) else ():
        own = _OF_KIND.get(str(said.get("kind"))) if isinstance(said, Mapping) else None
        if own is None:
            continue
        at, kind = ("notify", "channels", name), said["kind"]
        if missing := [key for key in own if key not in said and key != "to"]:
            yield document.finding(at, f"a channel of kind {kind} needs {' and '.join(missing)}", key=True)
        for key in sorted({"url", "secret", "schemas", "from", "to"} - set(own)):
            if key in said:
                yield document.finding((*at, key), f"a channel of kind {kind} has no {key}; leave it out", key=True)
        events = said.get("events")
        if kind == "host" and isinstance(events, list) and "digest" in events:
            sentence = "a digest is about many workspaces, and no pull request asked for it; choose another channel"
            yield document.finding((*at, "events"), sentence)


def _rates(document: Document) -> Iterator[Finding]:
    """A unit with two prices: nobody would know which one counts."""
    section = document.value.get("rates")
    hourly = section.get("perHour") if isinstance(section, Mapping) else None
    monthly = section.get("perMonth") if isinstance(section, Mapping) else None
    for unit in hourly if isinstance(hourly, Mapping) else ():
        if isinstance(monthly, Mapping) and unit in monthly:
            sentence = f"{unit} has a price under perHour as well; keep one of the two"
            yield document.finding(("rates", "perMonth", unit), sentence, key=True)


def _length(value: Mapping[str, Json], section: str, *, key: str) -> timedelta | None:
    inner = value.get(section)
    text = inner.get(key) if isinstance(inner, Mapping) else None
    try:
        return parse_lifetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
