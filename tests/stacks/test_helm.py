"""The backend `helm` in the sandbox: what it declares for an instance, and a whole life behind real Pulumi."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import PulumiCommand

from helium.adapters.backends import FolderBackends
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.observation import Recipe
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from helium.errors import EngineError, UsageError
from helium.ports.engine import A_DESTROY_FOLLOWS, UpOptions
from helium.sandbox import Sandbox, resources, start
from tests.stacks.engines import MakeEngine, engines
from tests.stacks.helm.labels import namespace_labels, plain
from tests.stacks.helm.network import policies
from tests.stacks.helm.settings import InstanceSettings, NamespaceSettings
from tests.stacks.instance_fleet import instance

KEY = {"HELIUM_SECRET_CACHE": "password-of-the-cache"}
LONGEST = "n" * 58
BACKENDS = FolderBackends(lambda _: {}, cache=Path("unused"))


def recipe(**changes: Any) -> Recipe:
    """What the instance `shop` creates a workspace with."""
    fleet = Fleet("acme", sandbox=("kubernetes",), backends={"shop": instance(**changes)})
    return BACKENDS.recipes(fleet, commit="c")["shop"]


def workspace(name: str = "demo", *, fields: Mapping[str, Json] | None = None, **changes: Any) -> Workspace:
    """A workspace of the instance; `fields` is what its spec says, `changes` are the instance's."""
    made = recipe(**changes)
    assert () == made.issues
    spec = Spec(name, f"workspaces/{name}.yaml", "blob", "shop", labels={"team": "red"}, fields=fields or {})
    return Workspace(
        fleet="acme",
        spec=spec,
        owner="Ada@Example.com",
        added_at=datetime(2026, 11, 24, tzinfo=UTC),
        deadline=datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC),
        placement=made.placement,
        pins={**made.pins, "program": made.program},
    )


def test_blanks_are_filled_with_what_the_spec_says() -> None:
    """A number stays one, a default stands in for what was left out, and the cache comes first."""
    settings = InstanceSettings.of(workspace(fields={"replicas": 3}))
    cache, app = settings.releases

    assert ("cache", "app") == (cache.name, app.name)
    assert 3 == app.values["replicaCount"]
    assert ("Hello", "demo.shop.example.com") == (app.values["message"], app.values["host"])
    assert "cache.demo.svc" == app.values["cache"]
    assert {"fromSecret": "CACHE"} == cache.values["password"]
    assert app.chart.startswith("./charts/")
    assert 600 == settings.seconds


def test_what_a_spec_says_is_not_filled_again() -> None:
    """A text that looks like a blank, or like a secret's name, is text."""
    said = "${workspace.owner} $${x} {fromSecret: CACHE}"

    assert said == InstanceSettings.of(workspace(fields={"message": said})).releases[1].values["message"]


def test_text_that_a_chart_would_run_is_refused_here_too() -> None:
    """Even if the check of the file was passed by: by a spec's field, or by an owner from a commit."""
    with pytest.raises(UsageError, match=r"message of demo has \{\{ in it"):
        InstanceSettings.of(workspace(fields={"message": "{{ lookup }}"}))
    with pytest.raises(UsageError, match="owner of demo"):
        InstanceSettings.of(replace(workspace(), owner="{{x}}@example.com"))


def test_a_field_that_nobody_gave_is_named() -> None:
    """A workspace whose file was read before the field was declared."""
    demo = workspace()
    pins = {**demo.pins, "fields": {"replicas": {}}}

    with pytest.raises(UsageError, match=r"'replicas' of shop in helium\.yaml stands for"):
        InstanceSettings.of(replace(demo, pins=pins))


def test_a_release_of_the_whole_cluster_has_a_name_of_its_own() -> None:
    """Two workspaces would claim the same cluster roles otherwise."""
    wide = InstanceSettings.of(workspace(clusterWide=True))

    assert ["cache-demo", "app-demo"] == [each.name for each in wide.releases]


def test_null_takes_a_limit_away() -> None:
    """Of those that Helium sets by itself."""
    namespace = {"quota": {"requests.storage": None, "pods": 3}, "limits": {"default": None, "defaultRequest": None}}
    settings = InstanceSettings.of(workspace(namespace=namespace)).namespace

    assert "3" == settings.quota["pods"]
    assert "requests.storage" not in settings.quota
    assert {} == settings.limits


