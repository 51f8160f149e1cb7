"""What `gcp-namespace` needs around its clusters: names that lead to them, and an issuer that signs people in.

All are asked at once, for a few seconds. It sends nothing but the question, and refuses to follow an issuer elsewhere.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from helium.app.check import Check
from helium.core.digest import Json
from helium.core.fleet import Fleet

WITHIN = 5.0
"""Seconds for each answer: a person waits for it."""
KIND = "gcp-namespace"
PROBE = "helium-doctor"
"""A name that no workspace has: only a wildcard answers for it."""
DOCUMENT = "/.well-known/openid-configuration"
_MOST = 64 * 1024
Resolve = Callable[[str], object]


def place_checks(fleet: Fleet, *, resolve: Resolve | None = None) -> Iterator[Check]:
    """A check for each domain and each issuer that the fleet's entries of `gcp-namespace` name."""
    if "gcp" in fleet.sandbox:
        return
    entries = [entry for name, entry in sorted(fleet.backends.items()) if fleet.kind_of(name) == KIND]
    domains, issuers = (_texts(entries, key) for key in ("domain", "auth0Domain"))
    with ThreadPoolExecutor(max(1, len(domains) + len(issuers))) as pool:
        looks = [pool.submit(_domain, each, resolve or _resolved) for each in domains]
        looks += [pool.submit(_issuer, each) for each in issuers]
        for what, look in zip(
            [f"dns {each}" for each in domains] + [f"issuer {each}" for each in issuers], looks, strict=True
        ):
            yield _in_time(what, look)


def _texts(entries: list[Mapping[str, Json]], key: str) -> list[str]:
    return sorted({value for entry in entries if isinstance(value := entry.get(key), str) and value})


def _in_time(what: str, look: Future[Check]) -> Check:
    try:
        return look.result(2 * WITHIN)
    except LateError:
        return Check(what, False, f"there is no answer within {2 * WITHIN:g} seconds", "helium doctor")


def _domain(domain: str, resolve: Resolve) -> Check:
    name = f"{PROBE}.{domain}"
    try:
        resolve(name)
    except OSError as error:
        todo = f"add a wildcard record *.{domain} that leads to the ingress controller"
        why = f"{name} has no address ({error.strerror or error}), so no workspace would; {todo}"
        return Check(f"dns {domain}", False, why, f"dig {name}")
    return Check(f"dns {domain}", True, f"any name below it has an address, as {name}")


def _resolved(name: str) -> object:
    return socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)


def _issuer(issuer: str) -> Check:
    what, url = f"issuer {issuer}", f"{issuer.rstrip('/')}{DOCUMENT}"
    curl = f"curl -i {url}"
    try:
        status, body = _answer(url)
    except (OSError, HTTPException) as error:
        return Check(what, False, f"{url} does not answer ({error}); is auth0Domain right?", curl)
    if status != 200:
        return Check(what, False, f"{url} answered {status}; is auth0Domain right?", curl)
    try:
        said = json.loads(body)
        named = said.get("issuer") if isinstance(said, dict) else None
    except ValueError:
        named = None
    if named != issuer:
        why = f"{url} says that the issuer is {str(named)[:80]!r}; Pachyderm compares that letter by letter"
        return Check(what, False, f"{why}, so set auth0Domain to exactly that", curl)
    return Check(what, True, "it signs people in under exactly that name")


def _answer(url: str) -> tuple[int, bytes]:
    place = urlsplit(url)
    connection = (HTTPSConnection if place.scheme == "https" else HTTPConnection)(place.netloc, timeout=WITHIN)
    try:
        connection.request("GET", place.path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST)
    finally:
        connection.close()
