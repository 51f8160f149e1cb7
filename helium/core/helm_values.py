"""Helm values as data: how a user's values override Helium's own, and which paths a backend locks.

A path is dotted (`ingress.tls`) and covers everything below it. Nothing here raises: `refused` names what a person may
not set, for the checks of a file; `kept` leaves it out when a stack is built, so the lock holds even without a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from helium.core.digest import Json

Path = tuple[str, ...]
_NOTEBOOKS = "notebooks.values."


def merge(own: Mapping[str, Json], users: Mapping[str, Json]) -> dict[str, Json]:
    """`users` over `own`, key by key. A list replaces a list; a `None` stays, and makes Helm drop its default."""
    merged = dict(own)
    for key, value in users.items():
        before = merged.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = merge(before, value)
        merged[key] = value
    return merged


def refused(values: Mapping[str, Json], locked: Sequence[str], *, trusted: Sequence[str] = ()) -> tuple[Path, ...]:
    """The paths in `values` at, below or across a locked path, except trusted ones; sorted, as tuples of keys."""
    return tuple(sorted(_refused(values, split(locked), trusted=split(trusted), above=())))


def kept(values: Mapping[str, Json], locked: Sequence[str], *, trusted: Sequence[str] = ()) -> dict[str, Json]:
    """`values` without what is refused."""
    return _without(values, frozenset(refused(values, locked, trusted=trusted)), above=())


def of_notebooks(trusted: Sequence[str]) -> tuple[str, ...]:
    """Of the trusted paths, those in the values of the notebooks' chart, as paths there."""
    return tuple(path.removeprefix(_NOTEBOOKS) for path in trusted if path.startswith(_NOTEBOOKS))


def secret_name(value: Json) -> str | None:
    """The NAME of a `{fromSecret: NAME}`; `None` for every other value."""
    if isinstance(value, Mapping) and set(value) == {"fromSecret"} and isinstance(value["fromSecret"], str):
        return value["fromSecret"]
    return None


def secrets_in(value: Json) -> Iterator[str]:
    """The NAME of every `{fromSecret: NAME}` in it."""
    return (name for _, name in secret_places(value))


def secret_places(value: Json, *, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every `{fromSecret: NAME}` in it: its place, which begins with `at`, and the NAME."""
    name = secret_name(value)
    if name is not None:
        yield at, name
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from secret_places(inner, at=(*at, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from secret_places(inner, at=(*at, index))


def revealed(value: Json, secret: Callable[[str], Json]) -> Json:
    """The value, with each `{fromSecret: NAME}` in it replaced by `secret(NAME)`."""
    name = secret_name(value)
    if name is not None:
        return secret(name)
    if isinstance(value, Mapping):
        return {key: revealed(inner, secret) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(inner, secret) for inner in value]
    return value


def split(dotted: Sequence[str]) -> tuple[Path, ...]:
    """Dotted paths as tuples of keys."""
    return tuple(tuple(path.split(".")) for path in dotted)


def covered(path: Path, paths: tuple[Path, ...]) -> bool:
    """Whether the path is one of them, or lies below one."""
    return any(path[: len(one)] == one for one in paths)


def _crosses(path: Path, paths: tuple[Path, ...]) -> bool:
    """Whether one of them lies below the path."""
    return any(len(one) > len(path) and one[: len(path)] == path for one in paths)


def _refused(
    values: Mapping[str, Json], locked: tuple[Path, ...], *, trusted: tuple[Path, ...], above: Path
) -> Iterator[Path]:
    for key, value in values.items():
        path = (*above, key)
        if covered(path, trusted):
            continue
        locks = covered(path, locked)
        opens = isinstance(value, Mapping) and bool(value) and secret_name(value) is None
        if opens and _crosses(path, trusted if locks else (*locked, *trusted)):
            yield from _refused(value, locked, trusted=trusted, above=path)
        elif locks or (value != {} and _crosses(path, locked)):
            yield path


def _without(values: Mapping[str, Json], paths: frozenset[Path], *, above: Path) -> dict[str, Json]:
    left: dict[str, Json] = {}
    for key, value in values.items():
        path = (*above, key)
        if path in paths:
            continue
        inner = _without(value, paths, above=path) if isinstance(value, Mapping) else value
        # A mapping that lost all its keys here must not replace Helium's own value with an empty one.
        if inner or not value:
            left[key] = inner
    return left
