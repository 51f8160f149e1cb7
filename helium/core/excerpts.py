"""The part of a text that a record keeps, or that a person is shown. Pure.

It refuses to know what is secret: whoever cuts a text has taken its secrets out before, since half of one is not
recognized.
"""

from __future__ import annotations

ERROR_LIMIT = 300
"""How many characters of an error a record keeps."""


def excerpt(text: str, *, longest: int = ERROR_LIMIT) -> str:
    """So many characters of it, with an ellipsis if there was more."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def one_line(text: str, *, longest: int) -> str:
    """The same with white space folded."""
    return excerpt(" ".join(text.split()), longest=longest)
