"""The host that keeps a fleet's pull requests, with the token of Helium's account; or why there is none.

Refuses to guess a host, to take a token from a file of the repository, and to send one where anybody could read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from helium.adapters.git_repo import Clone
from helium.core.fleet import Fleet, HostSettings
from helium.core.host_errors import HostError
from helium.core.host_place import GITHUB, TOKEN, HostPlace, NoHost, host_place, is_private, token_names
from helium.errors import UsageError
from helium.settings import Settings

if TYPE_CHECKING:
    from helium.adapters.hosts.token import HostToken
    from helium.adapters.hosts.transport import Patience
    from helium.core.pull_request import PullRequest
    from helium.ports.host import Host
    from helium.ports.reviews import Reviews

APP, APP_KEY = "HELIUM_GITHUB_APP", "HELIUM_GITHUB_APP_KEY"
GIT_TOKEN = "HELIUM_GIT_TOKEN"
_SIGN_IN = 20.0
"""Seconds for a token that git waits for."""


_SHARED: dict[tuple[object, HostPlace], HostToken] = {}
_SHARING = Lock()


def required_host(clone: Clone, fleet: Fleet, *, settings: Settings, within: float = 60.0) -> Host:
    """The host, for what cannot be done without one; `UsageError` says what to set."""
    found = find_host(clone, fleet, settings=settings, within=within)
    if isinstance(found, NoHost):
        raise UsageError(found.why)
    return found


def find_host(clone: Clone, fleet: Fleet, *, settings: Settings, within: float = 60.0) -> Host | NoHost:
    """The host, or why there is none and what to set. `within`: seconds for each call, with all its repetitions."""
    place = place_of(clone, fleet, settings=settings)
    if isinstance(place, NoHost):
        return place
    if not is_private(place.url, fleet.host):
        why = f"The token for {place.name} would go over plain http, where anybody on the way can read it"
        return NoHost(f"{why}. Write the address as host.url in helium.yaml: with https, or with http if you mean it.")
    from helium.adapters.hosts.transport import Patience

    patience = Patience(seconds=within)
    token = _token(place, settings.environ, patience=patience)
    if token is None:
        names = token_names(place, settings.environ)
        others = f" (or {' or '.join(names[1:])})" if names[1:] else ""
        return NoHost(f"{place.name} keeps {place.repository}, and there is no token for it. Set {names[0]}{others}.")
    return _host(place, token, settings=settings, patience=patience)


def pushing_host(host: Host, *, settings: Settings, within: float = 60.0) -> Host | None:
    """The same host, as the account sees it with whose token git pushes; `None` where that has no token of its own."""
    if not settings.environ.get(GIT_TOKEN):
        return None
    from helium.adapters.hosts.token import HostToken
    from helium.adapters.hosts.transport import Patience

    token = HostToken(GIT_TOKEN, partial(_text, GIT_TOKEN, settings.environ))
    return _host(host.place, token, settings=settings, patience=Patience(seconds=within))


def app_token_of(place: HostPlace, said: HostSettings | None, *, environ: Mapping[str, str]) -> HostToken | None:
    """The token of the app that is Helium's account, renewed each hour; `None` where its account is none, or another.

    `said`: what `helium.yaml` says of the host.
    """
    if not _app(place, environ) or not is_private(place.url, said):
        return None
    from helium.adapters.hosts.transport import Patience

    return _token(place, environ, patience=Patience(seconds=_SIGN_IN))


def _has_token(place: HostPlace, settings: Settings) -> bool:
    """Whether there is a token for a host, or what makes one."""
    return _app(place, settings.environ) or any(map(settings.environ.get, token_names(place, settings.environ)))


def _app(place: HostPlace, environ: Mapping[str, str]) -> bool:
    return place.kind == GITHUB and bool(environ.get(APP) and environ.get(APP_KEY)) and not environ.get(TOKEN)


def _token(place: HostPlace, environ: Mapping[str, str], *, patience: Patience) -> HostToken | None:
    """Helium's own token first, then that of its app, then what the CI job or the person has."""
    from helium.adapters.hosts.token import HostToken

    if _app(place, environ):
        from helium.adapters.hosts.github_app import GitHubApp

        app = GitHubApp(environ[APP].strip(), _key(environ[APP_KEY]), APP_KEY)
        with _SHARING:
            # One token for all that this process does: git, comments, statuses.
            if (known := _SHARED.get((app, place))) is None:
                known = _SHARED[app, place] = app.token(place, environ=environ, patience=patience)
            return known
    source = next((name for name in token_names(place, environ) if environ.get(name)), None)
    if source is None:
        return None
    _text(source, environ)
    return HostToken(source, partial(_text, source, environ))


def _text(source: str, environ: Mapping[str, str]) -> str:
    text = environ[source].strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise UsageError(f"{source} has characters that no token has, like a line break. Set it to the token alone.")
    return text


def _key(text: str) -> str:
    """The key itself, or what is in the file that has it."""
    if "-----BEGIN" in text:
        return text
    try:
        return Path(text.strip()).expanduser().read_text()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{APP_KEY} is neither a PEM text nor the path of a file that can be read.") from None


def place_of(clone: Clone, fleet: Fleet, *, settings: Settings) -> HostPlace | NoHost:
    """Which host keeps the repository, whether or not there is a token for it."""
    remote = clone.program.text("remote", "get-url", clone.remote) if clone.remote else None
    return host_place(fleet.host, settings.environ, remote=remote)


def reviews_of(
    clone: Clone, fleet: Fleet, *, settings: Settings, asked: Callable[[PullRequest], Mapping[str, str]]
) -> Reviews | None:
    """What tells which merged pull request took a file away; `None` where nobody keeps pull requests, or no token.

    `asked`: for whom Helium opened a pull request, by the names of what it changes. Where `helium.yaml` itself names
    the host, a missing token is an error of whoever asks: those removals wait.
    """
    place = place_of(clone, fleet, settings=settings)
    if fleet.host is None and (isinstance(place, NoHost) or not _has_token(place, settings)):
        return None
    from helium.adapters.hosts.merged_reviews import HostReviews

    def host() -> Host:
        try:
            return required_host(clone, fleet, settings=settings)
        except UsageError as error:
            # A token that cannot be one is as good as none: it must not end a pass.
            raise HostError(str(error)) from None

    return HostReviews(host, clone=clone, fleet=fleet, asked=asked)


def _host(place: HostPlace, token: HostToken, *, settings: Settings, patience: Patience) -> Host:
    from helium.adapters.hosts.transport import HostTransport

    if place.kind == GITHUB:
        from helium.adapters.hosts.github import HEADERS, GitHubHost

        return GitHubHost(HostTransport(place, token, HEADERS, environ=settings.environ, patience=patience))
    from helium.adapters.hosts.gitea import HEADERS as GITEA_HEADERS
    from helium.adapters.hosts.gitea import GiteaHost

    return GiteaHost(HostTransport(place, token, GITEA_HEADERS, environ=settings.environ, patience=patience))
