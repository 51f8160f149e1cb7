"""`helium chart` on real servers and files: what it writes, what it leaves, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helium.adapters.charts.package import digest_of
from helium.errors import ExitCode
from tests.adapters.charts.packages import package
from tests.adapters.charts.servers import Server, registry, repository
from tests.cli.conftest import CommandLineFleet

PACHYDERM = {version: package("pachyderm", version) for version in ("2.9.7", "2.11.6", "2.12.0-rc.3")}
HUB = {"4.4.0": package("jupyterhub", "4.4.0")}
SETTINGS = """\
# The fleet of acme
fleet: acme
sandbox: [gcp, kubernetes]
backends:
  gcp-namespace:
    project: my-project
    zone: us-east1-b
    cluster: ci-cluster
    domain: ws.example.com
    auth0Domain: https://tenant.example.com/
    charts:
      pachyderm:                # from our registry
        chart: oci://{registry}/team/pachyderm
        versions:
          2.9.7: {{}}
      jupyterhub: {{repo: "http://{repository}", chart: jupyterhub, version: 4.4.0}}   # theirs
"""


@pytest.fixture
def servers(fleet: CommandLineFleet) -> Iterator[tuple[Server, Server]]:
    """A registry and a repository, and a fleet that names their charts without digests."""
    with registry(pachyderm=dict(PACHYDERM)) as one, repository(jupyterhub=dict(HUB)) as other:
        settings_of(fleet).write_text(SETTINGS.format(registry=one.host, repository=other.host))
        yield one, other


def settings_of(fleet: CommandLineFleet) -> Path:
    """Its `helium.yaml`."""
    return fleet.folder / "helium.yaml"


def test_charts_are_pinned_where_they_stand(fleet: CommandLineFleet, servers: tuple[Server, Server]) -> None:
    """The newest release, or the version that stands there; comments and order stay; then all is valid."""
    before = settings_of(fleet).read_text()
    fleet("chart", "check", code=ExitCode.SOURCE)
    said = fleet("chart", "pin").output
    pachyderm, older, hub = (digest_of(data) for data in (PACHYDERM["2.11.6"], PACHYDERM["2.9.7"], HUB["4.4.0"]))
    after = before.replace(
        "          2.9.7: {}\n",
        f"          2.9.7: {{digest: {older}}}\n        version: 2.11.6\n        digest: {pachyderm}\n",
    ).replace("version: 4.4.0}", f"version: 4.4.0, digest: {hub}}}")

    assert after == settings_of(fleet).read_text()
    assert "gcp-namespace.charts.pachyderm.versions.2.9.7" in said
    fleet("validate")
    assert [True] * 3 == [row["ok"] for row in fleet.json("chart", "check")]
    assert [] == fleet.json("chart", "pin")


def test_a_pinned_chart_is_looked_up_again_when_it_is_named(
    fleet: CommandLineFleet, servers: tuple[Server, Server]
) -> None:
    """Only then: a pass of all of them must not bless what somebody has changed."""
    fleet("chart", "pin")
    before = settings_of(fleet).read_text()
    changed = package("jupyterhub", "4.4.0", files={"templates/more.yaml": b"kind: ClusterRole"})
    servers[1].charts["jupyterhub"]["4.4.0"] = changed
    fleet("chart", "pin")
    assert before == settings_of(fleet).read_text()

    (row,) = fleet.json("chart", "pin", "jupyterhub")
    assert digest_of(changed) == row["digest"]
    assert digest_of(changed) in settings_of(fleet).read_text()
    (row,) = fleet.json("chart", "pin", "charts.pachyderm", "--version", "2.12.0-rc.3")
    assert ("2.12.0-rc.3", digest_of(PACHYDERM["2.12.0-rc.3"])) == (row["version"], row["digest"])


@pytest.mark.parametrize(
    ("args", "said", "code"),
    [
        (("charts",), "is not the place of a chart", ExitCode.USAGE),
        (("--version", "1"), "--version is for one chart", ExitCode.USAGE),
        (
            ("charts.pachyderm", "--version", "9.9.9"),
            "there is no version 9.9.9; the newest are 2.11.6, 2.9.7",
            ExitCode.SOURCE,
        ),
    ],
)
def test_what_cannot_be_pinned_changes_nothing(
    fleet: CommandLineFleet, servers: tuple[Server, Server], args: tuple[str, ...], said: str, code: int
) -> None:
    """One that fails leaves the whole file as it was."""
    before = settings_of(fleet).read_bytes()
    result = fleet("chart", "pin", *args, code=code)

    assert said in result.output
    assert before == settings_of(fleet).read_bytes()


def test_a_new_fleet_has_its_charts_pinned(fleet: CommandLineFleet) -> None:
    """What `helium init` writes can be installed, without network. An edit of a folder needs another pin."""
    fleet("chart", "check")
    values = fleet.folder / "charts" / "pachyderm" / "values.yaml"
    values.write_text(values.read_text() + "# mine\n")
    (pachyderm, *others) = fleet.json("chart", "check", code=ExitCode.SOURCE)
    assert (False, True, True) == (pachyderm["ok"], *(each["ok"] for each in others))
    assert "run helium chart pin" in pachyderm["sentence"]
    # A pull request with such a change must not be merged.
    said = fleet("validate", code=ExitCode.INVALID).output
    assert "backends.gcp-namespace.charts.pachyderm in helium.yaml: its package has the digest" in said

    fleet("chart", "pin", "pachyderm")
    fleet("chart", "check")


def test_this_repository_s_own_charts_are_pinned() -> None:
    """After an edit of `charts/`, run `helium chart pin pachyderm jupyterhub` here."""
    CommandLineFleet(Path(__file__).parents[2])("chart", "check")


def test_without_a_fleet_it_says_where_to_go(tmp_path: Path) -> None:
    """The folder is named."""
    assert "has no helium.yaml" in CommandLineFleet(tmp_path)("chart", "pin", code=ExitCode.USAGE).output


def test_the_help_teaches() -> None:
    """The group's help shows a whole chart."""
    assert "digest: sha256:" in CommandLineFleet(Path())("chart", "--help").output


def test_doctor_finds_the_sandbox_s_charts_in_a_real_fleet(fleet: CommandLineFleet) -> None:
    """Who leaves the sandbox and keeps them would get workspaces in which nothing runs."""
    charts = next(row for row in fleet.json("doctor") if row["what"] == "charts")
    assert charts["ok"]

    real = settings_of(fleet).read_text().replace("sandbox: [gcp, kubernetes]", "sandbox: [gcp]")
    settings_of(fleet).write_text(f"{real}clusters: {{ci-cluster: {{gke: true}}}}\n")
    fleet.git("commit", "-qam", "Leave the sandbox")
    charts = next(row for row in fleet.json("doctor", code=1) if row["what"] == "charts")
    assert "small chart for the sandbox" in charts["sentence"]
