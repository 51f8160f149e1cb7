"""A program that brings one workspace up and obeys Ctrl-C as a pass does: `caller.py STATE WORK PULUMI PROVIDERS NAME`.

Run by test_process.py, so that a whole process can be interrupted or killed.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.adapters.processes import heed_interrupts
from helium.errors import EngineError
from tests.adapters.engine.conftest import BACKENDS, workspace


def main() -> None:
    """Prints what became of the `up`."""
    heed_interrupts()
    state, work, pulumi, providers, name = sys.argv[1:]
    settings = EngineSettings(
        fleet="acme",
        state=state,
        pulumi=Path(pulumi),
        work=Path(work),
        backends={"cloud": BACKENDS / "cloud"},
        passphrase="correct horse",
        environment=dict(os.environ),
        providers={"PULUMI_DEBUG_PROVIDERS": providers},
        grace=timedelta(seconds=5),
    )
    engine = PulumiEngine(settings)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(engine.up, workspace(name, "cloud"))
        try:
            future.result()
        except KeyboardInterrupt:
            engine.close()
        except EngineError:
            pass
        error = future.exception()
        sys.stdout.write(f"{type(error).__name__}: {error}\n")


if __name__ == "__main__":
    main()
