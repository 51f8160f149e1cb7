"""What a package must be, and how a folder becomes one."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from helium.adapters.charts.package import NotAChartError, about, digest_of, packed
from tests.adapters.charts.packages import package, tgz

FOLDER = {
    "Chart.yaml": b"apiVersion: v2\nname: podinfo\nversion: 6.14.1\n",
    "values.yaml": b"replicaCount: 1\n",
    "templates/app.yaml": b"x" * 200_000,
}


def test_a_folder_has_one_digest_on_every_machine() -> None:
    """Neither times nor owners nor the machine's zlib get into it."""
    pinned = digest_of(packed(FOLDER))

    assert "sha256:598fb67edcd288b352e2a7e1d9208882147d99f8e3818f74386f5af20159d6b7" == pinned
    assert pinned == digest_of(packed(dict(reversed(FOLDER.items()))))


def test_a_folder_s_package_is_read_by_others() -> None:
    """It is an archive as `helm package` makes it, with the chart's name on top."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed(FOLDER)))) as archive:
        read = {entry.name: archive.extractfile(entry) for entry in archive}

    assert {f"podinfo/{path}" for path in FOLDER} == set(read)
    assert FOLDER["templates/app.yaml"] == (read["podinfo/templates/app.yaml"] or io.BytesIO()).read()
    assert "6.14.1" == about(packed(FOLDER))["version"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>", "not a package"),
        (gzip.compress(b"no archive", mtime=0), "not a package"),
        (package()[:-20], "not a package"),
        (tgz({"podinfo/values.yaml": b"{}"}), "no NAME/Chart.yaml"),
        (tgz({"Chart.yaml": b"name: x"}), "no NAME/Chart.yaml"),
        (tgz({"a/Chart.yaml": b"{}", "b/Chart.yaml": b"{}"}), "2 charts side by side"),
        (tgz({"a/Chart.yaml": b"[", "a/x": b""}), "is not YAML"),
        (tgz({"a/Chart.yaml": b"name: a"}), "has no version"),
        (tgz({"a/Chart.yaml": b"version: '1'"}), "has no name"),
        (tgz({"../a/Chart.yaml": b"{}"}), "leads out of the chart"),
        (tgz({"/a/Chart.yaml": b"{}"}), "leads out of the chart"),
        (package(form={"dependencies": [{"name": "redis", "version": "1"}]}), "it depends on redis"),
    ],
)
def test_what_is_not_a_chart(data: bytes, why: str) -> None:
    """Each is told by what is wrong with it."""
    with pytest.raises(NotAChartError, match=why):
        about(data)


def test_what_unpacks_to_more_than_helm_takes() -> None:
    """A small package can be a large one."""
    with pytest.raises(NotAChartError, match="unpacks to more than 100 MiB"):
        about(gzip.compress(bytes(101 << 20), compresslevel=1))


@pytest.mark.parametrize("brought", ["charts/redis-1.0.0.tgz", "charts/redis/Chart.yaml"])
def test_dependencies_that_it_brings_are_there(brought: str) -> None:
    """As `helm dependency build` puts them, packed or not."""
    whole = package(form={"dependencies": [{"name": "redis", "version": "1"}]}, files={brought: b"name: redis"})

    assert "podinfo" == about(whole)["name"]


def test_a_folder_without_a_chart_is_none() -> None:
    """The sentence says what is missing."""
    with pytest.raises(NotAChartError, match=r"no Chart\.yaml"):
        packed({"values.yaml": b""})
