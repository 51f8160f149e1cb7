"""A send that ends in time, whatever the other side does: name lookups and dripping answers have no own limits."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from helium.ports.channels import Receipt


def within(seconds: float, send: Callable[[], Receipt]) -> Receipt:
    """What a send comes to. One that takes too long is left behind, in a thread that keeps no process alive."""
    met: list[Receipt] = []

    def run() -> None:
        met.append(send())

    thread = Thread(target=run, name="send", daemon=True)
    thread.start()
    thread.join(seconds)
    if met:
        return met[0]
    # What ends without an answer has met something that nobody thought of; the thread has shown it.
    why = f"it did not answer within {seconds:.0f} seconds" if thread.is_alive() else "it failed unexpectedly"
    return Receipt(False, why)
