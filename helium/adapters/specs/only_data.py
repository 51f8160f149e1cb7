"""What a person writes is data: nothing in a spec may be read as a command by Pulumi, or as a template by a chart.

Pulumi sends values to its providers in a form of its own, in which a mapping with a certain key is a file to read or a
URL to fetch, and a certain text is a value that is not known yet. A pass has the rights to do that; whoever may write
a spec does not. Charts run many of their values through `tpl`, in which `{{ lookup … }}` reads any Secret of the
cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from helium.adapters.specs.findings import Path
from helium.core.digest import Json
from helium.core.helm_values import covered, split

SIGNATURES = (
    "4dabf18193072939515e22adb298388d",  # the key that makes a mapping one of the following
    "c44067f5952c0a294b673a41bacd8c17",  # an asset
    "0def7320c3a5731c473e5ecbe6d01bc7",  # an archive
    "1b47061264138c4ac30d75fd1eb44270",  # a secret
    "5cf8f73096256a8f31e491e813e4eb8e",  # a resource
    "d0e6a833031e9bbcd3f4e8bde6ca49a4",  # an output
)
UNKNOWNS = (
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # a text
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a truth value
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
    "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # a mapping
)
RESERVED = (*SIGNATURES, *UNKNOWNS)
"""What Pulumi's protocol reserves. A test holds that the SDK reserves nothing else."""

_RESERVED_HERE = "Pulumi reserves this text for itself and would not take it as data; write something else"
_TEMPLATE_HERE = (
    "a chart would run {{ … }} as a template, with the rights of the pass; write plain text, or ask for a backend that "
    "takes a template here"
)


def is_reserved(text: str) -> bool:
    """Whether a text means something to Pulumi."""
    return any(each in text for each in RESERVED)


def not_data(value: Json, at: Path, *, templates: Sequence[str]) -> Iterator[tuple[Path, str, bool]]:
    """The places in `value` that are not only data: path, sentence, and whether it is the key there.

    `templates`: the dotted paths that the backend takes as templates, each with everything below it.
    """
    if isinstance(value, str):
        yield from ((at, sentence, False) for sentence in _wrong(value, at, templates=templates))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (((*at, key), sentence, True) for sentence in _wrong(key, (*at, key), templates=templates))
            yield from not_data(inner, (*at, key), templates=templates)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from not_data(inner, (*at, index), templates=templates)


def _wrong(text: str, at: Path, *, templates: Sequence[str]) -> Iterator[str]:
    if is_reserved(text):
        yield _RESERVED_HERE
    elif "{{" in text and not _may_be_template(at, templates):
        yield _TEMPLATE_HERE


def _may_be_template(at: Path, templates: Sequence[str]) -> bool:
    return covered(tuple(map(str, at)), split(templates))
