"""Names that can be computed, and labels that both clouds take."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.stacks.gcp_namespace import names
from tests.stacks.workspaces import workspace


def test_names_are_fixed() -> None:
    """Each follows from fleet and workspace alone."""
    demo = workspace()

    assert ("acme-demo", "pach-demo", "jh-demo") == (names.bucket(demo), names.release(demo), names.hub(demo))


def test_labels_say_whose_it_is() -> None:
    """Fleet, workspace and owner go before a user's own label of the same name."""
    demo = workspace(labels={"team": "field", "owner": "somebody", "fleet": "other"})
    ours = {"fleet": "acme", "workspace": "demo", "owner": "ada_at_example_com"}

    assert {"team": "field", **ours} == names.bucket_labels(demo)
    assert {"team": "field", **ours, "needs-ci-tls": "true", "helium-expiry": "2026-12-01"} == names.namespace_labels(
        demo
    )


def test_users_labels_are_made_plain_for_google() -> None:
    """Google takes fewer letters than Kubernetes: keys and values are rewritten for the bucket alone."""
    demo = workspace(labels={"example.com/Cost.Center": "R.D", "2x": ""})

    found = names.bucket_labels(demo)

    assert ("r_d", "") == (found["example_com_cost_center"], found["l-2x"])
    assert "R.D" == names.namespace_labels(demo)["example.com/Cost.Center"]


@given(text=st.text(max_size=300))
def test_a_plain_label_fits_everywhere(text: str) -> None:
    """Whatever a person is called, Kubernetes and Google take the label."""
    found = names.plain(text)

    assert re.fullmatch(r"([a-z0-9]([-a-z0-9_]{0,61}[a-z0-9])?)?", found)
