"""A destroy whose credential of the day of creation is dead, on the real engine with a provider that Pulumi starts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from helium.sandbox import resources
from tests.adapters import git_repos
from tests.deleting import cluster
from tests.deleting.real_fleet import KEPT, RealFleet, summary

pytestmark = pytest.mark.slow
HOUSED = Path(__file__).parent / "housed"
SETTINGS = """
fleet: acme
sandbox: [gcp]
defaults: {backend: housed}
limits: {parallel: 1}
clusters: {ci: {kubeconfig: .helium/ci.yaml}}
"""
MARCH, JUNE = "token-of-march", "token-of-june"


def housed_in(empty: RealFleet, tmp_path: Path, *only: str) -> RealFleet:
    """A fleet in which `a` and `b` live in the cluster `ci`, made with March's token; or of these `only` some."""
    fleet = empty.copied(tmp_path / "acme")
    bin = tmp_path / "bin"
    cluster.install(bin, folder=home(fleet))
    cluster.kubeconfig(fleet.folder / ".helium" / "ci.yaml", token=MARCH)
    fleet.fresh({"PATH": f"{bin}{os.pathsep}{fleet.environ['PATH']}"})
    files = {f"stacks/housed/{path.name}": path.read_bytes() for path in HOUSED.iterdir() if path.is_file()}
    settings = f"{SETTINGS}backends: {{housed: {{cluster: ci}}}}\n"
    git_repos.land(fleet.folder, {**files, "helium.yaml": settings.encode()}, time=fleet.now)
    fleet.land({"a.yaml": KEPT, "b.yaml": KEPT})
    result = fleet.go(*only)
    assert [outcome.ok for outcome in result.outcomes] == [True] * (len(only) or 2), result.outcomes
    return fleet


def home(fleet: RealFleet) -> Path:
    """Where the cluster keeps what is in it."""
    return fleet.folder.parent / "cluster"


def namespaces(fleet: RealFleet) -> list[str]:
    """The namespaces in the cluster."""
    return sorted(each.identity.name for each in resources(home(fleet)))


def state(fleet: RealFleet, name: str) -> str:
    """The stack's state, with every secret in plain text."""
    secret = (fleet.folder / ".helium" / "passphrase").read_text().strip()
    own = {
        "PULUMI_BACKEND_URL": f"file://{fleet.folder}/.helium/state",
        "PULUMI_CONFIG_PASSPHRASE": secret,
        "PULUMI_HOME": str(fleet.folder.parent / "home"),
    }
    stack = f"organization/acme.housed/{name}"
    command = (fleet.environ["HELIUM_PULUMI"], "stack", "export", "--show-secrets", "--stack", stack)
    done = subprocess.run(command, env={**os.environ, **own}, cwd=home(fleet), capture_output=True, check=True)
    return done.stdout.decode()


def test_a_destroy_needs_nothing_of_the_day_of_creation(empty: RealFleet, tmp_path: Path) -> None:
    """Its file, the backend's folder and program are gone and the token is dead: the pass brings today's, and it goes.

    No state ever held the old one. With a kubeconfig that is still the old one it fails, stays `deleting`, and is
    tried again.
    """
    housed = housed_in(empty, tmp_path, "a")
    assert namespaces(housed) == ["a"]
    assert [token for token in (MARCH, JUNE) if token in state(housed, "a")] == []
    cluster.revoke(home(housed), MARCH)
    shutil.rmtree(housed.folder / "stacks")
    housed.settings(SETTINGS.replace("{backend: housed}", "{}"))
    housed.land({"a.yaml": None})
    housed.elsewhere(tmp_path / "cache")
    assert summary(housed.go("a")) == [("destroy", "a", "file-removed", False)]
    assert (namespaces(housed), housed.phases()) == (["a"], {"a": "deleting"})

    cluster.kubeconfig(housed.folder / ".helium" / "ci.yaml", token=JUNE)
    housed.fresh()
    assert summary(housed.go("a")) == [("destroy", "a", "file-removed", True)]
    assert (namespaces(housed), housed.phases(), housed.stacks()) == ([], {}, ["marker"])
    assert MARCH not in repr((housed.log(), housed.progress.lines))
