"""The address that a workspace answers at when it is ready, where its backend's settings say one. Pure.

Whoever writes `helium.yaml` decides where a pass connects, and nobody who writes a spec does: in the address there are
facts that never change, such as the name, and outputs that a cloud gave. It refuses to fill in anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from helium.core import blanks, workspace_facts
from helium.core.digest import Json
from helium.core.fleet import READY, Fleet
from helium.core.record import Record
from helium.core.workspace_facts import place_of

HELM = "helm"
USUAL_STATUS = 200
_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+([/?#][!-~]*)?")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Probe:
    """Where to ask, and the status that means well. `url`: empty while the address is not known.

    `loopback`: this machine itself may be asked, as where the cluster is on it.
    """

    url: str
    status: int = USUAL_STATUS
    loopback: bool = False


def probe_of(record: Record, fleet: Fleet) -> Probe | None:
    """The probe of a workspace; `None` where its backend has none, and in the sandbox, in which nothing runs."""
    entry = fleet.backends.get(record.backend, {})
    wanted = entry.get(READY)
    asked = wanted.get("probe") if isinstance(wanted, Mapping) else None
    if not isinstance(asked, Mapping) or "kubernetes" in fleet.sandbox:
        return None
    facts = place_of(
        record.name, fleet=fleet.name, added_at=record.added_at, host=record.placement.get("host", entry.get("host"))
    )
    outputs = {name: record.outputs.get(name, "") for name in outputs_in(entry, kind=fleet.kind_of(record.backend))}
    known = {
        blanks.WORKSPACE: facts,
        blanks.FIELDS: {},
        blanks.OUTPUTS: {name: text for name, text in outputs.items() if text},
    }
    try:
        url = blanks.text(blanks.filled(asked.get("url"), known))
    except KeyError:
        url = ""
    fits = len(url) <= _LONGEST and _URL.fullmatch(url) is not None
    loopback = bool(fleet.sandbox) or asked.get("loopback") is True
    return Probe(url if fits else "", int(asked.get("status", USUAL_STATUS)), loopback)


def problems(settings: Mapping[str, Json], *, kind: str) -> Iterator[tuple[blanks.Path, str]]:
    """Every blank in the address that may not be there, with its place."""
    facts = tuple(each for each in (*workspace_facts.OF_PLACE, "host") if each != "host" or settings.get("host"))
    outputs = tuple(outputs_in(settings, kind=kind))
    allowed = {blanks.WORKSPACE: facts, blanks.FIELDS: (), blanks.OUTPUTS: outputs}
    yield from blanks.problems(settings.get(READY), allowed, at=(READY,))


def outputs_in(settings: Mapping[str, Json], *, kind: str) -> Iterator[str]:
    """The outputs that may be in it. Where settings declare outputs, that is what a load balancer got from its cloud:
    a spec may choose the host of an Ingress. The outputs of a program are its own, and whoever writes it decides.
    """
    outputs = settings.get("outputs")
    if isinstance(outputs, Mapping):
        yield from (name for name, what in outputs.items() if isinstance(what, Mapping) and "service" in what)
    elif kind != HELM:
        yield from blanks.used(settings.get(READY), blanks.OUTPUTS)
