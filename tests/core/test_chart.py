"""How `helium.yaml` names a chart, and where a program finds it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helium.core.chart import ChartError, ChartReference, chosen, issues, makes_the_same, needed, places
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from tests.builders import NOW

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
PODINFO = {"chart": "charts/podinfo", "version": "6.14.1", "digest": DIGEST}


@pytest.mark.parametrize(
    ("setting", "name", "said"),
    [
        ({"chart": "charts/podinfo"}, "podinfo", "chart podinfo 1.2.0 at charts/podinfo"),
        ({"chart": "podinfo"}, "podinfo", "chart podinfo 1.2.0"),
        ({"chart": "charts/podinfo-1.2.0.tgz"}, "podinfo", "chart podinfo 1.2.0 at charts/podinfo-1.2.0.tgz"),
        ({"chart": "charts/podinfo/"}, "podinfo", "chart podinfo 1.2.0 at charts/podinfo/"),
        (
            {"chart": "oci://r.example.com/team/podinfo"},
            "podinfo",
            "chart podinfo 1.2.0 at oci://r.example.com/team/podinfo",
        ),
        (
            {"chart": "podinfo", "repo": "https://c.example.com/"},
            "podinfo",
            "chart podinfo 1.2.0 at https://c.example.com",
        ),
    ],
)
def test_a_chart_has_one_name_wherever_it_lies(setting: dict[str, str], name: str, said: str) -> None:
    """The name is in the path that a program gets, so it must not change when a chart moves."""
    reference = chosen({**setting, "version": "1.2.0", "digest": DIGEST})

    assert () == tuple(issues({**setting, "version": "1.2.0", "digest": DIGEST}))
    assert (name, said) == (reference.name, str(reference))
    assert f"./charts/{'a' * 64}/podinfo.tgz" == reference.file


def test_another_package_is_another_path() -> None:
    """The path is an input of the release: other bytes at the same path would be no upgrade."""
    assert chosen(PODINFO).file != chosen({**PODINFO, "digest": OTHER}).file


def test_a_chart_without_a_version_is_told_by_its_name() -> None:
    """`helium chart pin` looks for the newest."""
    assert "chart podinfo" == str(ChartReference("podinfo"))


def test_a_spec_chooses_among_the_versions_that_are_offered() -> None:
    """Each has a digest of its own; what it does not say is the setting's."""
    whole = {**PODINFO, "versions": {"6.13.0": {"digest": OTHER}, "7.0.0": {"digest": OTHER, "chart": "charts/seven"}}}

    assert chosen(PODINFO) == chosen(whole) == chosen(whole, "6.14.1")
    assert replace(chosen(PODINFO), version="6.13.0", digest=OTHER) == chosen(whole, "6.13.0")
    assert "charts/seven" == chosen(whole, "7.0.0").chart
    with pytest.raises(ValueError, match=r"offers version 6\.13\.0, 6\.14\.1, 7\.0\.0, and not 9\.9\.9"):
        chosen(whole, "9.9.9")
    with pytest.raises(ValueError, match="offers version nothing, and not 1"):
        chosen(None, "1")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (None, "names no chart"),
        ({"version": "1"}, "names no chart"),
        ({**PODINFO, "digset": 1}, "unknown key digset"),
        ({**PODINFO, "version": ""}, "has no version; run helium chart pin"),
        ({**PODINFO, "version": "a b"}, "the version 'a b', which cannot be one"),
        ({**PODINFO, "version": "1\n"}, "which cannot be one"),
        ({**PODINFO, "digest": ""}, "has no digest; run helium chart pin"),
        ({**PODINFO, "digest": "sha256:12"}, "has the digest 'sha256:12'"),
        ({**PODINFO, "digest": f"{DIGEST}\n"}, "has the digest"),
        ({**PODINFO, "repo": "ftp://x"}, "has the repo 'ftp://x'"),
        ({**PODINFO, "chart": "podinfo", "repo": "https://ada:secret@x.example.com"}, "without user, password"),
        ({**PODINFO, "repo": "https://x.example.com"}, "'charts/podinfo' cannot be one"),
        ({**PODINFO, "chart": "oci://x.example.com"}, "write oci://HOST/PATH/NAME"),
        ({**PODINFO, "chart": "oci://x.example.com/podinfo:1"}, "without a tag"),
        ({**PODINFO, "chart": "oci://a@x.example.com/podinfo"}, "write oci://HOST/PATH/NAME"),
        ({**PODINFO, "chart": "../outside"}, "write a path in this repository"),
        ({**PODINFO, "chart": "/etc"}, "write a path in this repository"),
        ({**PODINFO, "chart": "https://x.example.com/podinfo.tgz"}, "write a path in this repository"),
        ({**PODINFO, "credentialsName": "HELIUM_TOKEN"}, "name an environment variable like HELIUM_CHARTS_ACME"),
        ({**PODINFO, "versions": {"6.13.0": {}}}, ""),
        ({**PODINFO, "versions": {"6.13.0": {"digest": ""}}}, "(its versions.6.13.0) has no digest"),
    ],
)
def test_what_is_wrong_with_a_setting(setting: Any, said: str) -> None:
    """A chart without a digest is whatever its server likes; no other secret than a chart's is sent anywhere."""
    assert said in "; ".join(issues(setting))


