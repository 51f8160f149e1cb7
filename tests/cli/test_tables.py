"""Tables line up, fold in their last column, and show what came from outside as text."""

from __future__ import annotations

import click
import pytest

from helium.cli import tables
from helium.cli.folding import cells, clean, folded

HEADS = ("NAME", "STATE", "REASON")


def test_columns_line_up_whatever_the_letters() -> None:
    """A letter that takes two columns of a terminal counts as two, an accent as none; no line ends in blanks."""
    lines = tables.table(HEADS, [("a", "ready", ""), ("\u6771\u4eac", "failed", "no quota"), ("e\u0301", "held", "x")])

    assert (
        "\x1b[1mNAME\x1b[0m  \x1b[1mSTATE\x1b[0m   \x1b[1mREASON\x1b[0m",
        "a     ready",
        "\u6771\u4eac  failed  no quota",
        "e\u0301     held    x",
    ) == lines


def test_the_last_column_folds_at_the_terminals_width() -> None:
    """At words, and inside a word that is longer; elsewhere a row stays one line."""
    row = ("a", "held", "the guard holds back two deletes and a" + "b" * 30)

    assert [
        "a     held   the guard holds back",
        "             two deletes and abbbbb",
        "             " + "b" * 22,
        "             bbb",
    ] == list(tables.table(HEADS, [row], width=35)[1:])
    assert 1 == len(tables.table(HEADS, [row])[1:])


def test_a_word_colours_its_cell_and_nothing_else() -> None:
    """By what it says; a word without a colour has none."""
    _, failed, odd = tables.table(HEADS, [("a", "failed", "x"), ("b", "odd", "y")], styled=1)

    assert "a     \x1b[31m\x1b[1mfailed\x1b[0m  x" == failed
    assert "b     odd     y" == odd


@pytest.mark.parametrize("outside", ["\x1b[2Jx", "[red]x[/red]", "x\u202e"])
def test_what_comes_from_outside_is_text(outside: str) -> None:
    """No terminal code is obeyed, and no markup is read."""
    line = tables.table(HEADS, [("a", "ready", outside)])[1]

    assert "a     ready  " + clean(outside) == line
    assert "\x1b" not in line


def test_pairs_leave_out_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    """And a text of several lines stays in its column."""
    tables.pairs([("state", "ready"), ("owner", ""), ("error", "one\ntwo")])

    assert "state  ready\nerror  one\n       two\n" == capsys.readouterr().out


def test_columns_go_before_the_last_is_too_narrow() -> None:
    """One after the other, as the caller says; never the name and the word, and none in a wide terminal."""
    heads = ("WORKSPACE", "STATUS", "OWNER", "LEFT", "REASON")
    row = (
        "northwind-quarterly-review",
        "failed",
        "margaret@example.com",
        "2d 23h",
        "the chart is not in the repository",
    )
    shown = {width: tables.table(heads, [row], width=width, drops=("OWNER", "LEFT"))[0] for width in (120, 90, 76)}

    assert [True, False, False] == ["OWNER" in line for line in shown.values()]
    assert [True, True, False] == ["LEFT" in line for line in shown.values()]
    assert all("STATUS" in line and "REASON" in line for line in shown.values())


def test_a_digest_is_not_broken() -> None:
    """A line of several parts ends between two of them."""
    parts = ("2 to create, 2 to keep", "commit 0095875e32", "digest 5ca7ab5d84cbd195a2b36a80021b5c0c")

    assert "\n".join((" · ".join(parts[:2]), parts[2])) == tables.joined(parts, width=80)
    assert " · ".join(parts) == tables.joined(parts)


def test_what_people_paste_is_not_folded() -> None:
    """Blanks and line feeds in the middle of a command would end it early."""
    command = "gcloud container clusters get-credentials ci-cluster --zone us-east1-b --project my-project"
    lines = list(tables._drawn([("kubernetes", command), ("status", "x " * 60)], [{}, {}], width=80))

    assert f"kubernetes  {command}" == lines[0]
    assert len(lines) > 2


CELLS = {"ascii": 5, "\u6771\u4eac": 4, "e\u0301": 1, "\u2601\ufe0f": 1, "\u0645\u0631\u062d\u0628\u0627": 5}


@pytest.mark.parametrize(("text", "width"), CELLS.items(), ids=range(len(CELLS)))
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    """Two columns for wide letters; none for accents, nor for what only chooses the form of the letter before."""
    assert width == cells(text)


WORDS = (
    "aaaa bbbb",
    "\u6771\u4eac" * 20,
    "x " * 30,
    "one " + "e\u0301" * 30,
    "a\u6771" * 9 + " and more",
    "",
    "  indented",
)


@pytest.mark.parametrize("text", WORDS, ids=range(len(WORDS)))
@pytest.mark.parametrize("room", [2, 7, 8, 40])
def test_no_line_is_wider_than_its_room(text: str, *, room: int) -> None:
    """In columns, and not in letters; and nothing but blanks is lost."""
    lines = folded(text, room)

    assert [] == [line for line in lines if cells(line) > room]
    assert text.replace(" ", "") == "".join(lines).replace(" ", "")


@pytest.mark.parametrize(("width", "is_below"), [(36, True), (49, True), (52, False), (60, False)])
def test_a_reason_stands_below_where_there_is_no_room_beside(width: int, *, is_below: bool) -> None:
    """A long name takes the columns that the reason needs; then the reason gets lines of its own."""
    row = ("n" * 22, "failed", "\u914d\u989d exceeded " * 6)
    lines = map(click.unstyle, tables.table(("NAME", "STATUS", "REASON"), [row], width=width, styled=1))
    head, *rest = [line for line in lines if line != "  REASON"]

    assert is_below == (rest[0] == f"{'n' * 22}  failed")
    assert is_below == rest[1].startswith("  \u914d")
    assert [] == [line for line in (head, *rest) if cells(line) > width]


def test_what_is_copied_is_not_broken() -> None:
    """No digest, path or name: a terminal that wraps it itself copies it whole."""
    digest = "e18b337c30e8dadc88fa29950debb809"

    assert f"digest  {digest}" in tables._drawn([("digest", digest)], [{}], width=38, breaks=False)
