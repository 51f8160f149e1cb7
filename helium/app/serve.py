"""`helium serve`: the API and its pages on a port, until a signal ends it in good order.

It holds no cloud credential and starts no Pulumi. Refuses to listen beyond this machine while nobody has a token.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn

from helium.adapters.hosts.content_budget import host_changes
from helium.adapters.ledger import GitLedger
from helium.adapters.specs import schemas
from helium.api.app import create_app
from helium.api.parts import ApiParts, Placements
from helium.api.tokens import Token, Tokens, single
from helium.app import compose
from helium.app.change_requests import RequestsOfFleet
from helium.app.connections import BoundedProtocol, Rarely
from helium.app.mirror import MirroredFleet, open_mirror
from helium.app.open_fleet import OpenFleet
from helium.app.own_requests import finish
from helium.app.plain_estimates import PlainEstimates
from helium.app.preview import previewer
from helium.app.run import clock
from helium.app.server_orders import ServerOrders
from helium.app.session_key import session_key
from helium.app.tokens import tokens_file
from helium.core.fleet import Fleet
from helium.errors import UsageError
from helium.reconcile.load import fleet_at
from helium.settings import Settings
from helium.settings.serving import LOCAL, Serving

LOG = logging.getLogger(__name__)
NOBODY = "admin@helium.invalid"
"""The owner of workspaces that `HELIUM_TOKEN` creates, when nobody is named; no mail reaches it."""
GRACE = 45
"""Seconds for requests in flight to end: a push that hangs is stopped after 30."""
_NEAR, _FAR = 0.5, 2.0
"""Seconds between two looks at a ledger on this machine, and at one behind a network."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where it answers, which fleet it serves, and whether it is closed, since nobody has a token yet."""

    url: str
    fleet: str
    remote: str | None
    tokens: Path
    closed: bool


def serve(start: Path, settings: Settings, *, serving: Serving, on_listening: Callable[[Address], None]) -> None:
    """Serve until a signal; `on_listening` is called when it listens. `UsageError` when it cannot."""
    with open_mirror(start, settings, serving=serving) as fleet:
        file = tokens_file(fleet.folder, serving)
        tokens = Tokens(file, given=_given(fleet, serving))
        closed = not tokens.all and fleet.fleet.sign_in is None
        with ExitStack() as open_ports:
            listener = open_ports.enter_context(_listening(LOCAL if closed else serving.bind, serving.port))
            sockets = [listener]
            if serving.metrics_port is not None:
                sockets.append(open_ports.enter_context(_listening(LOCAL, serving.metrics_port)))
            host, port = listener.getsockname()[:2]
            url = f"http://{'localhost' if host == LOCAL else f'[{host}]' if ':' in host else host}:{port}"
            on_listening(Address(url, fleet.fleet.name, fleet.remote, file, closed))
            # uvicorn raises the signal again when everything is answered.
            with suppress(KeyboardInterrupt):
                _Server(fleet, api_parts(fleet, serving, tokens=tokens)).run(sockets=sockets)


def api_parts(fleet: MirroredFleet, serving: Serving, *, tokens: Tokens) -> ApiParts:
    """What the API gets."""
    kept = tokens_file(fleet.folder, serving).parent
    requests = requests_of(fleet)
    key = serving.session_key.encode() or session_key(kept)
    return ApiParts(
        commit_queue=fleet.upstream.commit_queue,
        repo=fleet.repo,
        ledger=fleet.ledger,
        live=fleet.live,
        specs=fleet.specs,
        rules=fleet.specs.newest,
        tokens=tokens,
        clock=clock,
        trusted_proxies=serving.trusted_proxies,
        interval=_NEAR if fleet.fleet.serves_one_machine else _FAR,
        mirror_age=fleet.upstream.age,
        schema=json.loads(schemas.text(schemas.WORKSPACE)),
        foresee=previewer(fleet),
        estimates=PlainEstimates(fleet).at,
        plain_http=serving.plain_http,
        hook_secret=serving.hook_secret.encode(),
        poke=fleet.upstream.poke,
        figures=fleet.upstream.figures,
        host_changes=host_changes,
        session_key=key,
        ended_sessions=kept / "ended-sessions",
        operations_port=serving.metrics_port,
        jobs=compose.job_identities(),
        proxy_secret=serving.proxy_secret.encode(),
        sign_ins=compose.sign_ins(serving.sign_in_secret, key=key),
        change_requests=requests.opening if requests else None,
        follow_every=serving.follow_every,
        placements=_placements(fleet),
        follow=partial(_follow, requests) if requests else _nothing,
        orders=ServerOrders(partial(_opened, fleet, fleet.ledger)),
    )