OFFERED = {**PODINFO, "versions": {"6.13.0": {"digest": OTHER}}}


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        pytest.param(PODINFO, {**PODINFO, "chart": "oci://r.example.com/podinfo"}, True, id="a registry has it now"),
        pytest.param(PODINFO, {**PODINFO, "chart": "podinfo", "repo": "https://c.example.com"}, True, id="a server"),
        pytest.param(PODINFO, {**PODINFO, "hosts": ["a"], "credentialsName": "HELIUM_CHARTS_A"}, True, id="a key"),
        pytest.param(PODINFO, OFFERED, True, id="another version is offered"),
        pytest.param(OFFERED, {**OFFERED, "chart": "oci://r.example.com/podinfo"}, True, id="all have moved"),
        pytest.param(OFFERED, PODINFO, False, id="a version is no longer offered"),
        pytest.param(
            OFFERED, {**PODINFO, "versions": {"6.13.0": {"digest": DIGEST}}}, False, id="another package of it"
        ),
        pytest.param(PODINFO, {**PODINFO, "digest": OTHER}, False, id="another package"),
        pytest.param(PODINFO, {**PODINFO, "chart": "charts/other"}, False, id="another name"),
        pytest.param(PODINFO, {**PODINFO, "values": {"a": 1}}, False, id="other values"),
        pytest.param(PODINFO, None, False, id="no chart"),
        pytest.param({"chart": "a", "version": "1"}, {"chart": "a", "version": "2"}, False, id="nobody pinned it"),
        pytest.param({"chart": "a", "version": "1"}, {"chart": "a", "version": "1"}, True, id="as before"),
    ],
)
def test_where_a_chart_comes_from_makes_no_other_workspace(then: Any, now: Any, same: bool) -> None:
    """What is installed is the package: a server that moves calls no workspace old."""
    for pattern, inside in (("charts.podinfo", "charts"), ("releases.*", "releases")):
        before, today = ({inside: {"podinfo": each}, "size": 1} for each in (then, now))
        assert same == makes_the_same(before, today, charts={pattern: ""})
        assert not makes_the_same(before, {**today, "size": 2}, charts={pattern: ""})
        assert not makes_the_same({"size": 1}, today, charts={pattern: ""})


def test_an_error_says_which_chart() -> None:
    """And where it was looked for."""
    error = ChartError(chosen(PODINFO), "it is gone")

    assert ("it is gone", "chart podinfo 6.14.1 at charts/podinfo: it is gone") == (error.what, str(error))


def test_hosts_and_credentials_are_the_setting_s() -> None:
    """They are read as they are written."""
    found = chosen({**PODINFO, "hosts": ["a.example.com"], "credentialsName": "HELIUM_CHARTS_ACME"})

    assert (("a.example.com",), "HELIUM_CHARTS_ACME") == (found.hosts, found.credentials)


SETTINGS = {"charts": {"podinfo": PODINFO}, "releases": {"db": {"chart": 1}, "app": {"chart": 2}}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("charts.podinfo", [("charts.podinfo", PODINFO)]),
        ("charts.other", [("charts.other", None)]),
        ("absent.podinfo", [("absent.podinfo", None)]),
        ("releases.*", [("releases.app", {"chart": 2}), ("releases.db", {"chart": 1})]),
        ("releases.*.chart", [("releases.app.chart", 2), ("releases.db.chart", 1)]),
        ("absent.*", []),
    ],
)
def test_the_places_of_charts(pattern: str, expected: list[tuple[str, Any]]) -> None:
    """A star is any key, in their order; one that must be there is there as nothing."""
    assert expected == list(places(SETTINGS, pattern))


def workspace(pins: dict[str, Any], **fields: Any) -> Workspace:
    """A workspace with these pins."""
    spec = Spec("demo", "workspaces/demo.yaml", "blob-1", "own", fields=fields)
    return Workspace("acme", spec, "ada@example.com", NOW, NOW, pins=pins)


def test_what_a_workspace_needs() -> None:
    """The charts of its pins, in the versions that its spec asks for."""
    pins = {"charts": {"podinfo": {**PODINFO, "versions": {"6.13.0": {"digest": OTHER}}}}}
    asked = {"charts.podinfo": "helmVersion"}

    assert (chosen(PODINFO),) == needed(workspace(pins), asked)
    assert [OTHER] == [each.digest for each in needed(workspace(pins, helmVersion="6.13.0"), asked)]
    assert [DIGEST] == [each.digest for each in needed(workspace(pins, helmVersion="6.13.0"), {"charts.podinfo": ""})]
    with pytest.raises(ValueError, match=r"charts\.podinfo offers version 6\.13\.0, 6\.14\.1, and not 5"):
        needed(workspace(pins, helmVersion="5"), asked)
    with pytest.raises(ValueError, match=r"charts\.podinfo has no digest"):
        needed(workspace({"charts": {"podinfo": {"chart": "podinfo", "version": "1"}}}), asked)
