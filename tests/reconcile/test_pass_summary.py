"""What the page of a run says of its pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from helium.core.connections import TEXT, URL, ConnectionText
from helium.core.log_line import ORDERED, LogLine
from helium.core.status import StatusWord
from helium.core.summary import Summary
from helium.errors import Issue
from helium.reconcile import pass_summary
from helium.reconcile.pass_summary import PassRow, annotated, as_markdown, of_workspaces, rows_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CONSOLE = ConnectionText("Console", URL, "https://one.example.com/?a=(1)")
ROW = Summary(
    name="one",
    status=StatusWord.READY,
    reason="",
    owner="ann@example.com",
    backend="helm",
    deadline=None,
    added_at=NOW,
    expired=False,
    protected=False,
    held="",
    issues=(),
)


def line(name: str, kind: str = "create", sentence: str = "create: done") -> LogLine:
    """An outcome of the run."""
    return LogLine(NOW, name, "new-file", sentence, run="7-1", kind=kind)


def words(rows: tuple[PassRow, ...]) -> list[tuple[str, str]]:
    """What each row is about."""
    return [(row.name, row.word) for row in rows]


def test_what_needs_a_person_comes_first() -> None:
    """Failed, invalid, held, in this order, also where this run did nothing about them; then what it did."""
    summaries = {
        "held": replace(ROW, name="held", held="5 may go in 24 hours"),
        "idle": replace(ROW, name="idle"),
        "one": ROW,
        "sad": replace(ROW, name="sad", status=StatusWord.FAILED, reason="quota exceeded"),
        "wrong": replace(ROW, name="wrong", issues=(Issue("workspaces/wrong.yaml", 2, 1, "", "expirey"),)),
    }

    rows = rows_of(summaries, [line("one"), line("away", "destroy", "destroy: gone")], links={}, paths={})

    assert [("sad", "failed"), ("wrong", "invalid"), ("held", "held"), ("one", "ready"), ("away", "gone")] == words(
        rows
    )


def test_what_is_without_file_and_record_is_gone_or_failed() -> None:
    """By what the run did last: an end that was reached, a record that was dropped, or a create that left nothing."""
    lines = [line("a", "create"), line("a", "destroy"), line("b", ""), line("c", "create", "create: no room")]

    assert [("c", "failed"), ("a", "gone"), ("b", "gone")] == words(rows_of({}, lines, links={}, paths={}))


def test_only_what_is_ready_has_links() -> None:
    """What fails is not where it was."""
    sad = replace(ROW, name="sad", status=StatusWord.FAILED, reason="no")
    links = {"one": (CONSOLE,), "sad": (CONSOLE,)}

    rows = rows_of({"one": ROW, "sad": sad}, [line("one"), line("sad")], links=links, paths={"one": "w/one.yaml"})

    assert [("sad", ()), ("one", (CONSOLE,))] == [(row.name, row.links) for row in rows]
    assert ["", "w/one.yaml"] == [row.path for row in rows]


def test_the_table_has_two_columns_and_links() -> None:
    """A phone shows it without a scroll bar. What is no web address is no link."""
    rows = (PassRow("one", "ready", "", links=(CONSOLE, ConnectionText("pachctl", TEXT, "pachctl connect"))),)

    shown = as_markdown(rows, fleet="acme", others=2, simulated="gcp is simulated")

    assert (
        "### acme: 1 ready\n\n_Sandbox: gcp is simulated._\n\n| workspace | what became of it |\n|---|---|\n"
        "| one | ready · [Console](https://one.example.com/?a=%281%29) |\n\n"
        "2 other workspaces, to which nothing happened.\n"
    ) == shown


def test_a_failure_says_how_to_see_more() -> None:
    """Its sentence is text, whatever stands in it."""
    shown = as_markdown((PassRow("one", "failed", "no | <b>room</b> @all"),), fleet="acme", others=1)

    assert "| one | **failed**: no \\| &lt;b&gt;room&lt;/b&gt; @\u200ball · `helium show one --log` |" in shown
    assert "1 other workspace, to which" in shown


def test_nothing_is_said_in_a_line() -> None:
    """A pass that found all as it should be."""
    assert "### acme: nothing changed\n" == as_markdown((), fleet="acme", others=0)


def test_a_thousand_rows_say_how_many_more_there_are() -> None:
    """The host shows a megabyte, and nobody reads that."""
    rows = tuple(PassRow(f"n{number}", "ready", "") for number in range(pass_summary.MOST_ROWS + 7))

    assert "| … | 7 more |" in as_markdown(rows, fleet="acme", others=0)


def test_annotations_are_of_what_needs_a_person() -> None:
    """A failure is an error beside its file, what is held is a warning, and the rest is silent."""
    rows = [
        PassRow("a", "ready", "", "w/a.yaml"),
        PassRow("b", "held", "too many", "w/b.yaml"),
        PassRow("c", "failed", "50%\nfull", "w/c.yaml"),
    ]

    assert (
        "::error file=w/c.yaml,line=1,col=1::c is failed: 50%25%0Afull",
        "::warning file=w/b.yaml,line=1,col=1::b is held: too many",
    ) == annotated(rows)


def test_what_became_of_orders_is_told_apart() -> None:
    """An order's line names a workspace too, and is no outcome of it."""
    ordered = replace(line("one"), code=ORDERED)

    assert [line("two")] == of_workspaces([ordered, line("two")])
