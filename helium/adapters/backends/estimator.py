"""What workspaces take, by the `cost.py` of their backends, which runs in a worker of its own (`estimate_worker`).

A backend's program is a stranger's: it may raise, hang, print, or say what is no amount. Each is an unknown estimate
with its reason, and never an error. Its environment has a few listed names, and no secret; it is ended when it takes
too long. `helium.yaml` goes before the program: where an entry has `amounts`, nothing runs.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from helium.adapters.backends.estimate_protocol import COST, EstimateAnswer, EstimateQuestion
from helium.adapters.processes import kill
from helium.core.amounts import amounts_of
from helium.core.estimates import Estimate, declared
from helium.core.excerpts import one_line
from helium.core.observation import Recipe
from helium.core.workspace import Workspace

LISTED = ("PATH", "TMPDIR", "LANG", "LC_ALL", "TZ")
"""What of the environment a program sees."""
EACH, ALL = 10.0, 60.0
"""Seconds that one estimate may take, and those of one call together."""
_TRIES = 3
"""How often a program may take too long, or end its process, before nobody asks it again."""
_LONGEST = 1 << 16
_SENTENCE = 300


def _any(_: Path) -> bool:
    return True


class _GoneError(Exception):
    """The worker gave no answer; the text says why."""


@dataclass(slots=True)
class ProgramEstimator:
    """The port `Estimator`. One worker, started when somebody asks; `close` ends it. Any thread may call.

    `may_run`: whether the program in this folder may run here.
    """

    environ: Mapping[str, str]
    may_run: Callable[[Path], bool] = _any
    each: float = EACH
    all: float = ALL
    _worker: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _rest: bytes = field(default=b"", init=False)
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def estimates(self, workspaces: Sequence[Workspace], *, recipes: Mapping[str, Recipe]) -> Mapping[str, Estimate]:
        """What each of them takes, by its name."""
        end = time.monotonic() + self.all
        with self._lock:
            return {each.name: self._estimate(each, recipes.get(each.backend), end=end) for each in workspaces}

    def close(self) -> None:
        """End the worker. May be called again."""
        with self._lock:
            self._end()

    def _estimate(self, workspace: Workspace, recipe: Recipe | None, *, end: float) -> Estimate:
        if recipe is None:
            return Estimate()
        if recipe.amounts is not None:
            return declared(recipe.amounts, workspace)
        if not recipe.folder or not Path(recipe.folder, COST).is_file():
            return Estimate()
        where = f"the {COST} of {workspace.backend}"
        if not self.may_run(Path(recipe.folder)):
            return Estimate(why=f"{where} does not run here, since it is not on main")
        if self._failures[recipe.folder] >= _TRIES:
            return Estimate(why=f"{where} failed {_TRIES} times, so it is not asked again")
        try:
            answer = self._asked(EstimateQuestion(recipe.folder, workspace), end=min(end, time.monotonic() + self.each))
        except _GoneError as gone:
            self._failures[recipe.folder] += 1
            self._end()
            return Estimate(why=f"{where} {gone}")
        if answer.why:
            return Estimate(why=f"{where} failed: {answer.why.rstrip('.')}")
        return _checked(answer.said, where)

    def _asked(self, question: EstimateQuestion, *, end: float) -> EstimateAnswer:
        worker = self._running()
        assert worker.stdin is not None
        try:
            worker.stdin.write(msgspec.json.encode(question) + b"\n")
            worker.stdin.flush()
            return msgspec.json.decode(self._line(worker, end), type=EstimateAnswer)
        except (OSError, msgspec.MsgspecError):
            raise _GoneError("ended its process") from None

    def _line(self, worker: subprocess.Popen[bytes], end: float) -> bytes:
        assert worker.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([worker.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise _GoneError("took too long")
            data = os.read(worker.stdout.fileno(), _LONGEST)
            if not data:
                raise _GoneError("ended its process")
            self._rest += data
            if len(self._rest) > _LONGEST:
                raise _GoneError("said too much")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._worker is None:
            root = str(Path(__file__).resolve().parents[3])
            plain = {key: value for key, value in self.environ.items() if key in LISTED}
            self._rest = b""
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "helium.adapters.backends.estimate_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**plain, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=tempfile.gettempdir(),
                start_new_session=True,
            )
        return self._worker

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        kill(worker.pid)
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                # What it did not read is lost with it.
                with suppress(BrokenPipeError):
                    pipe.close()


def _checked(said: str, where: str) -> Estimate:
    try:
        return Estimate(amounts_of(json.loads(said)))
    except (ValueError, RecursionError) as error:
        return Estimate(why=one_line(f"{where} said no amounts: {error}", longest=_SENTENCE))
