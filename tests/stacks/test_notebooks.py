"""The Helm values of JupyterHub, and the hooks that its hub runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.stacks.gcp_namespace import notebooks
from tests.stacks.gcp_namespace.secrets import Secret
from tests.stacks.workspaces import SECRETS, settings, workspace


def made(**changes: Any) -> dict[str, Any]:
    """The values for such a workspace."""
    return notebooks.jupyterhub(workspace(**changes), settings(), secrets=SECRETS)


def hooks(*snippets: str) -> SimpleNamespace:
    """The hub's configuration after it ran the snippets."""
    config = SimpleNamespace(KubeSpawner=SimpleNamespace(), Auth0OAuthenticator=SimpleNamespace())
    for snippet in snippets:
        exec(snippet, {"c": config})
    return config


def test_what_helium_sets() -> None:
    """Host, TLS, service, puller, address and image are as the README of gcp-namespace says."""
    found = made(fields={"notebooksVersion": "904d497"})

    assert ["jh-demo.ws.example.com"] == found["ingress"]["hosts"]
    assert [{"hosts": ["jh-demo.ws.example.com"], "secretName": "wildcard-tls"}] == found["ingress"]["tls"]
    assert {"hook": {"enabled": False}, "continuous": {"enabled": False}} == found["prePuller"]
    assert "ClusterIP" == found["proxy"]["service"]["type"]
    assert "/lab" == found["singleuser"]["defaultUrl"]
    assert {"name": "pachyderm/notebooks-user", "tag": "904d497"} == found["singleuser"]["image"]


def test_sign_in_is_auth0_s() -> None:
    """People sign in through the tenant, by their address; the client's id and secret are hidden leaves."""
    config = made()["hub"]["config"]
    sign_in = config["Auth0OAuthenticator"]

    assert {"authenticator_class": "auth0"} == config["JupyterHub"]
    assert "tenant.example.com" == sign_in["auth0_domain"]
    assert "https://jh-demo.ws.example.com/hub/oauth_callback" == sign_in["oauth_callback_url"]
    assert "email" == sign_in["username_claim"]
    assert (Secret("client-id-7f3a"), Secret("client-secret-9c1e")) == (sign_in["client_id"], sign_in["client_secret"])


@pytest.mark.parametrize(("access", "everyone"), [("owner", False), ("everyone", True)])
def test_who_is_let_in(access: str, everyone: bool) -> None:
    """The owner, and everyone of the tenant where the spec says so; nobody stays in from an earlier rule."""
    sign_in = made(access=access)["hub"]["config"]["Auth0OAuthenticator"]

    assert everyone is sign_in["allow_all"]
    # On an older hub, which does not know `allow_all`, no names let everybody in.
    assert ([] if everyone else ["ada@example.com"]) == sign_in["allowed_users"]
    assert ["ada@example.com"] == sign_in["admin_users"]
    assert False is sign_in["allow_existing_users"]


def test_nobody_without_an_owner() -> None:
    """A workspace of nobody lets nobody in, instead of anyone."""
    sign_in = made(owner="")["hub"]["config"]["Auth0OAuthenticator"]

    assert ([], False) == (sign_in["allowed_users"], sign_in["allow_all"])


def test_the_notebook_runs_as_root() -> None:
    """The hub's hook gives the first container root, and is not privileged."""
    pod = SimpleNamespace(spec=SimpleNamespace(containers=[SimpleNamespace(security_context=None)]))
    hook = hooks(*made()["hub"]["extraConfig"].values()).KubeSpawner.modify_pod_hook

    assert pod is hook(None, pod)
    assert {"runAsUser": 0, "allowPrivilegeEscalation": True} == pod.spec.containers[0].security_context


@pytest.mark.parametrize(
    ("profile", "let_in"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "yes"}, False),
        ({}, False),
    ],
)
def test_only_verified_addresses_count(profile: dict[str, Any], let_in: bool) -> None:
    """Somebody who signed up with the owner's address, unproven, is not the owner."""
    hook = hooks(*made()["hub"]["extraConfig"].values()).Auth0OAuthenticator.post_auth_hook
    found = {"name": "ada@example.com", "auth_state": {"auth0_user": profile}}

    assert (found if let_in else None) == hook(None, None, found)


@pytest.mark.parametrize(("access", "let_in"), [("owner", False), ("everyone", True)])
def test_whom_an_older_hub_let_in_before_stays_out(access: str, let_in: bool) -> None:
    """It remembers everybody who was ever let in, and lets them in again, whatever the list says by now."""
    hook = hooks(*made(access=access)["hub"]["extraConfig"].values()).Auth0OAuthenticator.post_auth_hook
    found = {"name": "bob@example.com", "auth_state": {"auth0_user": {"email_verified": True}}}

    assert (found if let_in else None) == hook(None, None, found)


def test_mount_server_stands_beside_the_notebook() -> None:
    """With a mount server's version, it is a second container that shares its mounts; without, there is none."""
    found = made(fields={"mountServerVersion": "2.3.9"})["singleuser"]
    (container,) = found["extraContainers"]

    assert "pachyderm/mount-server:2.3.9" == container["image"]
    assert "true" == found["extraEnv"]["SIDECAR_MODE"]
    assert found["storage"]["extraVolumeMounts"][0]["mountPath"] == container["volumeMounts"][0]["mountPath"]
    assert "extraContainers" not in made()["singleuser"]


def test_a_spec_s_own_values_go_over_helium_s_and_never_over_what_is_locked() -> None:
    """Memory and secrets by name reach the chart; who may log in, and what a pod may do, stay Helium's."""
    values = {
        "singleuser": {"memory": {"guarantee": "4G"}, "extraContainers": [{"name": "x"}], "defaultUrl": "/tree"},
        "hub": {"config": {"Auth0OAuthenticator": {"allow_all": True}}},
    }
    found = made(fields={"notebooks": {"values": values}})

    assert ({"guarantee": "4G"}, "/tree") == (found["singleuser"]["memory"], found["singleuser"]["defaultUrl"])
    assert "extraContainers" not in found["singleuser"]
    assert False is found["hub"]["config"]["Auth0OAuthenticator"]["allow_all"]
