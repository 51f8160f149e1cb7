"""The document of `helium.yaml` as a `Fleet`: names turned, lengths read, and what the schema cannot say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from helium.adapters.specs.findings import Finding
from helium.adapters.specs.reader import Document
from helium.adapters.specs.secret_scan import by_shape, in_settings
from helium.core.deadlines import parse_lifetime
from helium.core.digest import Json
from helium.core.fleet import Defaults, Fleet, Limits, backend_name

LONGEST_TIMEOUT = timedelta(days=1)
LONGEST_LIFE = timedelta(days=3660)
_INSTEAD = "settings must not have any, so pass it in the environment"
_RENAMED = {"fleet": "name", "trustedValues": "trusted_values"}


def check(document: Document) -> Iterator[Finding]:
    """What is wrong with settings that have the right shape, one by one or together."""
    for at in by_shape(document.value, ()):
        yield document.finding(at, f"this looks like a secret in plain text; {_INSTEAD}")
    if not isinstance(document.value, Mapping):
        return
    for at in in_settings(document.value.get("backends"), ("backends",)):
        yield document.finding(at, f"its key says that this is a secret, and it is in plain text; {_INSTEAD}")
    yield from _provider(document)
    yield from _lifetimes(document)
    timeout = _length(document.value, "limits", key="timeout")
    if timeout and timeout > LONGEST_TIMEOUT:
        yield document.finding(("limits", "timeout"), "one operation may take a day at most; write 24h or less")
    named = document.value.get("backends")
    backends: Mapping[str, Json] = named if isinstance(named, Mapping) else {}
    for name in backends:
        if backend_name(name) != name and backend_name(name) in backends:
            sentence = f"{name} is the old name of {backend_name(name)}, which is also there; keep one of the two"
            yield document.finding(("backends", name), sentence, key=True)


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


def _length(value: Mapping[str, Json], section: str, *, key: str) -> timedelta | None:
    inner = value.get(section)
    text = inner.get(key) if isinstance(inner, Mapping) else None
    try:
        return parse_lifetime(text) if isinstance(text, str) else None
    except ValueError:
        return None


def fleet_of(value: Mapping[str, Json]) -> Fleet:
    """The settings of a document without flaws."""
    plain = {_RENAMED.get(key, key): inner for key, inner in value.items()}
    if "sandbox" in plain:
        plain["sandbox"] = tuple(plain["sandbox"])
    if "trusted_values" in plain:
        plain["trusted_values"] = tuple(plain["trusted_values"])
    plain["vouched"] = {name: tuple(known) for name, known in plain.get("vouched", {}).items()}
    plain["defaults"] = _defaults(plain.get("defaults", {}))
    plain["limits"] = _limits(plain.get("limits", {}))
    plain["backends"] = {backend_name(name): inner for name, inner in plain.get("backends", {}).items()}
    return Fleet(**plain)


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
    )
