"""A fleet with an instance of `helm`: a small web application with its cache, from charts in the fleet's repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from helium.adapters.charts.package import digest_of, packed
from helium.core.digest import Json
from tests.adapters import git_repos
from tests.chart_repository import CHARTS
from tests.cluster_fleet import ClusterFleet
from tools.cluster.api import KubernetesApi

FIELDS: dict[str, dict[str, Json]] = {
    "replicas": {
        "type": "integer",
        "minimum": 1,
        "maximum": 5,
        "default": 1,
        "description": "How many copies run.",
    },
    "message": {"type": "string", "maxLength": 80, "default": "Hello", "description": "What the first page says."},
}
WEBAPP, CACHE = CHARTS / "webapp", CHARTS / "cache"
CONNECT = [
    {"label": "Open", "url": "https://${workspace.host}"},
    {"label": "Without a name", "url": "http://${outputs.address}"},
    {
        "label": "Password of the cache",
        "text": "kubectl -n ${workspace.namespace} get secret ${outputs.password} -o yaml",
    },
]


def chart(folder: Path) -> Mapping[str, bytes]:
    """The files of a chart, by their paths in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def named(folder: Path) -> dict[str, Json]:
    """The chart as `helium.yaml` names it: by path, version and digest."""
    files = chart(folder)
    version = yaml.safe_load(files["Chart.yaml"])["version"]
    return {"chart": f"charts/{folder.name}", "version": version, "digest": digest_of(packed(files))}


def instance(**changes: Any) -> dict[str, Json]:
    """The instance; `changes` replace settings of it."""
    plain: dict[str, Json] = {
        "backend": "helm",
        "description": "A small web application with its cache",
        "cluster": "ci",
        "host": "${workspace.name}.shop.example.com",
        "namespace": {"quota": {"pods": 10}, "network": {"from": ["ingress"]}},
        "releases": {
            "app": {
                **named(WEBAPP),
                "needs": ["cache"],
                "values": {
                    "replicaCount": "${fields.replicas}",
                    "message": "${fields.message}",
                    "host": "${workspace.host}",
                    "cache": "cache.${workspace.namespace}.svc",
                    "service": {"type": "LoadBalancer"},
                },
            },
            "cache": {**named(CACHE), "values": {"maxMemory": "128mb", "password": {"fromSecret": "CACHE"}}},
        },
        "outputs": {
            "address": {"service": "app"},
            "host": {"ingress": "app"},
            "password": {"secret": "cache-login"},
        },
        "fields": FIELDS,
        "connect": CONNECT,
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def settings(backends: Mapping[str, Json], *, cluster: str = "", **more: Json) -> bytes:
    """A `helium.yaml`; without a kubeconfig the sandbox is the cluster."""
    access: dict[str, Json] = {"clusters": {"ci": {"kubeconfig": cluster}}} if cluster else {"sandbox": ["kubernetes"]}
    # Through JSON, so that nothing is in it twice: `helium.yaml` takes no anchors.
    whole = json.loads(json.dumps({"fleet": "acme", **access, "backends": dict(backends), **more}))
    return yaml.safe_dump(whole).encode()


def charts(*folders: Path) -> dict[str, bytes]:
    """The files of these charts, else of the instance's, by their paths in a fleet."""
    return {
        f"charts/{folder.name}/{path}": data
        for folder in folders or (WEBAPP, CACHE)
        for path, data in chart(folder).items()
    }


def new_fleet(folder: Path, api: KubernetesApi, *, kubeconfig: Path) -> ClusterFleet:
    """A fleet on a real cluster, without workspaces, with the instance `shop` and its charts."""
    text = settings({"shop": instance()}, cluster=str(kubeconfig)).decode()
    new = ClusterFleet.new(folder, api, settings=text)
    git_repos.land(folder, charts(), time=datetime.now(UTC))
    secrets = {"HELIUM_PASSPHRASE": "a passphrase for a test", "HELIUM_SECRET_CACHE": "password-of-the-cache"}
    return replace(new, environ={**new.environ, **secrets})
