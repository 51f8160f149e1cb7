"""A fleet whose workspaces live in a real cluster, by real commands, Pulumi and its provider. Google is the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helium.errors import ExitCode
from helium.sandbox import resources
from tests.adapters import git_repos
from tests.kubernetes import soon
from tools.cluster.api import KubernetesApi
from tools.find import cache, locate
from tools.make import ROOT
from tools.table import PROVIDER

_DEPLOYED = "owner=helm,status=deployed"


@dataclass
class ClusterFleet:
    """A fleet in a folder, in a repository without a remote. `took`: each command, and its seconds."""

    folder: Path
    api: KubernetesApi
    environ: Mapping[str, str]
    took: list[tuple[str, float]] = field(default_factory=list)

    @classmethod
    def new(cls, folder: Path, api: KubernetesApi, *, settings: str) -> ClusterFleet:
        """A fleet without workspaces. `settings`: its `helium.yaml`."""
        assert locate(PROVIDER, os.environ), "not here: python3 -m tools setup pulumi-kubernetes"
        folder.mkdir(parents=True, exist_ok=True)
        git_repos.new_repo(folder)
        # Its own home: no plugin, no passphrase and no kubeconfig of the person's.
        own = {"HOME": str(folder.parent), "PULUMI_HOME": "", "HELIUM_CACHE": str(cache(os.environ))}
        kept = {key: os.environ[key] for key in ("HELIUM_PULUMI", "TMPDIR") if key in os.environ}
        fleet = cls(folder, api, {**git_repos.ENVIRON, **own, **kept, "PYTHONPATH": str(ROOT)})
        (folder / ".gitignore").write_text(".helium/\n")
        git_repos.land(folder, {"helium.yaml": settings.encode()}, time=datetime.now(UTC))
        return fleet

    def land(self, **specs: str | None) -> None:
        """Somebody pushes these specs, by the workspace's name; `None` removes one."""
        files = {f"workspaces/{name}.yaml": None if text is None else text.encode() for name, text in specs.items()}
        git_repos.land(self.folder, files, time=datetime.now(UTC))

    def helium(self, *args: str, code: int = 0) -> str:
        """What a command prints."""
        began = time.monotonic()
        command = [sys.executable, "-m", "helium", "-C", str(self.folder), *args]
        done = subprocess.run(command, env=dict(self.environ), capture_output=True, text=True, check=False)
        self.took.append((" ".join(args), time.monotonic() - began))
        assert code == done.returncode, f"{args}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def allowed(self) -> Sequence[str]:
        """What allows the one thing that the next pass refuses: the removal of the last workspace."""
        (refused,) = json.loads(self.helium("plan", "--json", code=ExitCode.REFUSED))["refusals"]
        override: str = refused["override"]
        return override.split()

    def row(self, name: str) -> Mapping[str, Any]:
        """What `helium show` says of a workspace."""
        said = subprocess.run(
            [sys.executable, "-m", "helium", "-C", str(self.folder), "show", name, "--json"],
            env=dict(self.environ),
            capture_output=True,
            text=True,
            check=True,
        )
        row: Mapping[str, Any] = json.loads(said.stdout)
        return row

    def names(self, path: str, *, within: str = "") -> list[str]:
        """The names of the objects at a path of the API whose name has that text in it."""
        return sorted(each["metadata"]["name"] for each in self.api.items(path) if within in each["metadata"]["name"])

    def releases(self, namespace: str) -> list[str]:
        """Every Helm release in a namespace, each with the number of its deployed revision: `NAME.v2`."""
        secrets = self.names(f"/api/v1/namespaces/{namespace}/secrets?labelSelector={_DEPLOYED.replace(',', '%2C')}")
        return [name.removeprefix("sh.helm.release.v1.") for name in secrets]

    def unready(self, namespace: str) -> Sequence[str]:
        """The pods in a namespace that are not ready."""
        return [
            pod["metadata"]["name"]
            for pod in self.api.items(f"/api/v1/namespaces/{namespace}/pods")
            if not any(
                each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ())
            )
        ]

    def warned(self, namespace: str) -> Sequence[str]:
        """The reasons of the warnings in a namespace."""
        events = self.api.items(f"/api/v1/namespaces/{namespace}/events")
        return [each["reason"] for each in events if each["type"] == "Warning"]

    def buckets(self) -> list[str]:
        """The buckets in the pretend Google Cloud."""
        found = resources(self.folder / ".helium" / "sandbox")
        return sorted(each.identity.name for each in found if each.identity.kind.endswith("Bucket"))

    def left(self, name: str) -> list[str]:
        """What the cluster still has of a workspace, after what goes by itself had time to go."""

        def rest() -> list[str]:
            claims = {each["spec"].get("claimRef", {}).get("namespace", "") for each in self.api.items(_VOLUMES)}
            found = [each for path in _CLUSTER_WIDE for each in self.names(path, within=name)]
            return [*found, *(f"volume of {each}" for each in claims if each == name)]

        soon(lambda: not rest())
        return rest()


_VOLUMES = "/api/v1/persistentvolumes"
_RIGHTS = "/apis/rbac.authorization.k8s.io/v1"
_CLUSTER_WIDE = ("/api/v1/namespaces", f"{_RIGHTS}/clusterroles", f"{_RIGHTS}/clusterrolebindings")
