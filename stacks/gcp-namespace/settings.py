"""What `helium.yaml` said of this backend on the day the workspace was made, as one typed value.

Read from the workspace's place and make alone. Refuses a workspace that lacks one of them.
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
class Settings:
    """Place (`project` to `domain`) and make (the rest). `auth0` is the issuer, with its closing slash."""

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
    def of(cls, workspace: Workspace) -> Settings:
        """The settings in a workspace; `UsageError` when one is missing."""
        place, make = workspace.place, workspace.make
        charts = make.get("charts") or {}
        return cls(
            project=_text(place, "project"),
            zone=_text(place, "zone"),
            cluster=_text(place, "cluster"),
            domain=_text(place, "domain"),
            tls_secret=_text(make, "tlsSecret"),
            ingress_class=_text(make, "ingressClass"),
            auth0=_text(make, "auth0Domain").rstrip("/") + "/",
            pachyderm=_chart(charts, "pachyderm", version=workspace.spec.text("helmVersion")),
            jupyterhub=_chart(charts, "jupyterhub"),
            trusted=tuple(make.get("trusted") or ()),
        )


def _text(settings: Mapping[str, Json], key: str, *, below: str = "") -> str:
    value = settings.get(key)
    if not isinstance(value, str) or not value:
        raise UsageError(f"the workspace has no {below}{key}; set it under backends.gcp-namespace in helium.yaml")
    return value


def _chart(charts: Mapping[str, Json], name: str, *, version: str | None = None) -> Chart:
    chart = charts.get(name) or {}
    return Chart(name, _text(chart, "repo", below=f"charts.{name}."), version or chart.get("version"))
