"""A split pass whose run is over before its shards came: what tells a person of it, and how they end it."""

from __future__ import annotations

import re

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet


def test_a_plan_whose_run_is_over_is_ended_as_the_ledger_tells(fleet: CommandLineFleet) -> None:
    """No machine can tell from here whether another run's are at work, so a pass waits, and says what to do."""
    fleet("new", "alpha", "--expiry", "+2d")
    fleet("reconcile", "--split")
    assert (
        "if that run is over, helium ledger show says how to end it" in fleet("reconcile", code=ExitCode.LEASED).stderr
    )

    shown = re.sub(r"\s+", " ", fleet("ledger", "show").stdout)
    command = re.search(r"if that run is over: helium (reconcile --plan \w+ --close)", shown)
    assert command is not None
    assert 1 == len(fleet.json("ledger", "show")["plans"])
    fleet(*command[1].split(), code=ExitCode.FAILED)

    assert [] == fleet.json("ledger", "show")["plans"]
    fleet("reconcile", code=ExitCode.DONE)
    assert {"alpha": "ready"} == fleet.statuses()
