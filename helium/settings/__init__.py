"""Everything that Helium reads from its environment, read once and in one place.

A fleet's own settings are in `helium.yaml`; here is only what differs from machine to machine, and what is secret.
Refuses values that cannot mean anything; an empty variable counts as one that is not set.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helium.errors import UsageError

PULUMI_VERSION = "3.258.0"
"""The Pulumi that `tools/` builds into the cache."""
PROVIDER_VERSION = "4.23.0"
"""The provider of Kubernetes that it builds, which belongs to the SDK."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says; secrets are kept out of its printed form."""

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment itself, for adapters that hand a listed part of it to other programs."""

    sandbox: tuple[str, ...] | None = None
    """HELIUM_SANDBOX: providers that the sandbox stands in for, instead of `sandbox:`; `none` is no provider."""

    pulumi: Path | None = None
    """HELIUM_PULUMI: the Pulumi to use. None: that of the PATH, else the one in the cache."""

    cache: Path = Path("~/.cache/helium")
    """HELIUM_CACHE: the user's one cache folder, shared by all clones, since building Pulumi takes minutes."""

    config: Path = Path("~/.config/helium")
    """XDG_CONFIG_HOME, with `helium` after it: where the servers are kept at which a person signed in."""

    server: str = ""
    """HELIUM_SERVER: the server at which commands work that can do so."""

    token: str = field(default="", repr=False)
    """HELIUM_TOKEN: what that server, or the one that --server names, takes instead of what `helium login` keeps."""

    hurry: float | None = None
    """Seconds in which a keyring must answer and an issuer be reached, for a key press. None: as a person needs."""

    passphrase: str | None = field(default=None, repr=False)
    """HELIUM_PASSPHRASE, else PULUMI_CONFIG_PASSPHRASE, else the first line of the file that
    PULUMI_CONFIG_PASSPHRASE_FILE names: what encrypts the secrets in the state."""

    remote: str | None = None
    """HELIUM_REMOTE: the remote whose main branch is the truth. None: the only one, else `origin`."""

    main: str | None = None
    """HELIUM_MAIN: the main branch's name. None: the remote's own, else `main`."""

    push_rest: float | None = None
    """HELIUM_WRITE_INTERVAL: seconds between two pushes. None: what the host wants."""

    notify_networks: tuple[str, ...] = ()
    """HELIUM_NOTIFY_NETWORKS: private networks that webhooks of `notify:` may reach, with commas between."""

    host: str = "localhost"
    """HELIUM_HOST: how this machine is named in records and leases, since a name in CI says nothing by itself."""

    run_url: str = ""
    """HELIUM_RUN_URL: the page of this run; on GitHub and Gitea it is built from their own variables."""

    run_id: str | None = None
    """The id that CI gave this run, with its attempt. None: Helium makes one."""

    actor: str = ""
    """GITHUB_ACTOR: the account on the git host that started this run."""

    started_again_by: str = ""
    """GITHUB_TRIGGERING_ACTOR: who runs this attempt of it; on hosts that do not say, the same."""

    attempt: int = 1
    """GITHUB_RUN_ATTEMPT: how often this run was started."""

    outputs: Path | None = None
    """GITHUB_OUTPUT: the file from which CI takes what a step has to tell its later jobs."""

    step_summary: Path | None = None
    """GITHUB_STEP_SUMMARY: the file whose Markdown CI shows on the page of a run."""

    mode: str = ""
    """HELIUM_MODE: what runs when no command is named, `API` or `CONTROLPLANE`."""

    debug: bool = False
    """HELIUM_DEBUG: show where an error came from, instead of one sentence."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read an environment; `UsageError` for a value that makes no sense."""
        given = {name: text for name, text in environ.items() if text}
        pulumi = given.get("HELIUM_PULUMI")
        return cls(
            environ=dict(environ),
            sandbox=_sandbox(given.get("HELIUM_SANDBOX")),
            pulumi=Path(pulumi).expanduser().absolute() if pulumi else None,
            cache=_cache(given),
            config=_home(given, "XDG_CONFIG_HOME", usual=".config"),
            server=given.get("HELIUM_SERVER", ""),
            token=given.get("HELIUM_TOKEN", "").strip(),
            passphrase=_passphrase(given),
            remote=given.get("HELIUM_REMOTE"),
            main=given.get("HELIUM_MAIN"),
            push_rest=_seconds(given.get("HELIUM_WRITE_INTERVAL")),
            notify_networks=_networks(given.get("HELIUM_NOTIFY_NETWORKS", "")),
            host=given.get("HELIUM_HOST") or socket.gethostname() or "localhost",
            run_url=given.get("HELIUM_RUN_URL") or _run_url(given),
            run_id=_run_id(given),
            actor=given.get("GITHUB_ACTOR", ""),
            started_again_by=given.get("GITHUB_TRIGGERING_ACTOR", given.get("GITHUB_ACTOR", "")),
            attempt=_attempt(given.get("GITHUB_RUN_ATTEMPT", "1")),
            outputs=Path(given["GITHUB_OUTPUT"]) if "GITHUB_OUTPUT" in given else None,
            step_summary=Path(given["GITHUB_STEP_SUMMARY"]) if "GITHUB_STEP_SUMMARY" in given else None,
            mode=given.get("HELIUM_MODE", ""),
            debug=given.get("HELIUM_DEBUG", "0") not in {"0", "false", "no"},
        )

    @classmethod
    def here(cls) -> Settings:
        """Those of this process."""
        return cls.from_env(os.environ)


