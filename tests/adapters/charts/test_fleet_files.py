"""A chart in the fleet's repository is what the commit says, and not what lies in the working tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.charts import ChartStore
from helium.adapters.charts.fleet_files import Files, committed, lying
from helium.adapters.git_repo import Clone, open_clone
from helium.core.chart import ChartError, ChartReference
from tests.adapters.charts.packages import package
from tests.adapters.git_repos import ENVIRON, git, new_repo

FORM = b"name: podinfo\nversion: 6.14.1\n"


def files_of(clone: Clone) -> Files:
    """What its commits have."""
    return lambda commit, path: committed(clone, commit, path=path)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A repository with a chart as a folder, the same as a package, and a link."""
    folder = new_repo(tmp_path / "fleet")
    chart = folder / "charts" / "podinfo"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_bytes(FORM)
    (chart / "README.md").write_bytes(b"# It belongs to the chart\n")
    (chart / "templates" / "app.yaml").write_bytes(b"kind: Service\n")
    (chart / "link").symlink_to("/etc/passwd")
    (folder / "charts" / "podinfo.tgz").write_bytes(package())
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "charts")
    return folder


def test_what_lies_there_changes_nothing_before_it_is_committed(fleet: Path) -> None:
    """A pass installs what was reviewed."""
    clone = open_clone(fleet, environ=ENVIRON)
    commit = git(fleet, "rev-parse", "HEAD").strip()
    store = ChartStore(files_of(clone), fleet / "cache", {})
    for path in ("charts/podinfo", "charts/podinfo.tgz"):
        pinned = store.pinned(ChartReference(path), commit=commit)
        whole = store.package(pinned, commit=commit)
        if path == "charts/podinfo":
            (fleet / path / "Chart.yaml").write_bytes(FORM + b"appVersion: evil\n")

        assert whole == store.package(pinned, commit=commit)
    assert not (fleet / "cache").exists()


def test_a_folder_has_the_same_digest_committed_or_not(fleet: Path) -> None:
    """`helium chart pin` reads what lies there, before there is a commit; links are in neither."""
    clone = open_clone(fleet, environ=ENVIRON)
    commit = git(fleet, "rev-parse", "HEAD").strip()

    assert lying(fleet, "charts/podinfo") == committed(clone, commit, path="charts/podinfo")
    assert {"Chart.yaml", "README.md", "templates/app.yaml"} == set(lying(fleet, "charts/podinfo"))


def test_what_a_commit_lacks_is_told(fleet: Path) -> None:
    """The path, and what to do."""
    clone = open_clone(fleet, environ=ENVIRON)
    store = ChartStore(files_of(clone), fleet / "cache", {})
    absent = ChartReference("charts/absent", "1", f"sha256:{'a' * 64}")

    with pytest.raises(ChartError, match="neither a file nor a folder charts/absent; commit it, or correct the path"):
        store.package(absent, commit=git(fleet, "rev-parse", "HEAD").strip())