def test_the_network_is_closed_but_for_what_is_said() -> None:
    """Names, the namespace itself, and what `from` and `to` list; never where clouds hand out credentials."""
    closed = policies(NamespaceSettings(reached_from=("ingress", "anywhere"), reaches=("internet", "private", "db")))

    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} == closed["default-deny"]
    assert {"dns", "same-namespace", "default-deny", "from", "to"} == set(closed)
    named, anywhere = closed["from"]["ingress"]
    assert "ingress" == named["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    assert {} == anywhere
    internet, private, _ = closed["to"]["egress"]
    assert "169.254.0.0/16" in internet["to"][0]["ipBlock"]["except"]
    assert "10.0.0.0/8" in internet["to"][0]["ipBlock"]["except"]
    assert not any("169.254" in each["ipBlock"]["cidr"] for each in private["to"])
    assert {"default-deny", "dns", "same-namespace"} == set(policies(NamespaceSettings()))


def test_labels() -> None:
    """Whose it is in letters that Kubernetes takes, how pods may run, and the day that it ends."""
    labels = namespace_labels(workspace(), "restricted")

    assert ("red", "ada_at_example.com", "2026-12-01") == (labels["team"], labels["owner"], labels["helium-expiry"])
    assert "restricted" == labels["pod-security.kubernetes.io/enforce"]
    assert plain(f"{'a' * 62}.b@c") == "a" * 62


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A pretend cloud with nothing in it."""
    with start(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def engine(tmp_path: Path, pulumi_command: PulumiCommand, sandbox: Sandbox) -> Iterator[MakeEngine]:
    """Makes an engine with the secrets of an environment, and ends it."""
    with engines(tmp_path, pulumi_command, sandbox=sandbox, clusters={"ci": {"kubeconfig": "unused"}}) as make:
        yield make


def kinds(sandbox: Sandbox) -> dict[str, int]:
    """How many there are of each kind in the cloud."""
    found: dict[str, int] = {}
    for each in resources(sandbox.folder):
        found[each.identity.kind] = found.get(each.identity.kind, 0) + 1
    return found


def test_a_whole_life(engine: MakeEngine, sandbox: Sandbox) -> None:
    """Up under the longest name, a no-op, a new deadline, an edit, another instance's pins, and gone without a rest."""
    pulumi, folder = engine(KEY), str(BACKENDS.of({}).folders["helm"])
    demo = workspace(LONGEST)
    options = UpOptions(folder=folder)
    later = replace(demo, deadline=demo.deadline + timedelta(days=7))
    edited = replace(workspace(LONGEST, fields={"replicas": 3}), deadline=later.deadline)

    def again(demo: Workspace, *, metadata_only: bool = False) -> int:
        resolved = pulumi.resolve_pending(demo.stack)
        return pulumi.up(demo, replace(options, resolved=resolved, metadata_only=metadata_only)).changed

    built = pulumi.up(demo, options)
    assert "cache-login" == built.outputs["password"]
    assert built.outputs["address"]
    assert f"app.{LONGEST}.example.com" == built.outputs["host"]
    expected = {"Namespace": 1, "ServiceAccount": 1, "RoleBinding.rbac.authorization.k8s.io": 1, "ResourceQuota": 1}
    expected |= {"LimitRange": 1, "NetworkPolicy.networking.k8s.io": 5, "Release.helm.sh": 2}
    assert expected == kinds(sandbox)
    assert 0 == again(demo)
    assert 2 == again(later, metadata_only=True)
    assert 1 == again(edited)

    pulumi.destroy(pulumi.resolve_pending(demo.stack, A_DESTROY_FOLLOWS))
    assert pulumi.empty(demo.stack)
    assert {} == kinds(sandbox)


def test_a_missing_secret_reaches_the_person(engine: MakeEngine, sandbox: Sandbox) -> None:
    """The sentence names the variable, and nothing was made in the cloud."""
    pulumi = engine({})

    with pytest.raises(EngineError, match="not set: HELIUM_SECRET_CACHE"):
        pulumi.up(workspace(), UpOptions(folder=str(BACKENDS.of({}).folders["helm"])))
    assert {} == kinds(sandbox)