def requests_of(fleet: MirroredFleet) -> RequestsOfFleet | None:
    """What opens pull requests; `None` where the fleet serves one machine, or has no remote."""
    clone = fleet.upstream.clone
    if not fleet.fleet.pushes(clone.remote):
        return None
    # A ledger of its own: its thread writes while others read.
    ledger = compose.ledger_of(clone, fleet.fleet)
    return RequestsOfFleet(
        clone,
        fleet.repo,
        ledger,
        fleet.specs,
        fleet.settings,
        lambda: fleet.upstream.commit_queue.view().commit,
        partial(_opened, fleet, ledger),
    )


def _follow(requests: RequestsOfFleet) -> None:
    """What became of them, by main as it is now; those that are routine are merged."""
    for found in finish(requests):
        LOG.info("%s", found.sentence)


def _opened(fleet: MirroredFleet, ledger: GitLedger) -> OpenFleet:
    """The fleet as the mirror has main now."""
    commit = fleet.repo.head()
    opened = fleet.backends.at(commit)
    specs = compose.specs_by(opened, fleet.settings)
    settings, clone = fleet_at(fleet.repo, specs, commit=commit), fleet.upstream.clone
    return OpenFleet(
        fleet.folder,
        fleet.settings,
        settings,
        clone,
        fleet.repo,
        ledger,
        fleet.live,
        specs,
        fleet.backends,
        opened,
    )


def _placements(fleet: MirroredFleet) -> Callable[[Fleet, str], Placements]:
    def placements(settings: Fleet, commit: str) -> Placements:
        recipes = fleet.backends.recipes(settings, commit=commit)
        return {name: recipe.placement for name, recipe in recipes.items()}

    return placements


def _nothing() -> None:
    return None


class _Server(uvicorn.Server):
    """Takes no more writes once a signal asks it to end, and answers the requests that are under upstream."""

    def __init__(self, fleet: MirroredFleet, given: ApiParts) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(given),
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="on",
                http=BoundedProtocol,
                ws="none",
                timeout_graceful_shutdown=GRACE,
            )
        )
        for name in ("uvicorn.error", "helium.app.connections"):
            logging.getLogger(name).addFilter(Rarely())
        self._end_writes, self._streams = fleet.upstream.close, given.streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """A write that waits for its push still gets it; one that comes now is asked to come again."""
        self._streams.close()
        ending = asyncio.create_task(asyncio.to_thread(self._end_writes))
        await super().shutdown(sockets)
        await ending


def _given(fleet: MirroredFleet, serving: Serving) -> tuple[Token, ...]:
    if serving.token is None:
        return ()
    mail = fleet.upstream.clone.program.ask("config", "--get", "user.email").out.decode(errors="replace").strip()
    return (single(serving.token, owner=serving.token_owner or mail or NOBODY),)


def _listening(bind: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((bind, port), family=family, backlog=1024)
    except OSError as error:
        todo = "Is another Helium running? HELIUM_PORT or --port names another port."
        raise UsageError(f"Cannot listen on {bind} port {port}: {error.strerror}. {todo}") from None
    # Head and body are written one after the other: without this, the body waits 40 ms for the head to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
