"""How long-lived processes log: one JSON object per line for machines, plain lines for a terminal.

Whatever a log call gives as `extra` becomes a member of the object. No call gives it a token.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_QUIET = ("uvicorn.error", "uvicorn.access", "httpx", "asyncio")


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said = {
            "time": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """For people: the time, the sentence, and what belongs to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()}: "
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        text = "".join(each if each.isprintable() else "�" for each in f"{level}{record.getMessage()}{extra}")
        text = f"{_instant(record)[11:19]} {text}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def begin(form: str | None) -> None:
    """Log to standard error, as `text` or `json`; `None`: text on a terminal, else JSON."""
    form = form or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter() if form == "text" else JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN and name != "color_message"}
