"""Edits of `helium.yaml` set what was asked for, and leave every other byte as a person wrote it."""

from __future__ import annotations

import pytest

from helium.adapters.specs import settings_text
from helium.errors import SpecError, UsageError

AT = ("backends", "gcp", "charts", "pachyderm")
CHANGES: dict[tuple[str | int, ...], str] = {(*AT, "version"): "2.11.6", (*AT, "digest"): "sha256:ab"}

TOP = "# ours\nbackends:\n  gcp:\n    charts:\n      pachyderm:   # the real one\n"
PINNED = "        version: 2.11.6\n        digest: sha256:ab\n"
HUB = "      hub: {chart: h}\nfleet: acme\n"
CHART = "        chart: charts/p  # here\n"
HOSTS = "        chart: p\n        hosts:\n          - a.example.com\n"
BRACES = "backends: {{gcp: {{charts: {{pachyderm: {{{}}}, hub: {{chart: h}}}}}}}}  # all\n"
FILES = {
    "a block": (TOP + CHART + HUB, TOP + CHART + PINNED + HUB),
    "braces": (
        BRACES.format("chart: charts/p, version: 2.9.7"),
        BRACES.format("chart: charts/p, version: 2.11.6, digest: sha256:ab"),
    ),
    "empty braces": (BRACES.format(""), BRACES.format("version: 2.11.6, digest: sha256:ab")),
    "at the end, without a last line end": (
        TOP + "        digest: 'sha256:00'\n        version: \"2.9.7\"",
        TOP + "        digest: sha256:ab\n        version: 2.11.6",
    ),
    "a nested last value": (TOP + HOSTS + HUB, TOP + HOSTS + PINNED + HUB),
    "Windows' line ends": ((TOP + HOSTS).replace("\n", "\r\n"), (TOP + HOSTS + PINNED).replace("\n", "\r\n")),
}


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_only_what_was_asked_for_changes(name: str, mark: str) -> None:
    """Comments, order, quotes, line ends and the byte-order mark stay."""
    before, after = FILES[name]

    assert (mark + after).encode() == settings_text.edited((mark + before).encode(), CHANGES)


def test_what_would_be_read_as_a_number_is_quoted() -> None:
    """A version such as 2.10 would be 2.1."""
    written = settings_text.edited(b"chart: {name: x}\n", {("chart", "version"): "2.10"})

    assert b'chart: {name: x, version: "2.10"}\n' == written


def test_a_file_that_cannot_be_read_is_left_alone() -> None:
    """The error says where."""
    with pytest.raises(SpecError, match="this is not YAML"):
        settings_text.edited(b"a: [", {("a",): "b"})


@pytest.mark.parametrize("data", [b"a: text\n", b"a:\n  - b\n", b"b: {}\n"])
def test_a_place_that_is_no_mapping_is_refused(data: bytes) -> None:
    """Nothing is written over."""
    with pytest.raises(UsageError, match="is not a mapping"):
        settings_text.edited(data, {("a", "version"): "1"})
