"""The contract of the port `Charts`, the same for all three places where a chart may be."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from helium.adapters.charts.package import digest_of
from helium.core.chart import ChartError
from tests.adapters.charts.conftest import SIX, Place
from tests.adapters.charts.packages import package, tgz

PINNED = digest_of(SIX)


def test_one_digest_serves_all_three_ways(place: Place) -> None:
    """The digest of the package is what counts, wherever it lies."""
    assert PINNED == place.store.pinned(place.reference).digest
    assert SIX == place.store.package(replace(place.reference, digest=PINNED), commit="c1")


def test_the_path_that_a_program_gets_says_nothing_of_where_the_chart_lies(place: Place) -> None:
    """A chart that moves to another server is the same release: nothing is upgraded."""
    assert f"./charts/{PINNED.removeprefix('sha256:')}/podinfo.tgz" == replace(place.reference, digest=PINNED).file


def test_other_bytes_behind_the_same_version_are_refused(place: Place) -> None:
    """Whoever owns the server decides what it has, and not what is installed: both digests are told."""
    other = package(files={"templates/more.yaml": b"kind: ClusterRole"})
    place.put("6.14.1", other)

    with pytest.raises(ChartError) as refused:
        place.store.package(replace(place.reference, digest=PINNED), commit="c1")

    assert f"{PINNED[:19]}…" in str(refused.value)
    assert f"{digest_of(other)[:19]}…" in str(refused.value)
    assert "helium chart pin" in str(refused.value)


def test_a_version_that_is_not_there_is_told_with_those_that_are(place: Place) -> None:
    """A typing error is put right without a look at the server."""
    reference = replace(place.reference, version="6.99.0", digest=PINNED)

    with pytest.raises(ChartError, match=r"6\.99\.0.*6\.14\.1|6\.14\.1.*6\.99\.0"):
        place.store.package(reference, commit="c1")


def test_what_is_not_a_chart_is_refused_though_its_digest_is_right(place: Place) -> None:
    """A pin of the wrong thing must not reach Helm."""
    page = tgz({"page/index.html": b"<html>"})
    place.put("6.14.1", page)

    with pytest.raises(ChartError, match="is not a chart"):
        place.store.package(replace(place.reference, digest=digest_of(page)), commit="c1")
    with pytest.raises(ChartError, match="is not a chart"):
        place.store.pinned(place.reference)


def test_a_package_of_another_version_is_refused(place: Place) -> None:
    """What `helium.yaml` says is what a reviewer reads."""
    other = package(version="6.0.0")
    place.put("6.14.1", other)

    with pytest.raises(ChartError, match=r"version 6\.0\.0"):
        place.store.package(replace(place.reference, digest=digest_of(other)), commit="c1")


def test_a_package_that_is_too_large_is_refused(place: Place) -> None:
    """Before it is read whole, where a server sends it."""
    whole = package(files={"noise": random.Random(7).randbytes(6 << 20)})
    place.put("6.14.1", whole)

    with pytest.raises(ChartError, match="larger than"):
        place.store.package(replace(place.reference, digest=digest_of(whole)), commit="c1")


def test_a_chart_that_is_not_there_is_told_with_its_place(place: Place) -> None:
    """The sentence names what was looked for, and where."""
    absent = replace(place.reference, chart=place.reference.chart.replace("podinfo", "absent"), digest=PINNED)

    with pytest.raises(ChartError, match="absent"):
        place.store.package(absent, commit="c1")


def test_the_newest_release_is_pinned_where_no_version_is_named(place: Place) -> None:
    """A version before a release is for who names it."""
    assert "6.14.1" == place.store.pinned(replace(place.reference, version="")).version
    assert place.store.versions(place.reference)[0] == "6.14.1"
