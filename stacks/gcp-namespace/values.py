"""The Helm values of the Pachyderm chart, as plain data. Pure: secrets are leaves, sealed where Pulumi is spoken.

A spec's own `values` go over Helium's, key by key; what `LOCKED` names is Helium's alone, whatever a spec says.
Every key is read by the charts from 2.3 to 2.12, and what only some of them read is set for these alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helium.core.helm_values import kept, merge, revealed
from helium.core.workspace import Workspace

from . import names
from .secrets import CLIENT_ID, CLIENT_SECRET, LICENSE, Secret, Secrets
from .settings import BackendSettings

Values = dict[str, Any]

_MANIFEST = json.loads(Path(__file__).with_name("backend.json").read_text())
GRPC = 30651
"""The port of pachd at an address of its own."""
_DRAWN = (
    "console.config.oauthClientSecret",
    "pachd.clusterDeploymentID",
    "pachd.oauthClientSecret",
    "pachd.rootToken",
)
_DRAWN_WITH_LICENSE = ("pachd.enterpriseSecret",)
LOCKED: tuple[str, ...] = tuple(_MANIFEST["locked"])
LOCKED_NOTEBOOKS: tuple[str, ...] = tuple(_MANIFEST["locked_notebooks"])


def host(workspace: Workspace, settings: BackendSettings) -> str:
    """Where Console answers."""
    return f"{workspace.name}.{settings.domain}"


def pachyderm(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    """What the release is installed with; `UsageError` for a secret that is not set."""
    users = kept(workspace.spec.values, LOCKED, trusted=settings.trusted)
    return merge(_own(workspace, settings, secrets=secrets), revealed(users, secrets.of_user))


def ingress_annotations(settings: BackendSettings) -> Values:
    """What makes the ingress controller serve a host, over TLS only."""
    return {
        "kubernetes.io/ingress.class": settings.ingress_class,
        "traefik.ingress.kubernetes.io/router.tls": "true",
    }


def licensed(settings: BackendSettings) -> bool:
    """Whether the chart has a licence."""
    return not settings.pachyderm.is_from(2, 12)


def drawn(workspace: Workspace, settings: BackendSettings) -> tuple[str, ...]:
    """The paths of what the chart would draw again with each upgrade, unless the spec's values say what they are."""
    users = kept(workspace.spec.values, LOCKED, trusted=settings.trusted)
    paths = (*_DRAWN, *(_DRAWN_WITH_LICENSE if licensed(settings) else ()))
    return tuple(path for path in paths if not _says(users, path))


def at(path: str, leaf: Secret | Values) -> Values:
    """Values that set just one dotted path."""
    above, _, key = path.rpartition(".")
    return at(above, {key: leaf}) if above else {key: leaf}


def _says(values: Values, path: str) -> bool:
    """Whether these values have anything at a dotted path."""
    within: Any = values
    for key in path.split("."):
        if not isinstance(within, Mapping) or key not in within:
            return False
        within = within[key]
    return True


def _own(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    return {
        "deployTarget": "GOOGLE",
        "console": _console(workspace),
        "ingress": {
            "enabled": True,
            "annotations": ingress_annotations(settings),
            "host": host(workspace, settings),
            "tls": {"enabled": True, "secretName": settings.tls_secret},
        },
        "pachd": _pachd(workspace, settings, secrets=secrets),
        "proxy": _proxy(settings),
        "oidc": {
            "mockIDP": False,
            # Anyone may sign up at the tenant with the owner's address, and the owner is cluster administrator.
            "requireVerifiedEmail": True,
            "upstreamIDPs": [_auth0(workspace, settings, secrets=secrets)],
        },
    }


def _proxy(settings: BackendSettings) -> Values:
    """Envoy before pachd and Console, behind the ingress, which speaks TLS to people and HTTP/2 to it."""
    if not settings.through_ingress:
        return {"enabled": False}
    service = {"type": "ClusterIP", "annotations": {"traefik.ingress.kubernetes.io/service.serversscheme": "h2c"}}
    return {"enabled": True, "service": service, "tls": {"enabled": False}}


def _console(workspace: Workspace) -> Values:
    config = {"oauthClientID": "console", "graphqlPort": 4000}
    return {"enabled": True, "config": config, **_image(workspace, "consoleVersion")}


def _pachd(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    chart, bucket = settings.pachyderm, names.bucket(workspace)
    license = {"enterpriseLicenseKey": secrets.leaf(LICENSE)} if licensed(settings) else {}
    ports = {"enabled": True, "apiGRPCPort": GRPC, "s3GatewayPort": 30601}
    return {
        **_image(workspace, "pachdVersion"),
        **license,
        "activateAuth": True,
        "externalService": {"enabled": False} if settings.through_ingress else ports,
        # Its log collector is a DaemonSet: fifty workspaces would fill each node with them.
        "lokiDeploy": False,
        "lokiLogging": False,
        "pachAuthClusterRoleBindings": _bindings(workspace),
        "storage": {
            "google": {"bucket": bucket},
            **({"storageURL": f"gs://{bucket}"} if chart.is_from(2, 10) else {}),
        },
    }


def _image(workspace: Workspace, field: str) -> Values:
    """The image's tag, where the spec names a version; else the chart's own."""
    version = workspace.spec.text(field)
    return {"image": {"tag": version}} if version else {}


def _bindings(workspace: Workspace) -> Values:
    """The owner may do all. Where everyone may log in, they may read and write, and not administer."""
    bindings: Values = {f"user:{workspace.owner.lower()}": ["clusterAdmin"]} if workspace.owner else {}
    return {**bindings, "allClusterUsers": ["repoWriter"]} if workspace.spec.access == "everyone" else bindings


def _auth0(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    return {
        "id": "auth0",
        "name": "auth0",
        "type": "oidc",
        "jsonConfig": _connector(workspace, settings, secrets=secrets),
    }


def _connector(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Secret:
    """The identity provider's settings as the chart wants them: one JSON text, secret as a whole."""
    config = {
        "issuer": settings.auth0,
        "clientID": secrets.text(CLIENT_ID),
        "clientSecret": secrets.text(CLIENT_SECRET),
        "redirectURI": f"https://{host(workspace, settings)}/dex/callback",
    }
    return Secret(json.dumps(config))
