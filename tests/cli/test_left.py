"""A split pass whose run is over before its shards came: what tells a person of it, and how they end it."""

from __future__ import annotations

import re

from helium.cli.options import DONE, FAILED, LEASED
from tests.cli.conftest import CommandLineFleet


def test_a_plan_whose_run_is_over_is_ended_as_the_ledger_tells(light: CommandLineFleet) -> None:
    """No machine can tell from here whether another run's are at work, so a pass waits, and says what to do."""
    light("new", "alpha", "--expiry", "+2d")
    light("reconcile", "--split")
    assert "if that run is over, helium ledger show tells how to end it" in light("reconcile", code=LEASED).stderr

    shown = re.sub(r"\s+", " ", light("ledger", "show").stdout)
    found = re.search(r"if that run is over: helium (reconcile --plan \w+ --close)", shown)
    assert found is not None
    assert 1 == len(light.json("ledger", "show")["plans"])
    light(*found[1].split(), code=FAILED)

    assert [] == light.json("ledger", "show")["plans"]
    light("reconcile", code=DONE)
    assert {"alpha": "ready"} == light.statuses()
