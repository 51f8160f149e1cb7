"""How you reach a workspace: five strings to paste into a shell or a browser.

Each part is checked where a string is built: an address by `ipaddress`, names by their patterns. If a part is unknown
or fails its check, the whole string is empty, so nothing that a cloud answered can inject a command into your shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from helium.core.digest import Json
from helium.core.spec import NAME

_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_ZONE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_CLUSTER = re.compile(r"[A-Za-z0-9]([-_A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_SECURE = re.compile(r"grpcs://([^:/]+):([1-9][0-9]{0,4})")
_PORT = 30651
_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True)
class Connection:
    """Commands and addresses; each is empty until it is known."""

    kubernetes: str = ""
    namespace: str = ""
    console: str = ""
    notebooks: str = ""
    pachctl: str = ""


def connection(name: str, placement: Mapping[str, Json], *, outputs: Mapping[str, str]) -> Connection:
    """From the workspace's placement (cluster, zone, project, domain) and its stack's outputs.

    `pachdAddress` says how pachd is reached; stacks of an older program have only `pachdIp`, where it is unencrypted.
    """
    if not NAME.fullmatch(name):
        return Connection()
    return Connection(
        kubernetes=_credentials(placement),
        namespace=name,
        console=_url(name, placement),
        notebooks=_url(f"jh-{name}", placement),
        pachctl=_context(name, _pachd(outputs)),
    )


def has_notebooks(fields: Mapping[str, Json] | None, outputs: Mapping[str, str]) -> bool:
    """By the stack's outputs; before there are any, by the file's `fields`, if it could be read."""
    if "notebooksUrl" in outputs:
        return bool(outputs["notebooksUrl"])
    return not (fields or {}).get("disableNotebooks")


def address(text: str) -> str:
    """An IP address in its plain form; empty for anything else, also for a scoped IPv6 address (`fe80::1%eth0`)."""
    for kind in (IPv4Address, IPv6Address):
        try:
            parsed = kind(text)
        except AddressValueError:
            continue
        return "" if "%" in text else str(parsed)
    return ""


def _part(placement: Mapping[str, Json], key: str, *, pattern: re.Pattern[str]) -> str:
    value = placement.get(key)
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _credentials(placement: Mapping[str, Json]) -> str:
    cluster, zone = _part(placement, "cluster", pattern=_CLUSTER), _part(placement, "zone", pattern=_ZONE)
    project = _part(placement, "project", pattern=_PROJECT)
    if not (cluster and zone and project):
        return ""
    return f"gcloud container clusters get-credentials {cluster} --zone {zone} --project {project}"


def _url(host: str, placement: Mapping[str, Json]) -> str:
    domain = _part(placement, "domain", pattern=_DOMAIN)
    full = f"{host}.{domain}"
    return f"https://{full}" if domain and len(full) <= _LONGEST_HOST else ""


def _pachd(outputs: Mapping[str, str]) -> str:
    """The address of pachd for pachctl. Over TLS it is a host, since a certificate names no address."""
    secure = _SECURE.fullmatch(outputs.get("pachdAddress", ""))
    if secure and _DOMAIN.fullmatch(secure[1]) and len(secure[1]) <= _LONGEST_HOST:
        return f"grpcs://{secure[1]}:{secure[2]}"
    ip = address(outputs.get("pachdIp", ""))
    host = f"[{ip}]" if ":" in ip else ip
    return f"grpc://{host}:{_PORT}" if host else ""


def _context(name: str, pachd: str) -> str:
    if not pachd:
        return ""
    config = f'{{"pachd_address": "{pachd}", "source": 2}}'
    return (
        f"echo '{config}' | tr -d \\ | pachctl config set context {name} --overwrite"
        f" && pachctl config set active-context {name}"
    )
