"""What happens to inputs before a plan is made of them: a name for what has none, and what is missing.

Pure: the randomness of a name comes from the engine.
"""

from __future__ import annotations

from dataclasses import replace

from helium.sandbox import limits, resource_types
from helium.sandbox.clusters import cluster
from helium.sandbox.diffs import Difference, difference
from helium.sandbox.model import Properties
from helium.sandbox.secrets import UNKNOWN, plain

_SUFFIX = 7


def named(token: str, news: Properties, *, olds: Properties, hint: tuple[str, str]) -> Properties:
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


def lacking(token: str, inputs: Properties) -> tuple[str, ...]:
    """The required properties that are not there."""
    return limits.missing(resource_types.kind_of(token), inputs)


def moved(package: str, olds: Properties, *, news: Properties, salt: str) -> Difference:
    """What a provider's new configuration changes; another cluster means that all resources are made anew."""
    found = difference(f"pulumi:providers:{package}", olds, new=news, salt=salt)
    before, after = plain(olds), plain(news)
    if package != "kubernetes" or UNKNOWN in (
        after.get("kubeconfig"),
        after.get("context"),
        after.get("cluster"),
    ):
        return found
    if cluster(before) == cluster(after):
        return found
    return replace(found, replaces=tuple(path for path in found.paths if path != "version"))
