"""Which host keeps the repository, and how Helium knows: `host:` in `helium.yaml`, the CI job, the remote's URL. Pure.

Guesses nothing: what does not say which host it is, or contradicts itself, is no host, and a sentence says what to set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from helium.core.fleet import HostSettings

GITHUB, GITEA = "github", "gitea"
GITHUB_URL = "https://github.com"
TOKEN = "HELIUM_HOST_TOKEN"
_NAMES = {GITHUB: "GitHub", GITEA: "Gitea"}
_JOB_ACCOUNTS = {GITHUB: ("github-actions[bot]",), GITEA: ("gitea-actions", "forgejo-actions")}
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
"""As the schema of `helium.yaml` has them: what a job or a remote says becomes part of an address, too."""
_SCP = re.compile(r"(?:[^@/\s]+@)?([^:/\s]+):(?!/)(\S+)")
_LOCAL = frozenset(("127.0.0.1", "localhost", "::1"))
SET_IT = "Set host: in helium.yaml, like host: {kind: gitea, url: https://git.example.com, repository: OWNER/NAME}."


@dataclass(frozen=True, slots=True)
class HostPlace:
    """One repository at one host. `url`: the host's own, without a slash at the end; `repository`: `OWNER/NAME`."""

    kind: str
    url: str
    repository: str

    @property
    def name(self) -> str:
        """The host for a sentence."""
        return f"{_NAMES[self.kind]} at {urlsplit(self.url).netloc}"

    @property
    def page(self) -> str:
        """The repository's page."""
        return f"{self.url}/{self.repository}"

    @property
    def job_accounts(self) -> tuple[str, ...]:
        """As whom a job of the host's own CI comments, with the token that the host gives it."""
        return _JOB_ACCOUNTS[self.kind]

    @property
    def api(self) -> str:
        """Where its API is."""
        host = urlsplit(self.url).netloc.lower()
        if self.kind == GITEA:
            return f"{self.url}/api/v1"
        if host == "github.com" or host.endswith(".ghe.com"):
            return f"https://api.{host}"
        return f"{self.url}/api/v3"

    @property
    def graphql(self) -> str:
        """Where GitHub's other API is, which alone knows what an app is called."""
        return f"{self.api.removesuffix('/v3')}/graphql"


@dataclass(frozen=True, slots=True)
class NoHost:
    """Why there is none, and what to set."""

    why: str


@dataclass(frozen=True, slots=True)
class _Remote:
    """What a remote's URL says. `url`: the host's, which an ssh address does not know; `path`: behind it."""

    host: str
    url: str
    path: str

    @property
    def repository(self) -> str:
        """`OWNER/NAME`, the last two parts of the path; empty where it has fewer, or is not such a name."""
        last = "/".join(self.path.removesuffix(".git").strip("/").split("/")[-2:])
        return last if _REPOSITORY.fullmatch(last) else ""


def host_place(settings: HostSettings | None, environ: Mapping[str, str], *, remote: str | None) -> HostPlace | NoHost:
    """Where the repository is kept. `remote`: the URL of the clone's remote."""
    of_remote = _remote(remote) if remote else None
    if settings is not None:
        return _completed(settings, environ, of_remote=of_remote)
    of_job = _of_job(environ)
    if isinstance(of_job, HostPlace):
        if of_remote is not None and of_remote.host != _host(of_job.url):
            why = f"This job says that the repository is at {_host(of_job.url)}, and its remote is at {of_remote.host}"
            return NoHost(f"{why}, so Helium asks neither. {SET_IT}")
        return of_job
    if of_remote is None:
        return of_job or NoHost("This repository has no remote at a host, so there are no pull requests.")
    if _is_github(of_remote.host) and of_remote.repository:
        return HostPlace(GITHUB, GITHUB_URL, of_remote.repository)
    return of_job or NoHost(f"The remote's address does not say what kind of host {of_remote.host} is. {SET_IT}")


def token_names(place: HostPlace, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that may hold the token for a host, the first that is set counts.

    A token goes to the host that it is of: GitHub's own name for one means github.com, or the host of this job.
    """
    own_job = environ.get("GITHUB_SERVER_URL", "").rstrip("/").lower() == place.url.lower()
    names = [TOKEN]
    if place.kind == GITEA:
        names.append("GITEA_TOKEN")
    if (place.kind == GITHUB and place.url == GITHUB_URL) or (own_job and _in_ci(environ)):
        names.append("GITHUB_TOKEN")
    return tuple(names)


def is_private(url: str, settings: HostSettings | None) -> bool:
    """Whether a token may go there: by https, to this machine, or where `helium.yaml` itself says http."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _LOCAL or (settings is not None and settings.url == url)


def _completed(settings: HostSettings, environ: Mapping[str, str], *, of_remote: _Remote | None) -> HostPlace | NoHost:
    """What `host:` says; what it leaves out comes from the job or the remote, where those mean the same host."""
    url = settings.url or (GITHUB_URL if settings.kind == GITHUB else of_remote.url if of_remote else "")
    if not url:
        return NoHost("host: in helium.yaml has no url, and the remote's address does not tell it. Add host.url.")
    if settings.repository:
        return HostPlace(settings.kind, url, settings.repository)
    of_job = _of_job(environ)
    if isinstance(of_job, HostPlace) and of_job.url.lower() == url.lower():
        return HostPlace(settings.kind, url, of_job.repository)
    if of_remote is not None and of_remote.repository and of_remote.host == _host(url):
        return HostPlace(settings.kind, url, of_remote.repository)
    return NoHost(f"Nothing here says which repository at {url} this is. Add host.repository to helium.yaml.")


def _of_job(environ: Mapping[str, str]) -> HostPlace | NoHost | None:
    """What the CI job's environment says; `None` outside a job."""
    url, repository = environ.get("GITHUB_SERVER_URL", "").rstrip("/"), environ.get("GITHUB_REPOSITORY", "")
    if not _in_ci(environ) or not _URL.fullmatch(url) or not _REPOSITORY.fullmatch(repository):
        return None
    if environ.get("GITEA_ACTIONS") == "true":
        return HostPlace(GITEA, url, repository)
    place = HostPlace(GITHUB, url, repository)
    if environ.get("GITHUB_API_URL", place.api).rstrip("/") == place.api:
        return place
    return NoHost(f"This job does not say what kind of host {_host(url)} is. {SET_IT}")


def _in_ci(environ: Mapping[str, str]) -> bool:
    return "true" in {environ.get("GITHUB_ACTIONS"), environ.get("GITEA_ACTIONS")}


def _remote(text: str) -> _Remote | None:
    """`None` for a path on this machine. Neither a password nor a user of the URL is kept."""
    if "://" not in text:
        scp = _SCP.fullmatch(text)
        return _Remote(scp[1].lower(), "", scp[2]) if scp else None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if not parts.hostname:
        return None
    path = parts.path.removesuffix(".git").strip("/")
    at = parts.netloc.rpartition("@")[2].lower()
    above = "/".join(path.split("/")[:-2])
    url = f"{parts.scheme}://{at}{'/' if above else ''}{above}"
    return _Remote(parts.hostname, url if _URL.fullmatch(url) else "", path)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_github(host: str) -> bool:
    return host in {"github.com", "www.github.com", "ssh.github.com"}
