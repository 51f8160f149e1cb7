"""Tables line up, fold in their last column, and show what came from outside as text."""

from __future__ import annotations

import pytest

from helium.cli import tables

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

    assert "a     ready  " + tables.clean(outside) == line
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
