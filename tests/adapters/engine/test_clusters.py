"""One kubeconfig for the pass, a context for each cluster, and a sentence for each that cannot be reached."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine import EngineSettings
from helium.adapters.engine.clusters import Access, access
from helium.errors import EngineError
from tests.adapters.engine.conftest import Make, workspace

Settings = Callable[..., EngineSettings]
CONFIG = {
    "current-context": "home",
    "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1", "certificate-authority": "ca.crt"}}],
    "users": [{"name": "u", "user": {"token": "token-of-u"}}],
    "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u"}}],
}


def written(folder: Path, document: Any) -> str:
    """A kubeconfig file's path."""
    path = folder / "kubeconfig.yaml"
    path.write_text(json.dumps(document))
    return str(path)


Configure = Callable[[dict[str, Any]], EngineSettings]


@pytest.fixture
def configured(settings: Settings) -> Configure:
    """Settings with clusters, and their work folder made."""

    def pins(clusters: dict[str, Any]) -> EngineSettings:
        given = settings(clusters=clusters)
        given.work.mkdir()
        return given

    return pins


def test_a_file_becomes_a_context(configured: Configure, tmp_path: Path) -> None:
    """Named after the cluster, private, with paths that hold from anywhere and a token that is known as a secret."""
    got = access(configured({"ci": {"kubeconfig": written(tmp_path, CONFIG)}}))

    assert got.path is not None
    document = json.loads(got.path.read_text())
    assert [{"name": "ci", "context": {"cluster": "ci", "user": "ci"}}] == document["contexts"]
    assert str(tmp_path / "ca.crt") == document["clusters"][0]["cluster"]["certificate-authority"]
    assert ("token-of-u",) == got.secrets
    assert 0o600 == stat.S_IMODE(got.path.stat().st_mode)


def test_a_workspace_has_a_context_with_its_own_rights(configured: Configure, tmp_path: Path) -> None:
    """Beside the cluster's: it acts as the account of the workspace's namespace, by the same credentials."""
    got = access(configured({"ci": {"kubeconfig": written(tmp_path, CONFIG)}}))
    path = Path(got.environment("demo")["KUBECONFIG"])
    document = json.loads(path.read_text())

    context = {"cluster": "ci", "user": "ci/demo", "namespace": "demo"}
    assert [{"cluster": "ci", "user": "ci"}, context] == [each["context"] for each in document["contexts"]]
    assert ["ci", "ci/demo"] == [each["name"] for each in document["contexts"]]
    whole, acting = (each["user"] for each in document["users"])
    assert {**whole, "as": "system:serviceaccount:demo:helium"} == acting
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert got.environment("demo") == got.environment("demo")
    assert {} == Access().environment("demo")


def test_what_only_looks_does_it_with_the_rights_of_the_pass(configured: Configure, tmp_path: Path) -> None:
    """By the same name of a context. The account goes with its namespace, and could not see that it is gone."""
    got = access(configured({"ci": {"kubeconfig": written(tmp_path, CONFIG)}}))
    document = json.loads(Path(got.environment("demo", looks=True)["KUBECONFIG"]).read_text())

    assert ["ci", "ci/demo"] == [each["name"] for each in document["contexts"]]
    assert not any("as" in each["user"] for each in document["users"])


@pytest.mark.parametrize("content", ["not: a kubeconfig", "- 1", "{", "text"])
def test_what_is_no_kubeconfig_is_an_error(configured: Configure, tmp_path: Path, content: str) -> None:
    """With the cluster's name, and no traceback."""
    file = tmp_path / "broken"
    file.write_text(content)

    got = access(configured({"ci": {"kubeconfig": str(file)}}))

    assert got.issues["ci"].startswith("the cluster ci cannot be reached: its kubeconfig")


def test_a_missing_file_is_an_error(configured: Configure, tmp_path: Path) -> None:
    """The others are reached all the same."""
    ways = {"a": {"kubeconfig": str(tmp_path / "none")}, "b": {"kubeconfig": written(tmp_path, CONFIG)}}

    got = access(configured(ways))

    assert (["a"], True) == (list(got.issues), got.path is not None and "10.0.0.1" in got.path.read_text())


def test_the_sandbox_needs_none(settings: Settings) -> None:
    """Where it stands in for Kubernetes there is no cluster to reach."""
    given = settings(clusters={"ci": {"gke": True}}, providers={"PULUMI_DEBUG_PROVIDERS": "gcp:1,kubernetes:1"})

    assert None is access(given).path


GCLOUD = f"""#!{sys.executable}
import os, sys
expected = "container clusters get-credentials big --zone us-east1-b --project p".split()
sys.argv[1:] == expected or sys.exit(f"called with {{sys.argv[1:]}}")
open(os.environ["KUBECONFIG"], "w").write({json.dumps(CONFIG)!r})
"""


def test_gke_is_what_gcloud_writes(settings: Settings, tmp_path: Path) -> None:
    """The program on the PATH is asked for the cluster in its zone and project, and writes a file of its own."""
    (tmp_path / "gcloud").write_text(GCLOUD)
    (tmp_path / "gcloud").chmod(0o755)
    way = {"gke": True, "zone": "us-east1-b", "project": "p"}
    given = settings(clusters={"big": way, "gone": way, "lone": {"gke": True}}, environment={"PATH": str(tmp_path)})
    given.work.mkdir()

    got = access(given)

    assert got.path is not None
    assert ["big"] == [each["name"] for each in json.loads(got.path.read_text())["contexts"]]
    assert {
        "gone": "the cluster gone cannot be reached: gcloud did not return credentials for it",
        "lone": "the cluster lone cannot be reached: no backend in helium.yaml sets its project and zone",
    } == got.issues


def test_a_stack_gives_its_kubeconfig(engine: Make, configured: Configure, tmp_path: Path) -> None:
    """Another Pulumi stack's secret output `kubeconfig`, in the same state."""
    backend = tmp_path / "cluster"
    backend.mkdir()
    (backend / "resources.py").write_text(
        f"import pulumi\n\ndef declare(w):\n    return {{'kubeconfig': pulumi.Output.secret({json.dumps(CONFIG)!r})}}\n"
    )
    engine(backends={"cluster": backend}, work=tmp_path / "first").up(workspace("dev", "cluster"))

    got = access(configured({"ci": {"stack": "organization/acme.cluster/dev"}, "no": {"stack": "organization/x/y"}}))

    assert ("token-of-u",) == got.secrets
    assert {
        "no": "the cluster no cannot be reached: the stack organization/x/y does not have the output kubeconfig"
    } == got.issues


def test_a_cluster_that_cannot_be_reached_spoils_its_own(engine: Make, tmp_path: Path) -> None:
    """A stack that lives elsewhere comes up."""
    one = engine(clusters={"ci": {"kubeconfig": str(tmp_path / "none")}})

    with pytest.raises(EngineError, match="the cluster ci cannot be reached"):
        one.up(workspace("a", placement={"cluster": "ci"}))

    assert "https://b" == one.up(workspace("b")).outputs["url"]
