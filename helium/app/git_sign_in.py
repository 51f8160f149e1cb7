"""How git opens the remote where Helium's account is a GitHub App: with the app's token, renewed before its hour ends.

Only where nobody gave git a token of its own (`HELIUM_GIT_TOKEN`, or one in the remote's URL), and only to the very
host that the app is of. Refuses to look at the working tree: which host that is, main says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helium.adapters.git_repo import Clone, read
from helium.app import compose
from helium.core.fleet import SETTINGS, HostSettings
from helium.errors import HeliumError
from helium.settings import Settings

if TYPE_CHECKING:
    from helium.adapters.hosts.token import HostToken

APP, GIT_TOKEN = "HELIUM_GITHUB_APP", "HELIUM_GIT_TOKEN"


def signed_in(clone: Clone, settings: Settings) -> Clone:
    """The same clone, whose git signs in as the app; itself where there is none."""
    token = app_token(clone, settings)
    if token is None:
        return clone
    from helium.adapters.commit_queue.remote_credentials import Remote

    signs_in = Remote(_url(clone), renewed=token).environ
    return compose.clone_in(clone.folder, settings, signs_in=signs_in)


def app_token(clone: Clone, settings: Settings) -> Callable[[], str] | None:
    """What says which token of the app is good now; `None` where git needs none of it."""
    # Most people have no app, and nothing is read or imported for them.
    if not settings.environ.get(APP) or settings.environ.get(GIT_TOKEN) or clone.remote is None:
        return None
    url = _url(clone)
    parts = urlsplit(url) if "://" in url else None
    if parts is None or parts.scheme not in ("http", "https") or parts.username or parts.password:
        return None
    token = _token(clone, settings, at=f"{parts.scheme}://{parts.netloc}".lower())
    return token.current if token is not None else None


def _token(clone: Clone, settings: Settings, *, at: str) -> HostToken | None:
    from helium.app.host import app_token_of
    from helium.core.host_place import NoHost, host_place

    said = _host_on_main(clone, settings)
    place = host_place(said, settings.environ, remote=_url(clone))
    if isinstance(place, NoHost):
        return None
    host = urlsplit(place.url)
    # Another host's git has no business with this token.
    if f"{host.scheme}://{host.netloc}".lower() != at:
        return None
    return app_token_of(place, said, environ=settings.environ)


def _host_on_main(clone: Clone, settings: Settings) -> HostSettings | None:
    """What `helium.yaml` says of the host, as main was when it was fetched last; nothing where it cannot be read."""
    try:
        tip = clone.tip(clone.ref(clone.main)) or clone.tip("HEAD")
        data = read.read(clone.repository, tip, path=SETTINGS) if tip else None
        if tip is None or data is None:
            return None
        return compose.specs_by(compose.backends_of(clone, settings).at(tip), settings).fleet(data).host
    except HeliumError:
        return None


def _url(clone: Clone) -> str:
    return clone.program.text("remote", "get-url", "--push", str(clone.remote))
