"""The Helm values of the JupyterHub chart, as plain data, and the two hooks that its hub runs. Pure.

Nobody gets in who is not named: the chart's own default would let anyone in.
"""

from __future__ import annotations

from helium.core.helm_values import kept, merge, of_notebooks, revealed
from helium.core.workspace import Workspace

from . import names
from .secrets import CLIENT_ID, CLIENT_SECRET, Secrets
from .settings import BackendSettings
from .values import LOCKED_NOTEBOOKS, Values, ingress_annotations

IMAGE = "pachyderm/notebooks-user"
USUAL = "v0.5.1"
"""The image's tag for a spec that names no `notebooksVersion`."""

AS_ROOT = '''\
def notebook_as_root(spawner, pod):
    """The Pachyderm extension mounts repositories, which only root may."""
    pod.spec.containers[0].security_context = {"runAsUser": 0, "allowPrivilegeEscalation": True}
    return pod

c.KubeSpawner.modify_pod_hook = notebook_as_root
'''

VERIFIED = '''\
def only_verified(authenticator, handler, found):
    """Anyone may sign up with somebody else's address; only a verified one is a name."""
    state = (found or {}).get("auth_state") or {}
    if (state.get("auth0_user") or {}).get("email_verified") is not True:
        return None
    # Older hubs let everybody in again whom they ever let in, whatever the rule is by now.
    return found if WHO is None or found["name"].lower() in WHO else None

c.Auth0OAuthenticator.post_auth_hook = only_verified
'''


def host(workspace: Workspace, settings: BackendSettings) -> str:
    """Where JupyterHub answers."""
    return f"{names.hub(workspace)}.{settings.domain}"


def jupyterhub(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    """What the release is installed with; `UsageError` for a secret that is not set."""
    locked, trusted = LOCKED_NOTEBOOKS, of_notebooks(settings.trusted)
    users = kept(workspace.spec.notebook_values, locked, trusted=trusted)
    return merge(_own(workspace, settings, secrets=secrets), revealed(users, secrets.of_user))


def _own(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    where = host(workspace, settings)
    return {
        "hub": {
            "config": {
                "JupyterHub": {"authenticator_class": "auth0"},
                "Auth0OAuthenticator": _sign_in(workspace, settings, secrets=secrets),
            },
            "extraConfig": {"asRoot": AS_ROOT, "verified": _verified(workspace)},
        },
        "ingress": {
            "enabled": True,
            "annotations": ingress_annotations(settings),
            "hosts": [where],
            "tls": [{"hosts": [where], "secretName": settings.tls_secret}],
        },
        # Each of its DaemonSets is a pod on every node, for every workspace.
        "prePuller": {"hook": {"enabled": False}, "continuous": {"enabled": False}},
        "proxy": {"service": {"type": "ClusterIP"}},
        # Its cluster role is not worth having for one person's pods.
        "scheduling": {"userScheduler": {"enabled": False}},
        "singleuser": _singleuser(workspace),
    }


def _verified(workspace: Workspace) -> str:
    """The hook, with the names that it lets in; none where everyone of the tenant may log in."""
    who = None if workspace.spec.access == "everyone" else _owner(workspace)
    return f"WHO = {who!r}\n\n{VERIFIED}"


def _owner(workspace: Workspace) -> list[str]:
    return [workspace.owner.lower()] if workspace.owner else []


def _sign_in(workspace: Workspace, settings: BackendSettings, *, secrets: Secrets) -> Values:
    everyone = workspace.spec.access == "everyone"
    return {
        "auth0_domain": settings.auth0_host,
        "client_id": secrets.leaf(CLIENT_ID),
        "client_secret": secrets.leaf(CLIENT_SECRET),
        "oauth_callback_url": f"https://{host(workspace, settings)}/hub/oauth_callback",
        "scope": ["openid", "email", "profile"],
        "username_claim": "email",
        # Charts before 3 do not know it: there a list of names keeps all others out, and no list lets all in.
        "allow_all": everyone,
        "allowed_users": [] if everyone else _owner(workspace),
        # Who was let in under another `access` is not let in for ever.
        "allow_existing_users": False,
        "admin_users": _owner(workspace),
    }


def _singleuser(workspace: Workspace) -> Values:
    settings: Values = {
        "image": {"name": IMAGE, "tag": workspace.spec.text("notebooksVersion") or USUAL},
        "defaultUrl": "/lab",
        "cmd": "start-singleuser.sh",
        "uid": 0,
        "fsGid": 0,
        "extraEnv": {"GRANT_SUDO": "yes", "NOTEBOOK_ARGS": "--allow-root", "CHOWN_HOME": "yes"},
        # The chart closes private addresses to notebooks; pachd is at one of them.
        "networkPolicy": {"egress": [{"to": [{"podSelector": {}}]}]},
    }
    version = workspace.spec.text("mountServerVersion")
    return {**settings, **_mount_server(version, env=settings["extraEnv"])} if version else settings


def _mount_server(version: str, *, env: Values) -> Values:
    """A mount server beside the notebook. It is privileged: what it mounts must show in the other container."""
    return {
        "extraEnv": {**env, "SIDECAR_MODE": "true"},
        "extraContainers": [
            {
                "name": "mount-server",
                "image": f"pachyderm/mount-server:{version}",
                "command": ["/bin/bash", "-c", "mount-server"],
                "securityContext": {"privileged": True, "runAsUser": 0},
                "volumeMounts": [{"name": "pfs", "mountPath": "/pfs", "mountPropagation": "Bidirectional"}],
            }
        ],
        "storage": {
            "extraVolumes": [{"name": "pfs", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "pfs", "mountPath": "/pfs", "mountPropagation": "HostToContainer"}],
        },
    }
