"""Builds a command's engine: the seam where another one can be put in its place.

`open_fleet` and `mirror` build everything else. Pulumi's adapter is imported when an engine is built, so that a command
that only reads starts without it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from helium.ports.engine import Engine

if TYPE_CHECKING:
    from helium.adapters.engine.settings import EngineSettings


class EngineFactory(Protocol):
    """Builds the engine that a command works with: the seam between the command line and Pulumi.

    The command line uses `pulumi_engine`. A test that runs commands in its own process gives another factory as
    click's context object: `CliRunner().invoke(root, ["reconcile"], obj=lambda settings: engine)`, where `engine` is
    any `Engine`, such as the tests' `FakeEngine`. Everything else stays real: git, ledger, specs, backends, and the
    settings that the engine is given. Each command closes its engine when it ends, so a factory that serves several
    commands returns one that still works after `close`, or a new one on the same state.
    """

    def __call__(self, settings: EngineSettings, /) -> Engine:
        """An engine for these settings. Their `work` is not chosen yet: only Pulumi needs a folder to work in."""


def pulumi_engine(settings: EngineSettings, /) -> Engine:
    """The real engine, in a folder of its own that goes with it."""
    from helium.adapters.engine.engine import PulumiEngine
    from helium.adapters.engine.workdir import fresh

    return PulumiEngine(replace(settings, work=fresh()))
