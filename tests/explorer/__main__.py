"""Walk through every order of events: `python -m tests.explorer`. `make crash` does so for long.

`--case WORD` walks those whose name has the word; `--way "0 2 1"` goes one way again, and tells each step of it. The
cases are walked beside each other, each in a process of its own. The small ones come first, with an eighth of the
states; each of the others gets its part of what is left, and so many seconds.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.explorer.cases import CASES, case_of
from tests.explorer.judge import AccidentError
from tests.explorer.search import Search, followed
from tests.explorer.small_cases import SMALL_CASES
from tests.explorer.threads import led_threads


def main(arguments: Sequence[str]) -> int:
    """0 if nothing went wrong."""
    options = _options(arguments)
    names = [options.case] if options.case in CASES else [name for name in CASES if options.case in name]
    if options.way is not None or len(names) == 1:
        return _one(names[0], options)
    small, wide = ([name for name in names if (name in SMALL_CASES) is each] for each in (True, False))
    walked, accidents = _walked(small, options, states=options.states // 8 if wide else options.states)
    more, others = _walked(wide, options, states=options.states - walked)
    _say(f"{walked + more:,} states, {accidents + others} accidents")
    return 1 if accidents + others else 0


def _walked(names: Sequence[str], options: argparse.Namespace, *, states: int) -> tuple[int, int]:
    """How many states these cases have together, of at most so many, and how many accidents were found."""
    with ThreadPoolExecutor(options.beside) as pool:
        each = -(-states // max(1, len(names)))
        ended = list(pool.map(lambda name: _process(name, options, states=each), names))
    told = (found for _, said in ended for found in re.findall(r"([\d,]+) states", said))
    return sum(int(found.replace(",", "")) for found in told), sum(1 for code, _ in ended if code)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.explorer", description=__doc__)
    parser.add_argument("--case", default="")
    parser.add_argument("--way", default=None)
    parser.add_argument("--states", type=int, default=100_000, help="of all cases together")
    parser.add_argument("--seconds", type=float, default=3600, help="for each case")
    parser.add_argument("--disturbances", type=int, default=99)
    parser.add_argument("--beside", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def _process(name: str, options: argparse.Namespace, *, states: int) -> tuple[int, str]:
    flags = (f"--states={states}", f"--seconds={options.seconds}", f"--disturbances={options.disturbances}")
    command = (sys.executable, "-m", "tests.explorer", f"--case={name}", *flags)
    ended = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    _say(ended.stdout.rstrip())
    return ended.returncode, ended.stdout


def _one(name: str, options: argparse.Namespace) -> int:
    # What is kept is kept to the end: looking for what could go would take a third of the time.
    gc.disable()
    with led_threads():
        try:
            case = case_of(name)
        except AccidentError as at_once:
            _say(f"ACCIDENT: {at_once}\nThat is while the fleet is brought up, and nobody disturbs the pass.")
            return 1
        if options.way is not None:
            accident = followed(case, [int(each) for each in options.way.split()], tell=_say)
            _say(accident or "All is well.")
            return 1 if accident else 0
        search, start = Search(case), time.monotonic()
        search.run(states=options.states, seconds=options.seconds, most=options.disturbances)
    _say(search.summary(time.monotonic() - start))
    if search.accident:
        _say(str(search.accident))
    return 1 if search.accident else 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
