"""A signal in the middle of Python's own locking: it waits until nothing can be torn, and is never lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRIKE = """
import os, signal, sys, threading, time
from helium.cli.signals import take_signals

def strike_at(event, code):
    "SIGTERM arrives at that very moment."
    def look(frame, what, _):
        if what == event and frame.f_code is code:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGTERM)
    sys.setprofile(look)

take_signals()
"""
WITH_A_LOCK = """
condition = threading.Condition()
strike_at("return", threading.Condition.__enter__.__code__)
try:
    with condition:
        pass
    time.sleep(60)
except KeyboardInterrupt:
    other = threading.Thread(target=lambda: condition.acquire() and print("free"), daemon=True)
    other.start()
    other.join(5)
"""
WITH_A_POOL = """
from concurrent.futures import ThreadPoolExecutor, _base, wait
pool = ThreadPoolExecutor(1)
call = pool.submit(time.sleep, 0.2)
strike_at("return", _base._AcquireFutures.__enter__.__code__)
try:
    wait([call])
    time.sleep(60)
except KeyboardInterrupt:
    # What is written as the process ends says that all its threads have ended.
    import atexit
    atexit.register(print, "free")
"""
AT_AN_OBJECTS_END = """
class Last:
    def __del__(self):
        "Whatever is raised here is printed, and forgotten."
strike_at("call", Last.__del__.__code__)
try:
    Last()
    time.sleep(60)
except KeyboardInterrupt:
    print("free")
"""
WHILE_IT_WAITS = """
threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start()
try:
    threading.Event().wait(60)
except KeyboardInterrupt:
    print("free")
"""


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(WITH_A_LOCK, id="a lock was just taken"),
        pytest.param(WITH_A_POOL, id="a pool is looked at"),
        pytest.param(AT_AN_OBJECTS_END, id="an object ends"),
        pytest.param(WHILE_IT_WAITS, id="the main thread only waits"),
    ],
)
def test_a_signal_tears_no_lock_and_is_not_lost(script: str) -> None:
    """It ends the process, and no other thread waits for ever."""
    done = subprocess.run(
        [sys.executable, "-c", STRIKE + script], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (0, "free\n") == (done.returncode, done.stdout), done.stderr


def test_a_second_signal_says_that_it_waits() -> None:
    """It interrupts nothing."""
    script = STRIKE + (
        "try:\n    signal.raise_signal(signal.SIGTERM)\n"
        "except KeyboardInterrupt:\n    signal.raise_signal(signal.SIGINT)\n    print('ended')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ("ended\n", True) == (done.stdout, done.stderr.startswith("still stopping what runs"))
