"""Helm releases that need each other, as `releases:` in `helium.yaml` has them: their order, or why not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from helium.core.digest import Json

LONGEST = 53
"""Characters of a release's name, as Helm has it."""


def problems(releases: Json) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with what they need: a place and a sentence."""
    if not isinstance(releases, Mapping):
        return
    for name in releases:
        for index, needed in enumerate(_needs(releases, name)):
            if needed not in releases:
                yield (name, "needs", index), f"there is no release {needed}; there are: {', '.join(sorted(releases))}"
    if circle := _circle(releases):
        yield (circle[0], "needs"), f"these need each other: {', '.join(circle)}; take one of their needs away"


def ordered(releases: Mapping[str, Json]) -> tuple[str, ...]:
    """Their names, each after those that it needs. `ValueError` when they need each other."""
    order: list[str] = []
    while len(order) < len(releases):
        ready = [name for name in sorted(releases) if name not in order and set(_needs(releases, name)) <= {*order}]
        if not ready:
            raise ValueError(", ".join(sorted(set(releases) - set(order))))
        order += ready
    return tuple(order)


def _needs(releases: Mapping[str, Json], name: str) -> tuple[str, ...]:
    release = releases[name]
    needs = release.get("needs") if isinstance(release, Mapping) else None
    return tuple(each for each in needs if isinstance(each, str)) if isinstance(needs, list | tuple) else ()


def _circle(releases: Mapping[str, Json]) -> tuple[str, ...]:
    """Those that wait for each other; a need that does not exist is told of by itself."""
    left = {name: {need for need in _needs(releases, name) if need in releases} for name in releases}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    return tuple(sorted(left))
