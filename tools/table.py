"""The tools that Helium uses beside Python packages: their versions, how to build them, and how long that takes.

One row per tool. Each version is exact, and its checksums are in `tools/go/NAME/go.sum`, or in
`tools/npm/NAME/package-lock.json`. A row alone builds nothing: each command names the tools that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tool:
    """One program, or a few that are built together.

    `packages` are Go main packages: one becomes `bin/NAME`, several become `bin/LAST-PART` each. Without any,
    the `main.go` in the tool's own folder becomes `bin/NAME`. `stamp`: what the linker writes into them.
    `embeds`: files of `module` that the tool's own `main.go` embeds. `minimum`: the oldest version on the PATH
    that will do; without it, only the exact version does. `about`: seconds of a build on two cores.
    """

    name: str
    version: str
    packages: tuple[str, ...]
    about: int
    purpose: str
    command: tuple[str, ...] = ("--version",)
    minimum: tuple[int, ...] | None = None
    stamp: tuple[tuple[str, str], ...] = ()
    tags: str = ""
    module: str = ""
    embeds: tuple[str, ...] = ()
    released: bool = False
    npm: bool = False
    spare: tuple[str, ...] = ()

    @property
    def binaries(self) -> tuple[str, ...]:
        """The names of the programs that this tool consists of."""
        several = len(self.packages) > 1
        return tuple(package.rsplit("/", 1)[-1] for package in self.packages) if several else (self.name,)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


PULUMI = Tool(
    name="pulumi",
    version="3.258.0",
    packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
    about=180,
    purpose="the engine; the main job needs it",
    command=("version",),
    # Older ones lack flags that the engine passes.
    minimum=(3, 200),
    stamp=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", "3.258.0"),),
    released=True,
)

ACTIONLINT = Tool(
    name="actionlint",
    version="1.7.12",
    packages=("github.com/rhysd/actionlint/cmd/actionlint",),
    about=20,
    purpose="checks the workflows; only `make lint` needs it",
    minimum=(1, 7),
)

GITEA = Tool(
    name="gitea",
    version="1.26.0",
    packages=("code.gitea.io/gitea",),
    about=150,
    purpose="a real git host for tests of the host port",
    stamp=(("main.Version", "1.26.0"),),
    tags="sqlite,sqlite_unlock_notify",
    module="code.gitea.io/gitea",
)

KUBERNETES = Tool(
    name="kubernetes",
    version="1.35.4",
    packages=(
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-scheduler",
    ),
    about=210,
    purpose="a Kubernetes API for tests, without containers",
    # Charts that check the Kubernetes version refuse an API server that does not know its own.
    stamp=(
        ("k8s.io/component-base/version.gitVersion", "v1.35.4"),
        ("k8s.io/component-base/version.gitMajor", "1"),
        ("k8s.io/component-base/version.gitMinor", "35"),
    ),
)

PROVIDER = Tool(
    name="pulumi-kubernetes",
    version="4.23.0",
    packages=(),
    about=300,
    purpose="Pulumi's provider for a real Kubernetes API",
    stamp=(("github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version", "4.23.0"),),
    module="github.com/pulumi/pulumi-kubernetes/provider/v4",
    embeds=(
        "cmd/pulumi-resource-kubernetes/schema.json",
        "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
    ),
)

ETCD = Tool(
    name="etcd",
    version="3.6.8",
    packages=("go.etcd.io/etcd/server/v3",),
    about=20,
    purpose="the store behind the Kubernetes API for tests",
)

KWOK = Tool(
    name="kwok",
    version="0.7.0",
    packages=("sigs.k8s.io/kwok/cmd/kwok",),
    about=60,
    purpose="makes pods on pretend nodes ready, for tests",
)

GITHUB_MOCK = Tool(
    name="github-mock",
    version="23.0.2",
    packages=(),
    about=30,
    purpose="answers as GitHub describes its API, for tests of the host port; needs Node",
    npm=True,
    # The same again with every reference written out, and GitHub's other products.
    spare=("@octokit/openapi/generated/*.deref.json", "@octokit/openapi/generated/ghe*.json"),
)
"""GitHub's own OpenAPI description, whose version this is, served by Prism."""

OIDC_PROVIDER = Tool(
    name="oidc-provider",
    version="9.13.3",
    packages=(),
    about=15,
    purpose="a real issuer of OpenID Connect, for tests of the sign-in; needs Node",
    npm=True,
)

TOOLS = {
    tool.name: tool
    for tool in (PULUMI, ACTIONLINT, GITEA, KUBERNETES, PROVIDER, ETCD, KWOK, GITHUB_MOCK, OIDC_PROVIDER)
}
