"""The secrets that a program meets while it runs in this process: those that it makes, and those that resources return.

A program may put such a value into an error. In no state, and nowhere else, could it be looked up afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime import rpc

from helium.adapters.engine.redact import values_in


@contextmanager
def met() -> Iterator[set[str]]:
    """The secrets that are met meanwhile, in plain text. A worker runs one program at a time."""
    found: set[str] = set()
    unwrap, secret = rpc.unwrap_rpc_secret, pulumi.Output.secret

    def unwrapped(value: Any) -> Any:
        plain = unwrap(value)
        if rpc.is_rpc_secret(value):
            found.update(values_in(plain))
        return plain

    def made_secret(value: Any) -> Any:
        # At once, since the program may fail before any output of it is known.
        found.update(values_in(value) if isinstance(value, str | int | float | dict | list | tuple) else ())
        output = secret(value)
        output.apply(lambda known: found.update(values_in(known)))
        return output

    rpc.unwrap_rpc_secret, pulumi.Output.secret = unwrapped, staticmethod(made_secret)  # type: ignore[method-assign,assignment]
    try:
        yield found
    finally:
        rpc.unwrap_rpc_secret, pulumi.Output.secret = unwrap, staticmethod(secret)  # type: ignore[method-assign]
