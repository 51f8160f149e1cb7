"""What the account of a kubeconfig may do in its cluster, asked of the cluster itself. Nothing is written by asking."""

from __future__ import annotations

from dataclasses import dataclass

from helium.adapters.kubernetes.cluster_api import NOT_FOUND, ClusterApi, ClusterError

RBAC = "rbac.authorization.k8s.io"
_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@dataclass(frozen=True, slots=True)
class Right:
    """A verb on a resource, everywhere in the cluster, or on the one that is `called` so. `why`: what needs it."""

    key: str
    verb: str
    resource: str
    why: str
    group: str = ""
    called: str = ""

    @property
    def text(self) -> str:
        """As one says it: `create namespaces`."""
        return f"{self.verb} {self.resource}{f' {self.called}' if self.called else ''}"

    def granted_by(self, account: str) -> str:
        """The commands with which an administrator grants it."""
        of = f"{self.resource}.{self.group}" if self.group else self.resource
        name = f" --resource-name={self.called}" if self.called else ""
        return (
            f"kubectl create clusterrole helium-{self.key} --verb={self.verb} --resource={of}{name} && "
            f"kubectl create clusterrolebinding helium-{self.key} --clusterrole=helium-{self.key} {_subject(account)}"
        )


ALWAYS = (
    Right("create-namespaces", "create", "namespaces", "each workspace has one of its own"),
    Right("delete-namespaces", "delete", "namespaces", "a workspace that ends takes its own along"),
    Right("list-secrets", "list", "secrets", "Helm's records say how far each release came"),
    Right("delete-secrets", "delete", "secrets", "the record of a killed Helm has to go"),
    Right("list-pods", "list", "pods", "a workspace is ready when its pods are"),
    Right("list-events", "list", "events", "the warnings of a namespace say why pods are not ready"),
)
NAMESPACED = (
    Right("impersonate", "impersonate", "serviceaccounts", "releases act with the rights of their namespace alone"),
    Right("bind-admin", "bind", "clusterroles", "that account is admin of its namespace", group=RBAC, called="admin"),
)
"""What instances of `helm` need, unless they say `clusterWide`."""


def may(api: ClusterApi, right: Right) -> bool:
    """Whether the cluster lets this account do it. `ClusterError`."""
    wanted = {"verb": right.verb, "resource": right.resource, "group": right.group, "name": right.called}
    answer = api.review(_ACCESS, {"spec": {"resourceAttributes": wanted}})
    return bool((answer.get("status") or {}).get("allowed"))


def account(api: ClusterApi) -> str:
    """Who the cluster takes this kubeconfig for; empty where it is too old to say. `ClusterError`."""
    try:
        answer = api.review(_SELF, {})
    except ClusterError as error:
        if error.code != NOT_FOUND:
            raise
        return ""
    return str(((answer.get("status") or {}).get("userInfo") or {}).get("username", ""))


def _subject(account: str) -> str:
    if account.startswith("system:serviceaccount:"):
        return f"--serviceaccount={account.removeprefix('system:serviceaccount:')}"
    return f"--user={account or 'ACCOUNT'}"
