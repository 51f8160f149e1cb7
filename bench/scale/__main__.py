"""`python -m bench.scale`: what fleets of 1,000, 10,000 and 100,000 workspaces take, simulated from measured figures.

It prints the table of `docs/how-it-works/scale.md`. With `--inputs`, it also prints what it goes by, each with its
source. What depends on your cloud and your people is an option.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace

from bench.scale.days import steady_day, table
from bench.scale.fleets import ScaleFleet
from bench.scale.inputs import ScaleCosts, inputs, inputs_table

CASES = ((1000, 4), (10_000, 4), (10_000, 32), (100_000, 32))
"""Workspaces, and stacks at once on a machine. The third needs no second machine; the last one needs several anyway."""
SEED = 1
_WHAT = {
    "lifetime": "days that a workspace lives",
    "create": "seconds that a create takes in your cloud",
    "destroy": "seconds that a destroy takes",
    "office": "which part of all requests comes within the office's hours",
    "hours": "how many hours those are",
    "parallel": "limits.parallel: stacks at once on a machine",
    "most_shards": "machines at once, at most",
}


def main(words: Sequence[str] | None = None) -> None:
    """Simulate, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, help="how many workspaces; by default, the fleets of the page")
    parser.add_argument("--seed", type=int, default=SEED, help="another one gives other days")
    parser.add_argument("--inputs", action="store_true", help="print what it goes by, too")
    for option in fields(ScaleFleet):
        if what := _WHAT.get(option.name):
            flag = f"--{option.name.replace('_', '-')}"
            parser.add_argument(flag, type=type(option.default), default=option.default, help=what)
    chosen = parser.parse_args(words)
    known = inputs()
    if chosen.inputs:
        print(f"{inputs_table(known)}\n")
    like = ScaleFleet(0, **{name: getattr(chosen, name) for name in _WHAT})
    fleets = [replace(like, workspaces=size) for size in chosen.sizes]
    fleets = fleets or [replace(like, workspaces=size, parallel=parallel) for size, parallel in CASES]
    print(table([steady_day(fleet, ScaleCosts(known), seed=chosen.seed) for fleet in fleets]))


if __name__ == "__main__":
    main()
