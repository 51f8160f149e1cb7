"""An issuer of OpenID Connect on loopback that signs people in, and lies where a test wants it to.

It asks nobody anything: whoever comes is the person that the test set. The slow tests have a real one, `oidc-provider`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

from tests.http_here import answering
from tests.oidc_issuer import Key, public, rsa

CLIENT, SECRET, CLI = "helium-pages", "s3cret &+%", "helium-cli"
URL = "https://helium.example.com"
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Somebody:
    """A person as the issuer knows them."""

    subject: str = "ada-1"
    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada Lovelace",
            "groups": ["sales"],
        }
    )
    disabled: bool = False


@dataclass(slots=True)
class SignInIssuer:
    """What it says, and what it was asked. `also`: claims of the next tokens, in the place of the usual ones."""

    address: str = ""
    keys: dict[str, Key] = field(default_factory=lambda: {"one": rsa()})
    person: Somebody = field(default_factory=Somebody)
    about: dict[str, Any] = field(default_factory=dict)
    also: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    """Members of the token endpoint's answer, in the place of the usual ones; `None` leaves one out."""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """By path, instead of the usual."""
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refreshes: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    devices: dict[str, str] = field(default_factory=dict)
    """What becomes of each device code: an error, or `yes`."""
    away: bool = False
    ahead: float = 0.0
    renews: bool = True
    in_userinfo: bool = False
    """Whether mail and groups are in the userinfo alone."""

    def discovery(self) -> dict[str, Any]:
        """What it says of itself."""
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
            "end_session_endpoint": "end",
            "revocation_endpoint": "revoke",
            "device_authorization_endpoint": "device",
        }
        own = {"issuer": self.address, "authorization_response_iss_parameter_supported": True}
        said = own | {name: f"{self.address}/{path}" for name, path in paths.items()} | self.about
        return {name: value for name, value in said.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], *, kid: str = "one", key: Any = None, algorithm: str = "RS256") -> str:
        """With one of its keys, or with another under that id."""
        said = {name: value for name, value in {**claims, **self.also}.items() if value is not None}
        return jwt.encode(said, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid, **self.head})

    def base(self, audience: str) -> dict[str, Any]:
        """What each of its tokens says."""
        now = int(time.time() + self.ahead)
        return {"iss": self.address, "sub": self.person.subject, "aud": audience, "iat": now, "exp": now + 3600}

    def id_token(self, *, nonce: str | None = None, client: str = CLIENT, **signing: Any) -> str:
        """For a client."""
        more = {} if self.in_userinfo else self.person.claims
        return self.signed({**self.base(client), "nonce": nonce, **more}, **signing)

    def access_token(self, *, audience: str = URL, **signing: Any) -> str:
        """For an API."""
        claims = {**self.base(audience), "client_id": CLI, "jti": secrets.token_hex(8), **self.person.claims}
        return self.signed(claims, **signing)

    def authorize(self, query: dict[str, str]) -> str:
        """Where the person is sent back to, with a code."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.address}
        if query.get("prompt") == "none" and self.person.disabled:
            back = {"error": "login_required", "state": query["state"], "iss": self.address}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """For a code, a refresh token or a device code, each once."""
        self.forms.append({**form, "authorization": authorization})
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            return self._for_code(form, authorization)
        if kind == "refresh_token":
            client = self.refreshes.pop(form.get("refresh_token", ""), None)
            if client is None or self.person.disabled:
                return 400, {"error": "invalid_grant"}
            return 200, self._tokens(client)
        state = self.devices.get(form.get("device_code", ""), "expired_token")
        return (200, self._tokens(CLI)) if state == "yes" else (400, {"error": state})

    def _for_code(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if asked["client_id"] == CLIENT and not authorization.startswith("Basic "):
            return 401, {"error": "invalid_client"}
        return 200, self._tokens(asked["client_id"], nonce=asked.get("nonce"))

    def _tokens(self, client: str, *, nonce: str | None = None) -> dict[str, Any]:
        said: dict[str, Any] = {"access_token": self.access_token(), "token_type": "Bearer", "expires_in": 600}
        said["id_token"] = self.id_token(nonce=nonce, client=client)
        if self.renews:
            said["refresh_token"] = secrets.token_urlsafe(16)
            self.refreshes[said["refresh_token"]] = client
        return {name: value for name, value in {**said, **self.given}.items() if value is not None}

    def answer(self, method: str, url: str, *, form: dict[str, str], authorization: str) -> tuple[int, Any, str]:
        """Status, body, and where to go instead."""
        path, query = urlsplit(url).path, dict(parse_qsl(urlsplit(url).query))
        self.asked.append(path)
        if self.away:
            return 503, {}, ""
        if path in self.answers:
            return *self.answers[path], ""
        if path == "/authorize":
            return 303, {}, self.authorize(query)
        if path == "/end":
            return 303, {}, query["post_logout_redirect_uri"]
        if path == "/token":
            return *self.token(form, authorization), ""
        if path == "/revoke":
            self.revoked.append(form["token"])
            return 200, {}, ""
        if path == "/device":
            self.forms.append(form)
            self.devices.setdefault("device-1", "authorization_pending")
            return 200, self._device(), ""
        if path == "/userinfo":
            return 200, {"sub": self.person.subject, **self.person.claims, **self.also}, ""
        if path == "/keys":
            return 200, {"keys": [public(key, kid=kid) for kid, key in self.keys.items()]}, ""
        return 200, self.discovery(), ""

    def _device(self) -> dict[str, Any]:
        said = {"device_code": "device-1", "user_code": "WXYZ-1234", "verification_uri": f"{self.address}/confirm"}
        return {**said, "expires_in": 600, "interval": 0.05}


class SignInHandler(BaseHTTPRequestHandler):
    """Answers as its issuer does."""

    issuer: SignInIssuer

    def do_GET(self) -> None:
        """Pages and facts."""
        self._answer("GET", {})

    def do_POST(self) -> None:
        """Forms."""
        length = int(self.headers.get("Content-Length", "0"))
        self._answer("POST", dict(parse_qsl(self.rfile.read(length).decode())))

    def _answer(self, method: str, form: dict[str, str]) -> None:
        authorization = self.headers.get("Authorization", "")
        status, body, to = self.issuer.answer(method, self.path, form=form, authorization=authorization)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if to:
            self.send_header("Location", to)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to say."""


@contextmanager
def signing_in() -> Iterator[SignInIssuer]:
    """An issuer for the length of a block."""
    issuer = SignInIssuer()
    with answering(SignInHandler, issuer=issuer) as issuer.address:
        yield issuer
