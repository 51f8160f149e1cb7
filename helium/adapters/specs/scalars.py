"""Plain (unquoted) scalars: what they mean, where every reader of YAML agrees, and a refusal where none can be sure.

`true`, `false`, `null`, whole numbers and decimals that print back as written are themselves; a date is text. Whatever
YAML 1.1, YAML 1.2 or JSON would read in another way than the others is refused: `2.10`, `on`, `010`, `12:30:00`, `1e3`.
"""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from helium.adapters.specs.findings import show
from helium.core.digest import Json

_CONSTANTS = {"true": True, "false": False, "null": None}
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<"}
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,15}")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,16})\.[0-9]{1,17}")
_EXACT = 2**53
"""JSON's numbers are doubles: above this whole numbers blur into one another."""

_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?"
    r"([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?"
)
_NUMBER = re.compile(
    r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9_]+)(e[-+]?[0-9]+)?|\.inf|\.nan)",
    re.IGNORECASE,
)
_OCTAL = re.compile(r"0o?([0-7]+)")
_LONGEST_OCTAL = 12
_STARTS = frozenset("0123456789+-.")


def read_plain(text: str) -> tuple[Json, str]:
    """The value and an empty sentence, or the text itself and why it is not certain what it means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text], ""
    if not text:
        return None, 'the value is missing; write one ("" for empty text, null, {} or []), or remove the key'
    if text[0] in _STARTS:
        return _read_number(text)
    if text.lower() in _WORDS:
        return text, _unsure(text)
    return text, ""


def _read_number(text: str) -> tuple[Json, str]:
    if _DATE.fullmatch(text):
        return text, ""
    if _TIMESTAMP.fullmatch(text):
        return (
            text,
            f"not every YAML reader knows the time {text}; write 2026-12-01, 2026-12-01T18:00:00Z or quotes",
        )
    if not _NUMBER.fullmatch(text):
        return text, ""
    if _INTEGER.fullmatch(text) and abs(int(text)) < _EXACT:
        return int(text), ""
    if _DECIMAL.fullmatch(text) and repr(float(text)) == text and not float(text).is_integer():
        return float(text), ""
    return text, _unsure(text)


def _unsure(text: str) -> str:
    if text.lower().endswith((".inf", ".nan")):
        return f"JSON does not have the number {text}; write another number, or {show(text)} in quotes for text"
    if text.lower() in _WORDS - {"null", "~", "=", "<<"}:
        return f"{text} without quotes {_reading(text)}; write true or false, or {show(text)} in quotes for text"
    if (octal := _OCTAL.fullmatch(text)) and len(text) <= _LONGEST_OCTAL:
        number = int(octal[1], 8)
        return (
            f"{text} without quotes is octal to some YAML readers; write it in quotes: {show(text)} for text, or "
            f"{number} without quotes for the number, as for a file's mode"
        )
    return f"{_shown(text)} without quotes {_reading(text)}; write it in quotes: {show(text)}"


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


@lru_cache(maxsize=256)
def _reading(text: str) -> str:
    """What a reader of YAML 1.1 (or JSON, for decimals) makes of the text."""
    try:
        value = yaml.safe_load(text) if len(text) <= 40 and text not in {"=", "<<"} else text
    except ValueError:
        # PyYAML takes `0x_` for a number, and then finds no digit in it.
        value = text
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    if isinstance(value, str) or str(value) == text:
        return "is read differently by different YAML readers"
    return f"would be read as {show(value)}"
