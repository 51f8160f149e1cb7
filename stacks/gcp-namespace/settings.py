"""What `helium.yaml` said of this backend on the day the workspace was created, as one typed value.

Read from the workspace's placement and pins alone. Refuses a workspace that lacks one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from helium.core.chart import ChartReference, chosen
from helium.core.deadlines import parse_lifetime
from helium.core.digest import Json
from helium.core.workspace import Workspace
from helium.errors import UsageError

INGRESS, LOAD_BALANCER = "ingress", "load-balancer"
"""How pachctl reaches pachd: over TLS at the host of Console, or unencrypted at an address of its own."""
_MINOR = re.compile(r"v?(\d+)\.(\d+)(\D|$)")


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart: the package that the engine has put there, and its version.

    One that is not `pinned` was installed by an older program, and is not touched: only a new deadline comes so far.
    """

    file: str
    version: str
    pinned: bool = True

    def is_from(self, major: int, minor: int) -> bool:
        """Whether it is of this version or newer. One that does not say is taken for a new one."""
        found = _MINOR.match(self.version)
        return not found or (int(found[1]), int(found[2])) >= (major, minor)


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """Placement (`project` to `domain`) and pins (the rest). `auth0` is the issuer, with its closing slash.

    `pachd`: how pachctl reaches it; empty: as the chart does by itself. `seconds`: how long each release may take.
    """

    project: str
    zone: str
    cluster: str
    domain: str
    tls_secret: str
    ingress_class: str
    auth0: str
    pachyderm: Chart
    jupyterhub: Chart
    pachd: str = ""
    seconds: int = 600
    trusted: tuple[str, ...] = ()

    @property
    def through_ingress(self) -> bool:
        """Whether pachd is reached through the ingress, by the proxy that charts have switched on from 2.5.

        What an older program installed has an address of its own, and stays so until it is updated.
        """
        by_chart = not self.pachd and self.pachyderm.is_from(2, 5)
        return self.pachyderm.pinned and (self.pachd == INGRESS or by_chart)

    @property
    def auth0_host(self) -> str:
        """The tenant's host, as JupyterHub wants it."""
        return urlsplit(self.auth0).netloc

    @classmethod
    def of(cls, workspace: Workspace) -> BackendSettings:
        """The settings in a workspace; `UsageError` when one is missing."""
        placement, pins = workspace.placement, workspace.pins
        charts = pins.get("charts") or {}
        return cls(
            project=_text(placement, "project"),
            zone=_text(placement, "zone"),
            cluster=_text(placement, "cluster"),
            domain=_text(placement, "domain"),
            tls_secret=_text(pins, "tlsSecret"),
            ingress_class=_text(pins, "ingressClass"),
            auth0=_text(pins, "auth0Domain").rstrip("/") + "/",
            pachyderm=_chart(charts, "pachyderm", version=workspace.spec.text("helmVersion")),
            jupyterhub=_chart(charts, "jupyterhub"),
            pachd=str(pins.get("pachd") or ""),
            seconds=int(parse_lifetime(str(pins.get("timeout") or "10m")).total_seconds()),
            trusted=tuple(pins.get("trusted") or ()),
        )


def _text(settings: Mapping[str, Json], key: str) -> str:
    value = settings.get(key)
    if not isinstance(value, str) or not value:
        raise UsageError(f"the workspace has no {key}; set it under backends.gcp-namespace in helium.yaml")
    return value


def _chart(charts: Mapping[str, Json], name: str, *, version: str | None = None) -> Chart:
    """The engine has checked that it is there, except for a new deadline, which touches nothing that is made of it."""
    try:
        reference = chosen(charts.get(name), version)
    except ValueError:
        reference = ChartReference(name, version or "")
    return Chart(reference.file, reference.version, pinned=bool(reference.digest))
