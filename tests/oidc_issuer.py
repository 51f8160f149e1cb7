"""An issuer of identities on loopback, with keys of its own: what a git host's CI signs for a job, and forgeries.

It also answers as a runner does when a job's step asks for its token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa

from tests.http_here import answering

AUDIENCE = "https://helium.example.com"
REPOSITORY = 4711
Key = RSAPrivateKey | EllipticCurvePrivateKey


def rsa(size: int = 2048) -> RSAPrivateKey:
    """A fresh key."""
    return new_rsa(public_exponent=65537, key_size=size)


def elliptic() -> EllipticCurvePrivateKey:
    """A fresh key of the other kind."""
    return new_ec(SECP256R1())


@dataclass(slots=True)
class OidcIssuer:
    """What it calls itself, its keys by their id, and what it was asked."""

    address: str = ""
    keys: dict[str, Key] = field(default_factory=lambda: {"one": rsa()})
    asked: list[str] = field(default_factory=list)
    away: bool = False
    about: dict[str, Any] = field(default_factory=dict)
    """What it says of itself instead."""
    request_token: str = field(default_factory=lambda: secrets.token_hex(8))
    run_id: str = "1001"
    ahead: float = 0.0
    """Seconds by which its clock is ahead."""

    def claims(self, **other: Any) -> dict[str, Any]:
        """What it says of a job. `None` leaves a claim out."""
        now = int(time.time() + self.ahead)
        said = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": "repo:acme/app:environment:integration",
            "jti": secrets.token_hex(8),
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "repository": "acme/app",
            "repository_id": str(REPOSITORY),
            "environment": "integration",
            "ref": "refs/heads/main",
            "run_id": self.run_id,
            "run_attempt": "1",
        }
        return {name: value for name, value in (said | other).items() if value is not None}

    def token(self, *, kid: str | None = "one", key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Signed with the key of that id, or with another one under that id."""
        head = {"kid": kid} if kid is not None else {}
        signer = key if key is not None else self.keys[str(kid)]
        return jwt.encode(self.claims(**claims), signer, algorithm=algorithm, headers=head)

    def jwks(self) -> dict[str, Any]:
        """Its public keys."""
        return {"keys": [public(key, kid=kid) for kid, key in self.keys.items()]}

    def answer(self, url: str, authorization: str) -> tuple[int, dict[str, Any]]:
        """By path: what it is, its keys, and a job's token for whoever has the job's own secret."""
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        self.asked.append(path)
        if path == "/token":
            if authorization != f"Bearer {self.request_token}":
                return 401, {}
            return 200, {"value": self.token(aud=query.get("audience", ["nobody"])[0])}
        if self.away:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.address, "jwks_uri": f"{self.address}/keys"} | self.about
        return 200, self.jwks()


def public(key: Key, *, kid: str) -> dict[str, Any]:
    """A public key as its issuer shows it."""
    if isinstance(key, RSAPrivateKey):
        return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}
    return {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


def by_hand(claims: dict[str, Any], *, head: dict[str, Any], signature: bytes = b"") -> str:
    """A token that no library would write."""
    parts = [json.dumps(head).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def with_secret(claims: dict[str, Any], *, head: dict[str, Any], secret: bytes) -> str:
    """Signed with something that everybody knows, as if it were a secret."""
    import hmac

    signed = by_hand(claims, head=head).rpartition(".")[0]
    return by_hand(claims, head=head, signature=hmac.new(secret, signed.encode(), hashlib.sha256).digest())


class IssuerHandler(BaseHTTPRequestHandler):
    """Answers as its issuer does."""

    issuer: OidcIssuer

    def do_GET(self) -> None:
        """JSON."""
        status, body = self.issuer.answer(self.path, self.headers.get("Authorization", ""))
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to say."""


@contextmanager
def issuing() -> Iterator[OidcIssuer]:
    """An issuer for the length of a block."""
    issuer = OidcIssuer()
    with answering(IssuerHandler, issuer=issuer) as issuer.address:
        yield issuer
