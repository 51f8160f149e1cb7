"""A workspace as the engine hands it to gcp-namespace, and the secrets of its pass.

`gcp_namespace` beside it is a link to the folder under `stacks/`, whose dash no import can spell; by it the type
checker reads the folder too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from helium.core.spec import Spec
from helium.core.workspace import Workspace
from tests.stacks.gcp_namespace.secrets import Secrets
from tests.stacks.gcp_namespace.settings import BackendSettings

PLACE = {"project": "acme-cloud", "zone": "us-east1-b", "cluster": "ci-cluster", "domain": "ws.example.com"}
PINS: dict[str, Any] = {
    "tlsSecret": "wildcard-tls",
    "ingressClass": "traefik",
    "auth0Domain": "https://tenant.example.com",
    "charts": {
        "pachyderm": {"chart": "charts/pachyderm", "version": "2.3.9", "digest": f"sha256:{'a' * 64}"},
        "jupyterhub": {"chart": "charts/jupyterhub", "version": "2.0.0", "digest": f"sha256:{'b' * 64}"},
    },
}
TEXTS = {
    "HELIUM_CLIENT_ID": "client-id-7f3a",
    "HELIUM_CLIENT_SECRET": "client-secret-9c1e",
    "HELIUM_PACHYDERM_LICENSE": "licence-key-52bd",
    "HELIUM_SECRET_DB": "database-password-e8d0",
}
SECRETS = Secrets(TEXTS)


def workspace(**changes: Any) -> Workspace:
    """The workspace `demo` of the fleet `acme`; `fields`, `access` and `labels` go into its spec."""
    in_spec = {key: changes.pop(key) for key in ("fields", "access", "labels") if key in changes}
    spec = replace(Spec("demo", "workspaces/demo.yaml", "blob", "gcp-namespace", owner="Ada@Example.com"), **in_spec)
    whole = Workspace(
        fleet="acme",
        spec=spec,
        owner="Ada@Example.com",
        added_at=datetime(2026, 11, 24, tzinfo=UTC),
        deadline=datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC),
        placement=PLACE,
        pins=PINS,
    )
    return replace(whole, **changes)


def settings(**changes: Any) -> BackendSettings:
    """The settings of such a workspace."""
    return BackendSettings.of(workspace(**changes))
