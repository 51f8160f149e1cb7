from __future__ import annotations

import pytest

from helium.core.stack import StackId


def test_an_id_reads_back() -> None:
    """What is written into a record is the same id when it is read."""
    stack = StackId.of("acme", "gcp-namespace", name="a")

    assert "organization/acme.gcp-namespace/a" == str(stack)
    assert stack == StackId.parse(str(stack))
    assert ("acme", "gcp-namespace") == (stack.fleet, stack.backend)


@pytest.mark.parametrize("text", ["", "a", "acme.gcp/a", "other/acme.gcp/a", "organization/acme.gcp/a/b"])
def test_what_is_no_id_is_refused(text: str) -> None:
    """A stack outside of Pulumi's one organization, or a path of another length, is nobody's."""
    with pytest.raises(ValueError, match="is not a stack's id"):
        StackId.parse(text)


def test_the_marker_is_of_its_fleet() -> None:
    """Its project says whose the state is, and that it is no backend's."""
    marker = StackId.marker("acme")

    assert ("organization/acme.marker/marker", "acme", "marker") == (str(marker), marker.fleet, marker.backend)


def test_no_project_begins_another() -> None:
    """The marker's goes on with a dot, as a workspace's does: Pulumi lists one that begins another only in part."""
    projects = sorted({StackId.marker("acme").project, StackId.of("acme", "gcp-namespace", name="a").project})

    assert [] == [(a, b) for a in projects for b in projects if a != b and b.startswith(a)]
