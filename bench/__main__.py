"""`python -m bench [ROW]…`: measure the promises side by side, print ratios, and keep the figures in `bench/results`.

Every row begins with nothing and leaves nothing but its figures. `--large` has Pulumi list the fleet of 10,000 stacks
as well, which takes it many minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    api,
    buckets,
    cluster,
    create,
    creates,
    ledger,
    pace,
    passes,
    ready,
    rounds,
    shards,
    slot,
    start,
    state,
    usage,
    validate,
    watching,
)
from bench.results_file import RESULTS

Row = Callable[[], Mapping[str, float]]


def rows(pulumi: Path, *, large: bool) -> Mapping[str, Row]:
    """The promises that are measured, by name."""
    listed = 10_000 if large else 1000
    return {
        "passes": lambda: passes.run((100, 1000, 10_000), pulumi=pulumi, listed_up_to=listed),
        "create": lambda: create.run(20, pulumi=pulumi),
        "validate": lambda: {"ratio": validate.main(10_000)},
        "reads": lambda: api.reads(10_000),
        "queue": lambda: creates.run(1000, loop=40),
        "creates": lambda: api.creates(1000, fleet=1000, loop=40),
        "rounds": lambda: rounds.run(pulumi=pulumi),
        "pace": lambda: pace.run(pulumi=pulumi),
        "shards": lambda: shards.run(pulumi=pulumi),
        "ledger": lambda: ledger.run(pulumi=pulumi),
        "slot": lambda: slot.run(pulumi=pulumi),
        "state": lambda: state.run(pulumi=pulumi),
        "ready": lambda: ready.run(pulumi=pulumi),
        "cluster": lambda: cluster.run(pulumi=pulumi),
        "start": start.run,
        "usage": usage.run,
        "watching": watching.run,
        # Last: its server's memory would count as that of every process that is started after it.
        "buckets": lambda: buckets.run(10_000),
    }


def main() -> None:
    """Run the rows that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("row", nargs="*", help="which rows; all without any")
    parser.add_argument("--large", action="store_true", help="let Pulumi list 10,000 stacks, too")
    chosen = parser.parse_args()
    known = rows(Path(os.environ.get("HELIUM_PULUMI") or shutil.which("pulumi") or "pulumi"), large=chosen.large)
    if unknown := sorted(set(chosen.row) - set(known)):
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(known)}")
    figures: dict[str, float] = {}
    for name in (each for each in known if each in chosen.row or not chosen.row):
        print(f"\n── {name}", flush=True)
        figures |= {key if key.startswith(f"{name}.") else f"{name}.{key}": f for key, f in known[name]().items()}
        _keep(figures)


def _keep(figures: Mapping[str, float]) -> None:
    """Beside what was measured before: a row that was not run keeps its figures, one that was loses its old ones."""
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    run = {name.partition(".")[0] for name in figures}
    old = {name: figure for name, figure in before.get("figures", {}).items() if name.partition(".")[0] not in run}
    kept = {
        **before,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "python": platform.python_version(),
        "figures": {**old, **{name: round(figure, 4) for name, figure in figures.items()}},
    }
    RESULTS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
