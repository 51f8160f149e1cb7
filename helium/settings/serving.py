"""What a machine tells the two that run for long: where to listen, whom to trust, how to log.

Secrets are kept out of the printed form. Refuses values that make no sense, before anything is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

from helium.errors import UsageError

T = TypeVar("T")
PORT = 2323
SHORTEST_TOKEN = 16
"""Characters of a token that a person chooses: a shorter one can be guessed, ten tries a minute from each address."""
LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How to serve."""

    bind: str = LOCAL
    """HELIUM_BIND: the address to listen on; by default, this machine alone."""

    port: int = PORT
    """HELIUM_PORT."""

    token: str | None = field(default=None, repr=False)
    """HELIUM_TOKEN: one admin token, for small set-ups."""

    token_owner: str | None = None
    """HELIUM_TOKEN_OWNER: for whom that token asks. None: whom git's settings name."""

    tokens: Path | None = None
    """HELIUM_TOKENS: the file with the tokens. None: `.helium/tokens.jsonl` in the fleet's folder."""

    mirrors: Path | None = None
    """HELIUM_MIRRORS: where each process keeps its mirror of the remote. None: `.helium/mirrors` in the fleet."""

    git_token: str = field(default="", repr=False)
    """HELIUM_GIT_TOKEN: opens an https remote, where its URL brings no credentials."""

    hook_secret: str = field(default="", repr=False)
    """HELIUM_HOOK_SECRET: what the host signs its calls of /hooks/git with. Empty: none is taken."""

    session_key: str = field(default="", repr=False)
    """HELIUM_SESSION_KEY: signs the pages' cookies and CI jobs' tokens. Empty: one that is kept beside the tokens."""

    proxy_secret: str = field(default="", repr=False)
    """HELIUM_PROXY_SECRET: what a trusted proxy sends with whom it signed in. Empty: no proxy says who somebody is."""

    sign_in_secret: str = field(default="", repr=False)
    """HELIUM_SIGN_IN_SECRET: that of the pages' client at the issuer of `signIn:`. Empty: the client has none."""

    plain_http: bool = False
    """HELIUM_PLAIN_HTTP: cookies over http too, for browsers that take no secure one from localhost."""

    trusted_proxies: tuple[str, ...] = ()
    """HELIUM_TRUSTED_PROXIES: networks, with commas between, whose X-Forwarded-… headers are believed."""

    metrics_port: int | None = None
    """HELIUM_METRICS_PORT: a second port on this machine, for /metrics and /readyz without a token. None: no such."""

    follow_every: float = 15.0
    """HELIUM_FOLLOW_EVERY: seconds between two looks at the pull requests that Helium opened."""

    log: str | None = None
    """HELIUM_LOG: `text` or `json`. None: text on a terminal, else JSON."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Serving:
        """Read an environment; `UsageError` for a value that makes no sense."""
        given = {name: text for name, text in environ.items() if text}
        return cls(
            bind=given.get("HELIUM_BIND", LOCAL),
            port=_read(given, "HELIUM_PORT", read=_port, says=f"write a port, like {PORT}") or PORT,
            token=_read(
                given,
                "HELIUM_TOKEN",
                read=_token,
                says=f"a token has at least {SHORTEST_TOKEN} characters; `openssl rand -hex 16` writes one",
                secret=True,
            ),
            token_owner=given.get("HELIUM_TOKEN_OWNER"),
            tokens=_read(given, "HELIUM_TOKENS", read=_path),
            mirrors=_read(given, "HELIUM_MIRRORS", read=_path),
            git_token=given.get("HELIUM_GIT_TOKEN", ""),
            hook_secret=given.get("HELIUM_HOOK_SECRET", ""),
            session_key=_secret(given, "HELIUM_SESSION_KEY"),
            proxy_secret=_secret(given, "HELIUM_PROXY_SECRET"),
            sign_in_secret=given.get("HELIUM_SIGN_IN_SECRET", ""),
            plain_http=given.get("HELIUM_PLAIN_HTTP", "0") not in {"0", "false", "no"},
            trusted_proxies=_read(
                given, "HELIUM_TRUSTED_PROXIES", read=_networks, says="write networks, like 10.0.0.0/8,192.168.1.7"
            )
            or (),
            metrics_port=_read(given, "HELIUM_METRICS_PORT", read=_port, says=f"write a port, like {PORT + 1}"),
            follow_every=_read(given, "HELIUM_FOLLOW_EVERY", read=_seconds, says="write seconds, like 15") or 15.0,
            log=_read(given, "HELIUM_LOG", read=_log, says="write text or json"),
        )


def _read(
    given: Mapping[str, str], name: str, *, read: Callable[[str], T], says: str = "", secret: bool = False
) -> T | None:
    if name not in given:
        return None
    try:
        return read(given[name].strip())
    except ValueError:
        raise UsageError(f"{name} is {'too short' if secret else repr(given[name])}; {says}") from None


def _secret(given: Mapping[str, str], name: str) -> str:
    """Empty where none is given. Whoever has something that was made with a short one tries all that there are."""
    says = f"it has at least {SHORTEST_TOKEN} characters; `openssl rand -hex 16` writes one"
    return _read(given, name, read=_token, says=says, secret=True) or ""


def _token(text: str) -> str:
    if len(text) < SHORTEST_TOKEN:
        raise ValueError(text)
    return text


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 1 << 16:
        raise ValueError(text)
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise ValueError(text)
    return seconds


def _networks(text: str) -> tuple[str, ...]:
    return tuple(str(ip_network(each.strip())) for each in text.split(",") if each.strip())


def _log(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError(text)
    return text
