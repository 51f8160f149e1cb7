"""Runs the `cost.py` of backends in a process of its own, for the estimator: one question a line, one answer a line.

What runs here is not trusted: it has neither secrets nor tokens in its environment, writes no file, and what it prints
goes nowhere. Whoever asks waits only so long, and checks each answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import msgspec

from helium.adapters.backends.estimate_protocol import EstimateAnswer, EstimateQuestion
from helium.adapters.program_modules import module_of
from helium.core.excerpts import one_line

MEMORY = 2 << 30
"""Bytes of address space: what asks for more fails, and takes nothing else along."""


def main() -> None:
    """EstimateAnswer until the input ends."""
    out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    questions = os.fdopen(os.dup(0), "rb")
    for each in (0, 1, 2):
        os.dup2(nowhere, each)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    strangers = ThreadPoolExecutor(1)
    for line in questions:
        answer = _answer(msgspec.json.decode(line, type=EstimateQuestion), strangers)
        data = msgspec.json.encode(answer) + b"\n"
        # A pipe takes it in parts, and the other end may be gone.
        while data:
            data = data[os.write(out, data) :]


def _leave_with(parent: int) -> None:
    """A program that hangs must not stay when whoever asked was killed."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _answer(question: EstimateQuestion, strangers: Executor) -> EstimateAnswer:
    """A stranger's code may raise anything, and also try to leave; of a future that is a value."""
    said = strangers.submit(_estimate, question)
    error = said.exception()
    if error is not None:
        return EstimateAnswer(why=one_line(f"{type(error).__name__}: {error}", longest=200))
    return EstimateAnswer(said.result())


def _estimate(question: EstimateQuestion) -> str:
    folder = Path(question.folder)
    package = f"helium_cost_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    return json.dumps(_plain(module_of(folder, "cost", package=package).estimate(question.workspace)))


def _plain(said: object) -> object:
    """As text, so that a decimal stays what it is; what is no mapping is for the other end to refuse."""
    if not isinstance(said, Mapping):
        return None
    return {str(unit): each if isinstance(each, bool | int | float) else str(each) for unit, each in said.items()}


if __name__ == "__main__":
    main()
