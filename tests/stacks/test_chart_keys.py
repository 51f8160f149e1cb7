"""Every value that Helium sets is read by the chart that it is set for, in each version that it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.gcp_namespace import notebooks, values
from tests.stacks.workspaces import PINS, SECRETS, settings, workspace

KEYS = Path(__file__).parent / "chart_keys"
PACHYDERM = ("2.3.9", "2.9.7", "2.11.6", "2.12.0-rc.3")
HUB = ("2.0.0", "3.3.8", "4.4.0")
EVERYTHING = {
    "pachdVersion": "2.11.6",
    "consoleVersion": "2.11.6",
    "notebooksVersion": "v1",
    "mountServerVersion": "2.11.6",
}


@cache
def read_by(chart: str, version: str) -> frozenset[str]:
    """The paths that a version of a chart reads."""
    rows = [row.split(" ") for row in (KEYS / f"{chart}.txt").read_text().splitlines() if not row.startswith("#")]
    return frozenset(path for path, *versions in rows if not versions or version in versions)


def unread(given: Any, known: frozenset[str], *, at: str = "") -> Iterator[str]:
    """The paths of values that are neither read as they are, nor by a template that takes all that is above them."""
    if at in known:
        return
    if not isinstance(given, Mapping) or not given:
        yield at
        return
    for key, inner in given.items():
        yield from unread(inner, known, at=f"{at}.{key}" if at else str(key))


def pins(version: str, pachd: str) -> dict[str, Any]:
    """Those of a fleet with this version of Pachyderm's chart."""
    return {**PINS, "pachd": pachd, "charts": {**PINS["charts"], "pachyderm": {"chart": "c", "version": version}}}


@pytest.mark.parametrize("version", PACHYDERM)
@pytest.mark.parametrize("access", ["owner", "everyone"])
@pytest.mark.parametrize("pachd", ["", "ingress", "load-balancer"])
def test_pachyderm_reads_every_value(version: str, access: str, pachd: str) -> None:
    """A key that no template reads does nothing, and whoever reads the program believes that it does."""
    demo = workspace(pins=pins(version, pachd), access=access, fields=EVERYTHING)
    known = read_by("pachyderm", version)
    found = values.pachyderm(demo, settings(pins=demo.pins), secrets=SECRETS)

    assert [] == list(unread(found, known))
    assert [] == [path for path in values.drawn(demo, settings(pins=demo.pins)) if path not in known]


@pytest.mark.parametrize("version", HUB)
@pytest.mark.parametrize("fields", [{}, EVERYTHING])
def test_jupyterhub_takes_every_value(version: str, fields: Mapping[str, str]) -> None:
    """Its schema refuses a release with any other key."""
    demo = workspace(fields=dict(fields))
    found = notebooks.jupyterhub(demo, settings(), secrets=SECRETS)

    assert [] == list(unread(found, read_by("jupyterhub", version)))


@pytest.mark.parametrize(
    ("chart", "versions", "locked"),
    [("pachyderm", PACHYDERM, values.LOCKED), ("jupyterhub", HUB, values.LOCKED_NOTEBOOKS)],
)
def test_what_is_locked_is_something_that_a_chart_reads(
    chart: str, versions: tuple[str, ...], locked: tuple[str, ...]
) -> None:
    """A lock with a wrong name locks nothing."""
    known = {path for version in versions for path in read_by(chart, version)}

    assert [] == [
        path
        for path in locked
        if not any(each == path or each.startswith(f"{path}.") or path.startswith(f"{each}.") for each in known)
    ]


@pytest.mark.parametrize("version", PACHYDERM)
def test_no_spec_opens_a_service_to_the_world_or_trades_who_may_log_in(version: str) -> None:
    """Whatever the charts have of that is locked, in each version: types of services, sign-in, accounts, TLS."""
    sharp = (".service.type", "serviceAccount", "oidc.", "externalService", ".tls.", "pachd.rbac", "clusterScope")
    known = [path for path in read_by("pachyderm", version) if any(word in path for word in sharp)]

    assert [] == sorted(
        path for path in known if not any(path == lock or path.startswith(f"{lock}.") for lock in values.LOCKED)
    )


def test_a_key_that_nobody_reads_is_found() -> None:
    """As one was that Helium set for years."""
    set_for_years = {"console": {"config": {"pachdAddress": "pachd-peer:30653", "graphqlPort": 4000}}}

    assert ["console.config.pachdAddress"] == list(unread(set_for_years, read_by("pachyderm", "2.11.6")))
