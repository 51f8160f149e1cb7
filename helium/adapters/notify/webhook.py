"""A webhook: the message as JSON, signed as GitHub signs its own calls, with an id that a receiver can know again.

Nothing of the answer is used but its status, so the address in `helium.yaml` reads nothing for whoever wrote it there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from helium.adapters.notify.addresses import AddressRefusedError, judged
from helium.adapters.notify.within import within
from helium.ports.channels import Outgoing, Receipt

SIGNATURE, DELIVERY, EVENT, ATTEMPT = (
    "X-Hub-Signature-256",
    "X-Helium-Delivery",
    "X-Helium-Event",
    "X-Helium-Attempt",
)
_OF_THE_MESSAGE = (400, 413, 415, 422)
"""What a receiver answers to a message that it can never take."""
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Webhook:
    """The port `Channel`. `networks`: private ones that calls may go to. `environ` has the certificates' file."""

    url: str
    key: str = field(repr=False)
    networks: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """One signed POST."""
        return within(seconds, lambda: self._post(one, seconds=seconds))

    def close(self) -> None:
        """Each call has a connection of its own."""

    def _post(self, one: Outgoing, *, seconds: float) -> Receipt:
        from httpx2 import Client, HTTPError

        parts = urlsplit(self.url)
        host, plain = parts.hostname or "", parts.scheme == "http"
        port = parts.port or (80 if plain else 443)
        try:
            address = judged(host, port, allowed=self.networks, plain=plain)
        except AddressRefusedError as error:
            return Receipt(False, str(error))
        except OSError:
            return Receipt(False, f"nobody knows the address of {host}")
        body = signed_body(one)
        shown = f"[{address}]" if ":" in address else address
        url = f"{parts.scheme}://{shown}:{port}{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        try:
            with (
                Client(verify=self._trusted(plain), trust_env=False, follow_redirects=False, timeout=seconds) as client,
                client.stream(
                    "POST",
                    url,
                    content=body,
                    headers={"Host": parts.netloc, **headers_of(one, body, key=self.key)},
                    extensions={"sni_hostname": host},
                ) as answer,
            ):
                # The body is left unread: it is of no use here, and may have no end.
                return _receipt(answer.status_code, answer.headers.get("Retry-After", ""))
        except HTTPError as error:
            return Receipt(False, f"it does not answer ({type(error).__name__})")

    def _trusted(self, plain: bool) -> ssl.SSLContext | bool:
        return False if plain else ssl.create_default_context(cafile=self.environ.get("SSL_CERT_FILE") or None)


def signed_body(one: Outgoing) -> bytes:
    """The document, with the id of its delivery, so that the signature covers that too."""
    return json.dumps({"delivery": one.id, **one.document}, ensure_ascii=False, sort_keys=True).encode()


def headers_of(one: Outgoing, body: bytes, *, key: str) -> dict[str, str]:
    """What goes with it."""
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "helium",
        SIGNATURE: f"sha256={signature}",
        DELIVERY: one.id,
        EVENT: one.message.kind.value,
        ATTEMPT: str(one.tries),
    }


def _receipt(status: int, retry_after: str) -> Receipt:
    if 200 <= status < 300:
        return Receipt(True)
    if 300 <= status < 400:
        return Receipt(False, f"it answers {status}, and Helium follows no redirect; write the address that is meant")
    if status in _OF_THE_MESSAGE:
        return Receipt(False, f"it takes no such message ({status})", for_good=True)
    return Receipt(False, f"it answers {status}", retry_at=_retry_at(retry_after))


def _retry_at(text: str) -> datetime | None:
    """When it wants to be asked again, within bounds; `None` where it does not say."""
    now = datetime.now(UTC)
    try:
        at = now + timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text)
        return min(at if at.tzinfo else at.replace(tzinfo=UTC), now + _LONGEST_WAIT)
    except (ValueError, OverflowError):
        return None
