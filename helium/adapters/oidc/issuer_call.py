"""What is asked of an issuer besides its keys: a form sent to it, and what it says of a person.

Refuses redirects and large answers; waits ten seconds. It sends a secret only to an address that is as safe as the
issuer's own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from helium.adapters.oidc.issuer_keys import SECONDS, bounded, is_safe, trusted
from helium.core.sign_in_errors import IssuerAnswerError
from helium.errors import UnreachableError


@dataclass(frozen=True, slots=True)
class IssuerRequest:
    """What is sent: with a form it is a POST, else a GET."""

    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


Call = Callable[[IssuerRequest], tuple[int, bytes]]
"""The status and the body. `OSError` where nothing answers."""
_REFUSALS = range(400, 500)
_AWAY = (502, 503, 504)


def called(request: IssuerRequest) -> tuple[int, bytes]:
    """Over the network."""
    import httpx2

    until = time.monotonic() + SECONDS
    method, content = ("POST", dict(request.form)) if request.form else ("GET", None)
    try:
        with (
            httpx2.Client(timeout=SECONDS, follow_redirects=False, verify=trusted()) as client,
            client.stream(method, request.url, headers=dict(request.headers), data=content) as answer,
        ):
            return answer.status_code, bounded(answer, request.url, until=until)
    except httpx2.HTTPError as error:
        raise OSError(f"{request.url} does not answer ({type(error).__name__})") from None


def endpoint(about: Mapping[str, Any], name: str, *, issuer: str) -> str:
    """One of the addresses that an issuer has; empty where it has none. `UnreachableError` for one without https."""
    url = about.get(name)
    if not isinstance(url, str) or not url:
        return ""
    if not is_safe(url, issuer=issuer):
        raise UnreachableError(f"{issuer} says that its {name} is at an address without https, so it is not used.")
    return url


def asked(
    call: Call, url: str, *, issuer: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> Mapping[str, Any]:
    """What the issuer answers, also if that is a refusal: an object with `error`. `UnreachableError` for all else."""
    try:
        status, body = call(IssuerRequest(url, headers, form))
    except OSError as error:
        raise away(issuer, str(error)[:200]) from None
    if status in _AWAY:
        raise away(issuer, f"it answers {status}")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or status not in (200, *_REFUSALS) or (status != 200 and "error" not in said):
        # Whoever sends what a firewall there takes for an attack gets its page, and that is about them alone.
        raise IssuerAnswerError(
            f"The issuer {issuer} (`signIn.issuer` in helium.yaml) does not answer what was asked, but {status} with "
            "nothing that can be read. Try again."
        )
    if status != 200:
        return {"error": str(said["error"])[:100]}
    return said


def away(issuer: str, why: str) -> UnreachableError:
    """While nobody can know."""
    return UnreachableError(
        f"The issuer {issuer} (`signIn.issuer` in helium.yaml) does not answer: {why}. "
        "Try again in a minute. A token of this Helium signs you in meanwhile."
    )


def credentials(
    about: Mapping[str, Any], *, client_id: str, secret: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """How we show who we are: headers and fields. Without a secret, by our name alone."""
    if not secret:
        return {}, {"client_id": client_id}
    import base64

    ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" not in ways:
        return {}, {"client_id": client_id, "client_secret": secret}
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}
