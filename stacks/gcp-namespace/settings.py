"""What `helium.yaml` said of this backend on the day the workspace was created, as one typed value.

Read from the workspace's placement and pins alone. Refuses a workspace that lacks one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from helium.core.digest import Json
from helium.core.workspace import Workspace
from helium.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart: its name, its repository, and the version (`None`: the newest of the day)."""

    name: str
    repo: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """Placement (`project` to `domain`) and pins (the rest). `auth0` is the issuer, with its closing slash."""

    project: str
    zone: str
    cluster: str
    domain: str
    tls_secret: str
    ingress_class: str
    auth0: str
    pachyderm: Chart
    jupyterhub: Chart
    trusted: tuple[str, ...] = ()

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
            trusted=tuple(pins.get("trusted") or ()),
        )


def _text(settings: Mapping[str, Json], key: str, *, below: str = "") -> str:
    value = settings.get(key)
    if not isinstance(value, str) or not value:
        raise UsageError(f"the workspace has no {below}{key}; set it under backends.gcp-namespace in helium.yaml")
    return value


def _chart(charts: Mapping[str, Json], name: str, *, version: str | None = None) -> Chart:
    chart = charts.get(name) or {}
    return Chart(name, _text(chart, "repo", below=f"charts.{name}."), version or chart.get("version"))
