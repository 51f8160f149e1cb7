"""A small workspace program on the real SDKs, and the real engine to run it with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes
from pulumi import automation
from pulumi.automation._stack import StackInitMode

SECRET = "s3cr3t-licence-key"


def kubeconfig(server: str) -> str:
    """A kubeconfig with nothing but a server."""
    return json.dumps(
        {
            "current-context": "main",
            "contexts": [{"name": "main", "context": {"cluster": "main"}}],
            "clusters": [{"name": "main", "cluster": {"server": server}}],
        }
    )


@dataclass(frozen=True)
class PulumiWorkspace:
    """What a test may vary."""

    name: str = "demo"
    location: str = "US"
    label: str = "one"
    secret: str = SECRET
    server: str = "https://192.0.2.1"
    imports: dict[str, str] = field(default_factory=dict)

    def __call__(self) -> None:
        """The inline program."""
        cloud = gcp.Provider("cloud", project="acme")
        cluster = kubernetes.Provider("cluster", kubeconfig=kubeconfig(self.server))
        google, there = self._options(cloud), self._options(cluster)
        bucket = gcp.storage.Bucket(
            "bucket",
            name=f"{self.name}-bucket",
            location=self.location,
            labels={"l": self.label},
            opts=google("bucket"),
        )
        account = gcp.compute.get_default_service_account(opts=pulumi.InvokeOptions(provider=cloud))
        gcp.storage.BucketIAMMember(
            "member", bucket=bucket.name, role="roles/storage.admin", member=account.member, opts=google("member")
        )
        namespace = kubernetes.core.v1.Namespace("namespace", metadata={"name": self.name}, opts=there("namespace"))
        kubernetes.core.v1.Secret(
            "secret",
            metadata={"name": "keys", "namespace": namespace.metadata["name"]},
            string_data={"key": self.secret},
            opts=there("secret"),
        )
        release = kubernetes.helm.v3.Release(
            "release",
            name="pachyderm",
            chart="pachyderm",
            namespace=namespace.metadata["name"],
            values={"pachd": {"enterpriseLicenseKey": pulumi.Output.secret(self.secret), "label": self.label}},
            opts=there("release"),
        )
        balancer = kubernetes.core.v1.Service.get(
            "pachd-lb", f"{self.name}/pachd-lb", opts=there("lb", depends_on=[release])
        )
        pulumi.export("ip", balancer.status["load_balancer"]["ingress"][0]["ip"])
        pulumi.export("url", bucket.url)

    def _options(self, provider: pulumi.ProviderResource) -> Callable[..., pulumi.ResourceOptions]:
        def options(name: str, **more: Any) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(provider=provider, import_=self.imports.get(name), **more)

        return options


class LeanStack(automation.Stack):
    """A stack whose outputs are asked for when a test wants them, not after every `up`: that takes two more Pulumis."""

    read_outputs = automation.Stack.outputs

    def outputs(self) -> automation.OutputMap:
        """None, for the SDK's `up`."""
        return {}


@dataclass(frozen=True)
class PulumiRun:
    """The real Pulumi on a state of its own."""

    command: automation.PulumiCommand
    folder: Path
    environment: dict[str, str]

    def stack(self, program: Callable[[], None], name: str = "one") -> LeanStack:
        """A stack of that name that runs the program."""
        state, work = self.folder / "state", self.folder / name
        for each in (state, work):
            each.mkdir(parents=True, exist_ok=True)
        workspace = automation.LocalWorkspace(
            work_dir=str(work),
            pulumi_command=self.command,
            program=program,
            project_settings=automation.ProjectSettings(name="sandboxed", runtime="python"),
            env_vars={
                "GOGC": "400",  # as Helium's engine runs it
                "PULUMI_BACKEND_URL": state.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": "a passphrase for a test",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_HOME": str(self.folder / "home"),
                **self.environment,
            },
        )
        mode = StackInitMode.CREATE_OR_SELECT
        return LeanStack(name, workspace, mode)
