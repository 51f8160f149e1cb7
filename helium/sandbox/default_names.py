"""The name of a resource that was asked for without one.

Pure: the randomness of a name comes from the engine.
"""

from __future__ import annotations

from helium.sandbox import resource_types
from helium.sandbox.model import Properties

_SUFFIX = 7


def with_name(token: str, news: Properties, *, olds: Properties, hint: tuple[str, str]) -> Properties:
    """The inputs with a name: their own, the one from before, or `hint`'s first and some of its second."""
    if resource_types.name_of(token, news) or not resource_types.name_path(token):
        return news
    first, seed = hint
    name = resource_types.name_of(token, olds) or f"{first.lower()}-{seed[:_SUFFIX]}"
    *above, last = resource_types.name_path(token)
    if not above:
        return {**news, last: name}
    meta = news.get(above[0])
    return {**news, above[0]: {**(meta if isinstance(meta, dict) else {}), last: name}}
