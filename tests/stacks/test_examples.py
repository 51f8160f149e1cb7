"""The fleets that the documents show come up on a real cluster, with small charts of the same shape."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from helium.core.digest import Json
from tests.adapters import git_repos
from tests.chart_repository import SMALL
from tests.cluster_fleet import ClusterFleet
from tests.stacks.instance_fleet import CACHE, WEBAPP, charts, named
from tools.cluster.api import KubernetesApi
from tools.make import ROOT

PAGES = {
    "tutorial/pachyderm-on-your-laptop.md": {"pachyderm": SMALL / "pachyderm"},
    "how-to/jupyterhub.md": {"hub": SMALL / "jupyterhub"},
    "how-to/any-helm-chart.md": {"app": WEBAPP, "cache": CACHE},
}
"""By page, the chart that stands in for that of each release."""
SECRETS = {f"HELIUM_SECRET_{name}": f"secret-{name}" for name in ("POSTGRES", "NOTEBOOKS", "CACHE")}
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def shown(page: str) -> dict[str, Any]:
    """The first settings on a page."""
    settings: dict[str, Any] = yaml.safe_load(_BLOCK.findall((ROOT / "docs" / page).read_text())[0])
    return settings


def instance(page: str) -> dict[str, Json]:
    """The instance on a page, with its stand-ins."""
    ((_, entry),) = shown(page)["backends"].items()
    releases = entry["releases"]
    assert PAGES[page].keys() == releases.keys()
    for name, folder in PAGES[page].items():
        kept = {key: releases[name][key] for key in ("needs", "values") if key in releases[name]}
        releases[name] = {**kept, **named(folder)}
    # The small chart has a cluster role, as Pachyderm's had once.
    return {**entry, "cluster": "ci", **({"clusterWide": True} if "pachyderm" in releases else {})}


@pytest.mark.slow
def test_what_the_documents_show_comes_up(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> None:
    """Each in one pass with the others: ready, with pods that are ready and every way in known; and then away."""
    end = uuid4().hex[:6]
    instances = {f"{letter}{end}": instance(page) for letter, page in zip("phw", PAGES, strict=True)}
    settings: dict[str, Json] = {
        "fleet": "acme",
        "limits": {"deletes": 20},
        "defaults": {"lifetime": "3d"},
        "clusters": {"ci": {"kubeconfig": str(kubeconfig)}},
        "backends": instances,
    }
    plain = yaml.safe_dump(settings, default_flow_style=False)
    fleet = ClusterFleet.new(tmp_path / "acme", kubernetes, settings=plain)
    fleet = ClusterFleet(fleet.folder, fleet.api, {**fleet.environ, **SECRETS, "HELIUM_PASSPHRASE": "a phrase"})
    used = {folder for stand_ins in PAGES.values() for folder in stand_ins.values()}
    git_repos.land(fleet.folder, charts(*used), time=datetime.now(UTC))
    fleet.land(**{name: f"backend: {name}\n" for name in instances})
    fleet.helium("reconcile")

    for name, entry in instances.items():
        row = fleet.row(name)
        assert ("ready", []) == (row["status"], fleet.unready(name)), name
        listed = {each["label"]: each["text"] for each in row["connections"]}
        assert [each["label"] for each in entry["connect"] if not listed[each["label"]]] == []
    assert "3 in step" in fleet.helium("drift")

    fleet.land(**dict.fromkeys(instances))
    fleet.helium("reconcile", *fleet.allowed())
    assert [] == [left for name in instances for left in fleet.left(name)]
