"""The process that apprise runs in: a line of JSON for each message, and a line of JSON for what came of it.

The first line has the URL and the only plugins that may be used. What apprise says of a failure is told without any
part of the URL, which is a secret.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO
from urllib.parse import unquote

SHORTEST = 4
"""Characters of a part of the URL that is taken out of what is said."""


def main() -> None:
    """Serve until standard input ends."""
    # Plugins may print; what they print is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    url, schemas = str(first["url"]), [str(each) for each in first["schemas"]]
    heard = _Heard()
    target = _target(url, schemas, heard=heard)
    for line in sys.stdin:
        message = json.loads(line)
        heard.last = ""
        ok = bool(target is not None and target.notify(title=message["title"], body=message["body"]))
        why = "" if ok else without_secrets(url, heard.last) or "apprise cannot use this URL"
        _answer(answers, {"ok": ok, "why": why})


def _target(url: str, schemas: Iterable[str], *, heard: _Heard) -> Any:
    import apprise
    from apprise.manager_plugins import NotificationManager

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.addHandler(heard)
    logger.propagate = False
    manager: Any = NotificationManager
    manager().enable_only(*schemas)
    asset = apprise.AppriseAsset(async_mode=False, secure_logging=True, app_id="Helium", app_desc="Helium")
    target = apprise.Apprise(asset=asset)
    # What a spec or an error says is text: not one of its signs is markup.
    return _Text(target) if target.add(url) else None


class _Text:
    def __init__(self, target: Any) -> None:
        self._target = target

    def notify(self, *, title: str, body: str) -> bool:
        return bool(self._target.notify(title=title, body=body, body_format="text", interpret_escapes=False))


class _Heard(logging.Handler):
    """The last thing that apprise complained of."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()


def without_secrets(url: str, said: str) -> str:
    """What was said, without any part of the URL."""
    written = re.split(r"[/:@?&=,]+", url)[1:]
    # In what a plugin says, a part is as it is sent, and in the URL it may be encoded.
    for part in sorted({*written, *map(unquote, written)}, key=len, reverse=True):
        if len(part) >= SHORTEST:
            said = said.replace(part, "…")
    return " ".join(said.split())[:200]


def _answer(answers: TextIO, value: object) -> None:
    answers.write(f"{json.dumps(value)}\n")
    answers.flush()


if __name__ == "__main__":
    main()
