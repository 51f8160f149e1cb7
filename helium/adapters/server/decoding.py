"""An answer's body as a value. It refuses what is no answer of a Helium that this one understands."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from helium.adapters.server.refusals import ServerReply
from helium.core.server_errors import ServerError

T = TypeVar("T")


def read_answer(reply: ServerReply, kind: type[T], *, server: str) -> T:
    """The answer as a value; `ServerError` for anything else."""
    why = "it is a page for people" if "html" in reply.headers.get("content-type", "") else "it is not JSON"
    if reply.is_json:
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            why = str(error)[:200]
    raise ServerError(
        f"What {server} answers is not understood ({why}). It may be no Helium, or one of another version: compare "
        "helium --version with that of whoever runs it."
    )
