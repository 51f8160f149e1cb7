"""The Helm values of the Pachyderm chart, as plain data. Pure: secrets are leaves, sealed where Pulumi is spoken.

A spec's own `values` go over Helium's, key by key; what `LOCKED` names is Helium's alone, whatever a spec says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helium.core.helm_values import kept, merge, revealed
from helium.core.workspace import Workspace

from . import names
from .secrets import CLIENT_ID, CLIENT_SECRET, LICENSE, Secret, Secrets
from .settings import BackendSettings

Values = dict[str, Any]

_MANIFEST = json.loads(Path(__file__).with_name("backend.json").read_text())
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
        "pachd": _pachd(workspace, secrets),
        "oidc": {"mockIDP": False, "upstreamIDPs": [_auth0(workspace, settings, secrets=secrets)]},
    }


def _console(workspace: Workspace) -> Values:
    config = {"oauthClientID": "console", "graphqlPort": 4000, "pachdAddress": "pachd-peer:30653"}
    return {"enabled": True, "config": config, **_image(workspace, "consoleVersion")}


def _pachd(workspace: Workspace, secrets: Secrets) -> Values:
    return {
        **_image(workspace, "pachdVersion"),
        "activateAuth": True,
        "enterpriseLicenseKey": secrets.leaf(LICENSE),
        "externalService": {"enabled": True, "apiGRPCPort": 30651, "s3GatewayPort": 30601},
        "pachAuthClusterRoleBindings": _bindings(workspace),
        "storage": {"google": {"bucket": names.bucket(workspace)}},
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
