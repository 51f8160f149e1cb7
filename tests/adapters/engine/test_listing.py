"""A state of more stacks than one page of a `file://` listing holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.errors import EngineError
from tests.adapters.engine.conftest import Warm

COUNT = 1_100


def copied(state: Path, project: str, name: str) -> None:
    """Copy one stack's state under other names until there are `COUNT`, as Pulumi would write them."""
    folder = state / ".pulumi" / "stacks" / project
    text = (folder / f"{name}.json").read_text(encoding="utf-8")
    for number in range(1, COUNT):
        (folder / f"copy-{number}.json").write_text(text.replace(f"/{name}", f"/copy-{number}"), encoding="utf-8")


def test_a_listing_is_whole_above_a_page(warm_a: Warm) -> None:
    """Every stack and the marker, though Pulumi reads the folder in pages of a thousand."""
    one = warm_a.engine
    one.create_marker("ledger-1")
    copied(warm_a.state, "acme.plain", "a")
    listing = one.observe()

    assert (len(listing.stacks), listing.marker, listing.foreign) == (COUNT, True, ())


def test_a_listing_that_pulumi_cuts_short_is_refused(warm_a: Warm) -> None:
    """Where one project's name begins another's, Pulumi silently leaves stacks out: that is not a listing."""
    one = warm_a.engine
    copied(warm_a.state, "acme.plain", "a")
    stacks = warm_a.state / ".pulumi" / "stacks"
    (stacks / "acme").mkdir()
    (stacks / "acme" / "zebra.json").write_bytes((stacks / "acme.plain" / "a.json").read_bytes())
    assert COUNT == len(one.observe().stacks)
    (stacks / "unknown.json").write_bytes(b"{}")

    with pytest.raises(EngineError, match="only in part"):
        one.observe()
