"""The data sources that the backends ask: project, credentials, service account, cluster.

Pure, and the same answer each time. What it does not know it refuses, instead of making something up.
"""

from __future__ import annotations

from collections.abc import Callable

from helium.sandbox.errors import CloudError, Kind
from helium.sandbox.model import Properties
from helium.sandbox.outputs import address, number
from helium.sandbox.resource_types import Setting
from helium.sandbox.secrets import plain, secret


def answer(token: str, arguments: Properties, *, setting: Setting) -> Properties:
    """The result of one data source; CloudError for one that the sandbox has no answer for."""
    known = _ANSWERS.get(token)
    if known is None:
        raise CloudError(Kind.INVALID, f"the sandbox does not have the data source {token}")
    return known(plain(arguments), setting)


def _number(project: str) -> str:
    return str(100_000_000_000 + number(f"project {project}", 900_000_000_000))


def _project(given: Properties, setting: Setting) -> Properties:
    name = given.get("projectId") or setting.project
    return {"id": f"projects/{name}", "projectId": name, "name": name, "number": _number(name), "labels": {}}


def _client(_: Properties, setting: Setting) -> Properties:
    return {
        "id": f"projects/{setting.project}",
        "project": setting.project,
        "region": setting.region,
        "zone": setting.zone,
        "accessToken": secret("sandbox"),
        "defaultLabels": {},
    }


def _account(given: Properties, setting: Setting) -> Properties:
    project = given.get("project") or setting.project
    email = f"{_number(project)}-compute@developer.gserviceaccount.com"
    name = f"projects/{project}/serviceAccounts/{email}"
    return {
        "id": name,
        "name": name,
        "project": project,
        "email": email,
        "member": f"serviceAccount:{email}",
        "displayName": "Compute Engine default service account (sandbox)",
        "uniqueId": _number(email),
    }


def _cluster(given: Properties, setting: Setting) -> Properties:
    name, project = given.get("name", ""), given.get("project") or setting.project
    place = given.get("location") or setting.zone
    path = f"projects/{project}/locations/{place}/clusters/{name}"
    return {
        "id": path,
        "selfLink": f"https://container.googleapis.com/v1/{path}",
        "name": name,
        "project": project,
        "location": place,
        "endpoint": address(path),
        "masterAuths": [{"clusterCaCertificate": "c2FuZGJveA==", "clientCertificate": "", "clientKey": ""}],
    }


_ANSWERS: dict[str, Callable[[Properties, Setting], Properties]] = {
    "gcp:organizations/getProject:getProject": _project,
    "gcp:organizations/getClientConfig:getClientConfig": _client,
    "gcp:compute/getDefaultServiceAccount:getDefaultServiceAccount": _account,
    "gcp:container/getCluster:getCluster": _cluster,
}
