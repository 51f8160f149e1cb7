"""The document of `helium.yaml` as a `Fleet`: names turned, lengths read. It judges nothing: see `settings_check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from helium.adapters.specs.sign_in_settings import sign_in_of
from helium.core.deadlines import parse_lifetime
from helium.core.digest import Json
from helium.core.fleet import (
    Defaults,
    DriftSettings,
    Fleet,
    HostSettings,
    Limits,
    PassSchedule,
    RoutineAmounts,
    backend_name,
)
from helium.core.job_access import JobRule, JobSettings
from helium.core.lifetimes import Lifetime
from helium.core.message import OF_WORKSPACES, MessageKind
from helium.core.notify_settings import OWNER, USUAL_OF_HOST, ChannelKind, ChannelSettings, NotifySettings

if TYPE_CHECKING:
    from helium.adapters.specs.findings import Finding
    from helium.adapters.specs.strict_yaml import Document
    from helium.core.rates import Rates

_RENAMED = {"fleet": "name", "signIn": "sign_in", "trustedValues": "trusted_values"}


def fleet_of(value: Mapping[str, Json]) -> Fleet:
    """The settings of a document without flaws."""
    plain = {_RENAMED.get(key, key): inner for key, inner in value.items()}
    plain |= {key: tuple(plain[key]) for key in ("sandbox", "trusted_values", "admins") if key in plain}
    plain["vouched"] = {name: tuple(known) for name, known in plain.get("vouched", {}).items()}
    plain["defaults"] = _defaults(plain.get("defaults", {}))
    plain["limits"] = _limits(plain.get("limits", {}))
    plain["drift"] = _drift(plain["drift"]) if "drift" in plain else None
    plain |= _sections(plain)
    plain |= _teams(plain.pop("teams", {}), plain["defaults"])
    if "workingHours" in plain:
        # Few fleets have them.
        from helium.adapters.specs.working_hours_settings import hours_of

        plain["working_hours"] = hours_of(plain.pop("workingHours"))
    plain["rates"] = _rates(plain["rates"]) if "rates" in plain else None
    if "every" in (schedule := plain.pop("schedule", {})):
        plain["schedule"] = PassSchedule(parse_lifetime(schedule["every"]))
    plain["backends"] = {backend_name(name): inner for name, inner in plain.get("backends", {}).items()}
    return Fleet(**plain)


def _sections(plain: Mapping[str, Json]) -> dict[str, Json]:
    """The sections that are there or not, as values."""
    found: dict[str, Json] = {}
    if isinstance(write := plain.get("write"), Mapping):
        found["write"] = write["by"]
        if "interval" in write:
            found["write_interval"] = parse_lifetime(write["interval"])
    if "host" in plain:
        found["host"] = HostSettings(**plain["host"])
    if "routine" in plain:
        found["routine"] = RoutineAmounts(**plain["routine"])
    for key, read in (("jobs", _jobs), ("notify", _notify), ("sign_in", sign_in_of)):
        if key in plain:
            found[key] = read(plain[key])
    return found


def readable_part(document: Document, flawed: Iterable[Finding]) -> Fleet:
    """What to read specs with while `helium.yaml` has flaws: the keys without flaws, and every backend's name."""
    if not isinstance(document.value, Mapping):
        return Fleet("fleet")
    bad = {finding.at[0] for finding in flawed if finding.at}
    good = {key: inner for key, inner in document.value.items() if key not in bad}
    backends = document.value.get("backends")
    if "backends" in bad and isinstance(backends, Mapping):
        good["backends"] = {name: {} for name in backends}
    return fleet_of({"fleet": "fleet", **good})


def _defaults(section: Mapping[str, Json]) -> Defaults:
    own = Defaults()
    return Defaults(
        backend=backend_name(section.get("backend", own.backend)),
        lifetime=parse_lifetime(section["lifetime"]) if "lifetime" in section else own.lifetime,
        max_lifetime=parse_lifetime(section["maxLifetime"]) if "maxLifetime" in section else own.max_lifetime,
    )


def _limits(section: Mapping[str, Json]) -> Limits:
    own = Limits()
    return Limits(
        deletes=int(section.get("deletes", own.deletes)),
        parallel=int(section.get("parallel", own.parallel)),
        timeout=parse_lifetime(section["timeout"]) if "timeout" in section else own.timeout,
        per_owner=section.get("perOwner"),
        per_team=section.get("perTeam"),
        fleet=section.get("fleet"),
        grace=parse_lifetime(section["grace"]) if "grace" in section else own.grace,
    )


def _teams(teams: Mapping[str, Json], defaults: Defaults) -> dict[str, Json]:
    lives = {name: team for name, team in teams.items() if {"lifetime", "maxLifetime"} & team.keys()}
    return {
        "team_lifetimes": {
            name: Lifetime(
                usual=parse_lifetime(team["lifetime"]) if "lifetime" in team else defaults.lifetime,
                longest=parse_lifetime(team["maxLifetime"]) if "maxLifetime" in team else defaults.max_lifetime,
            )
            for name, team in lives.items()
        },
        "teams": {name: int(team["quota"]) for name, team in teams.items() if "quota" in team},
        "managers": {name: tuple(team["managers"]) for name, team in teams.items() if "managers" in team},
    }


def _rates(section: Mapping[str, Json]) -> Rates:
    # Few commands need prices, and exact sums.
    from helium.core.rates import Rates

    return Rates.of(section)


def _jobs(section: Mapping[str, Json]) -> JobSettings:
    rules = tuple(_job_rule(each) for each in section.get("allow", ()))
    return JobSettings(issuer=section["issuer"], audience=section["audience"], allow=rules)


def _job_rule(rule: Mapping[str, Json]) -> JobRule:
    own = JobRule(repository=rule["repository"], owner=rule["owner"])
    return replace(
        own,
        max_lifetime=parse_lifetime(rule["maxLifetime"]) if "maxLifetime" in rule else own.max_lifetime,
        environment=rule.get("environment", ""),
        ref=rule.get("ref", ""),
        at_once=rule.get("atOnce", own.at_once),
        backends=tuple(backend_name(each) for each in rule.get("backends", ())),
    )


def _notify(section: Mapping[str, Json]) -> NotifySettings:
    channels = {name: _channel(name, each) for name, each in section["channels"].items()}
    return NotifySettings(url=section.get("url", ""), channels=channels)


def _channel(name: str, said: Mapping[str, Json]) -> ChannelSettings:
    kind = ChannelKind(said["kind"])
    usual = USUAL_OF_HOST if kind is ChannelKind.HOST else OF_WORKSPACES
    return ChannelSettings(
        name=name,
        kind=kind,
        events=tuple(MessageKind(each) for each in said["events"]) if "events" in said else usual,
        teams=tuple(said.get("teams", ())),
        to=tuple(said.get("to", (OWNER,) if kind is ChannelKind.MAIL else ())),
        url=said.get("url", ""),
        secret=said.get("secret", ""),
        sender=said.get("from", ""),
        schemas=tuple(said.get("schemas", ())),
    )


def _drift(section: Mapping[str, Json]) -> DriftSettings:
    own = DriftSettings()
    return DriftSettings(
        every=parse_lifetime(section["every"]) if "every" in section else own.every,
        sample=int(section.get("sample", own.sample)),
        budget=parse_lifetime(section["budget"]) if "budget" in section else own.budget,
        repair=bool(section.get("repair", own.repair)),
    )
