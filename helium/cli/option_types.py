"""What an option may be, where click has no type for it: a plan's digest, a length of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import timedelta


class DigestType(click.ParamType[str]):
    """A digest as a plan prints it; other text is refused, since it could never match."""

    name = "digest"

    def __init__(self, digits: int) -> None:
        self._digits = digits

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The digest; a usage error for other text."""
        text = str(value)
        if len(text) != self._digits or not set(text) <= set("0123456789abcdef"):
            self.fail(f"{text!r} is not a digest; copy the {self._digits} hex digits that the plan shows", param, ctx)
        return text


class LengthType(click.ParamType["timedelta"]):
    """A length such as `90m`, `12h`, `3d` or `2w`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length; a usage error with a sentence."""
        from datetime import timedelta

        from helium.core.deadlines import parse_lifetime

        if isinstance(value, timedelta):
            return value
        try:
            return parse_lifetime(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class IntervalType(click.ParamType["timedelta"]):
    """A length that may also be in seconds: `60s`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length; a usage error with a sentence."""
        from datetime import timedelta

        text = str(value)
        if text.endswith("s") and text[:-1].isdecimal() and int(text[:-1]):
            return timedelta(seconds=int(text[:-1]))
        return value if isinstance(value, timedelta) else LengthType().convert(text, param, ctx)