def _sandbox(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    known = ("gcp", "kubernetes", "none")
    wrong = [name for name in names if name not in known]
    if wrong or ("none" in names and len(names) > 1):
        raise UsageError(f"HELIUM_SANDBOX is {text!r}; write gcp,kubernetes or a part of it, or none")
    return () if names == ("none",) else names


def _seconds(text: str | None) -> float | None:
    try:
        seconds = None if text is None else float(text)
    except ValueError:
        seconds = -1.0
    if seconds is not None and not 0 <= seconds <= 3600:
        raise UsageError(f"HELIUM_WRITE_INTERVAL is {text!r}; write seconds, like 10")
    return seconds


def _networks(text: str) -> tuple[str, ...]:
    from ipaddress import ip_network

    try:
        return tuple(str(ip_network(each.strip())) for each in text.split(",") if each.strip())
    except ValueError:
        raise UsageError(
            f"HELIUM_NOTIFY_NETWORKS is {text!r}; write networks, like 10.0.0.0/8,192.168.1.7/32"
        ) from None


def _cache(given: Mapping[str, str]) -> Path:
    if own := given.get("HELIUM_CACHE"):
        return Path(own).expanduser().absolute()
    return _home(given, "XDG_CACHE_HOME", usual=".cache")


def _home(given: Mapping[str, str], name: str, *, usual: str) -> Path:
    """Helium's own folder below one of the user's."""
    home = Path(given["HOME"]) if "HOME" in given else Path.home()
    return Path(given.get(name, home / usual)) / "helium"


def _passphrase(given: Mapping[str, str]) -> str | None:
    if known := given.get("HELIUM_PASSPHRASE") or given.get("PULUMI_CONFIG_PASSPHRASE"):
        return known
    named = given.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if named is None:
        return None
    try:
        first = Path(named).expanduser().read_text().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"PULUMI_CONFIG_PASSPHRASE_FILE names {named}, which cannot be read: {error}") from None
    if not first:
        raise UsageError(f"PULUMI_CONFIG_PASSPHRASE_FILE names {named}, which is empty")
    return first


def _run_url(given: Mapping[str, str]) -> str:
    parts = [given.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def _run_id(given: Mapping[str, str]) -> str | None:
    run = given.get("GITHUB_RUN_ID")
    return f"{run}-{given.get('GITHUB_RUN_ATTEMPT', '1')}" if run else None


def _attempt(text: str) -> int:
    """The number; what is none counts as a second attempt, which gives no orders."""
    return int(text) if text.isdecimal() else 2
