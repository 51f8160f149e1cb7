"""What the estimate of gcp-namespace says: each number by hand, from the charts' defaults and what a spec says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from helium.core.amounts import amounts_of, shown
from helium.core.workspace import Workspace
from tests.stacks.gcp_namespace.cost import estimate
from tests.stacks.workspaces import PINS, workspace


def taken(of: Workspace) -> dict[str, str]:
    """The amounts as the ledger keeps them."""
    return {unit: shown(amount) for unit, amount in amounts_of(estimate(of)).items()}


def by_chart(version: str, **changes: Any) -> Workspace:
    """The same workspace by another version of Pachyderm's chart."""
    charts = {**PINS["charts"], "pachyderm": {**PINS["charts"]["pachyderm"], "version": version}}
    return workspace(pins={**PINS, "charts": charts}, **changes)


def test_a_plain_workspace_of_an_old_chart() -> None:
    """Postgres 250m and 256Mi, the event tail 100m and 45Mi, a notebook 1 GiB; volumes of 10, 10, 1 and 10 GiB."""
    said = {"vCPU": "0.35", "memoryGiB": "1.293945", "storageGiB": "31", "loadBalancer": "1"}
    assert said == taken(workspace())


def test_a_plain_workspace_of_a_new_chart() -> None:
    """From 2.5 the proxy's 100m and 512Mi instead of an address; from 2.11 no event tail."""
    old = {"vCPU": "0.45", "memoryGiB": "1.793945", "storageGiB": "31"}
    assert (old, old) == (taken(by_chart("2.5.0")), taken(by_chart("2.10.7")))
    assert {"vCPU": "0.35", "memoryGiB": "1.75", "storageGiB": "31"} == taken(by_chart("2.11.6"))


def test_without_notebooks_there_is_neither_hub_nor_server() -> None:
    """Their memory and two volumes are left out."""
    said = {"vCPU": "0.35", "memoryGiB": "0.293945", "storageGiB": "20", "loadBalancer": "1"}
    assert said == taken(workspace(fields={"disableNotebooks": True}))


def test_what_a_spec_asks_for_counts() -> None:
    """By hand: 2 x 1.5 + 1 + 0.25 = 4.25 vCPU; 2 x 4 + 2 + 0.25 = 10.25 GiB; 3 x 20 + 50 + 10 = 120 GiB stored."""
    values = {
        "pachd": {"replicas": 2, "resources": {"requests": {"cpu": "1500m", "memory": "4Gi"}}, "lokiDeploy": True},
        "console": {"resources": {"requests": {"cpu": 1, "memory": "2Gi"}}},
        "etcd": {"dynamicNodes": 3, "storageSize": "20Gi"},
        "postgresql": {"persistence": {"size": "50Gi"}},
        "kubeEventTail": {"enabled": False},
    }
    said = {"vCPU": "4.25", "memoryGiB": "10.25", "storageGiB": "120", "loadBalancer": "1"}
    assert said == taken(workspace(fields={"values": values, "disableNotebooks": True}))


def test_what_a_spec_takes_away_does_not() -> None:
    """`null` takes a default away, and a part that is off asks for nothing."""
    values: dict[str, Any] = {
        "console": None,
        "kubeEventTail": {"enabled": False},
        "pachd": {"enabled": False},
        "postgresql": {"enabled": False},
        "etcd": {"storageSize": None},
    }
    assert {"loadBalancer": "1"} == taken(workspace(fields={"values": values, "disableNotebooks": True}))
    volumes = {"postgresql": {"persistence": {"enabled": False}}}
    assert "10" == taken(workspace(fields={"values": volumes, "disableNotebooks": True}))["storageGiB"]


def test_workers_that_always_run_ask_as_pachd_does() -> None:
    """Unless they have requests of their own."""
    pachd = {"resources": {"requests": {"cpu": 1}}}
    values = {"pachd": pachd, "pachw": {"minReplicas": 2}}
    own = {"pachd": pachd, "pachw": {"minReplicas": 2, "resources": {"requests": {"cpu": "500m"}}}}
    found = [taken(workspace(fields={"values": each, "disableNotebooks": True}))["vCPU"] for each in (values, own)]
    assert ["3.35", "2.35"] == found


def test_a_notebooks_letters_are_those_of_jupyterhub() -> None:
    """`4G` are 4 GiB there. Without a volume for it, the hub's and those of Pachyderm are left."""
    notebooks = {
        "singleuser": {
            "cpu": {"guarantee": 0.5},
            "memory": {"guarantee": "4G"},
            "storage": {"type": "none"},
        },
    }
    said = taken(workspace(fields={"notebooks": {"values": notebooks}}))
    assert ("0.85", "4.293945", "21") == (said["vCPU"], said["memoryGiB"], said["storageGiB"])
    less = {"singleuser": {"memory": {"guarantee": None}}}
    assert "0.293945" == taken(workspace(fields={"notebooks": {"values": less}}))["memoryGiB"]


def test_locked_values_change_nothing() -> None:
    """Where the release ignores them, so does the estimate."""
    said = taken(workspace(fields={"values": {"proxy": {"enabled": True}, "ingress": {"enabled": False}}}))
    assert taken(workspace()) == said


def test_what_is_no_quantity_is_refused() -> None:
    """The estimate is unknown then, and never too low."""
    values = {"pachd": {"resources": {"requests": {"cpu": "lots"}}}}
    with pytest.raises(ValueError, match="'lots' is not a quantity"):
        estimate(workspace(fields={"values": values}))


def test_an_estimate_has_only_decimals() -> None:
    """So that sums are exact."""
    assert all(isinstance(each, Decimal) for each in estimate(replace(workspace(), owner="")).values())
