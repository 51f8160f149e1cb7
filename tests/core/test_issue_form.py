"""What the form of an issue answers, whatever somebody wrote into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core.issue_form import MOST, QUESTIONS, FormAnswers, answers, question_of

LONG = "### How long do you need it, or until when?"
CALLED = "### What should it be called?"
ELSE = "### What else should its file say?"


def test_each_answer_is_a_field() -> None:
    """As GitHub and Gitea write the form's answers; what was left empty is no answer."""
    body = f"{CALLED}\r\n\r\ndemo\r\n\r\n{LONG}\r\n\r\n7d\r\n\r\n### Which backend?\r\n\r\n_No response_\r\n"

    assert FormAnswers({"name": "demo", "expiry": "7d"}) == answers(body)


@pytest.mark.parametrize("body", ["", "I need a workspace", "### Steps\n\nnone", "#### What is it for?\n\nx"])
def test_another_issue_asks_for_nothing(body: str) -> None:
    """It has none of the form's lines."""
    assert answers(body) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```yaml\nlabels: {a: b}\n```", "labels: {a: b}"),
        ("````yaml\nlabels: {a: b}\n# ```\n````", "labels: {a: b}\n# ```"),
        ("```yaml\n\n```", ""),
        ("labels: {a: b}", "labels: {a: b}"),
        ("`x`", "`x`"),
        ("### Not of the form\n$(touch x)", "### Not of the form\n$(touch x)"),
    ],
)
def test_the_rest_is_text(text: str, expected: str) -> None:
    """With or without the fence that a host puts around it; what looks like a command stays what it is."""
    found = answers(f"{LONG}\n\n7d\n\n{ELSE}\n\n{text}\n")

    assert found is not None
    assert (expected, ()) == (found.fields.get("more", ""), found.problems)


def test_a_question_within_an_answer_is_no_second_answer() -> None:
    """Which of the two is meant, nobody can know."""
    found = answers(f"{CALLED}\n\nmine\n\n{LONG}\n\n7d\n\n### What is it for?\n\nx\n{CALLED}\n\ntheirs\n")

    assert found is not None
    assert [f"The line “{CALLED}” is there more than once. Each question has one answer."] == [*found.problems]


def test_a_line_that_somebody_took_away_is_missed() -> None:
    """The rest is read all the same, so that every error is said at once."""
    found = answers(f"before\n{CALLED}\n\ndemo")

    assert found is not None
    assert {"name": "demo"} == found.fields
    assert [f"The line “{LONG}” is missing. Fill in the form again, and leave its lines."] == [*found.problems]


def test_an_issue_that_no_host_takes_is_not_read() -> None:
    """Not one line of it."""
    found = answers(f"{LONG}\n\n7d\n" + "x" * MOST)

    assert found is not None
    assert ({}, True) == (found.fields, "at most 65536 are read" in found.problems[0])


@pytest.mark.parametrize(("pointer", "expected"), [("/expiry", LONG[4:]), ("/values/pachd", "values"), ("", "")])
def test_an_error_is_about_a_question(pointer: str, expected: str) -> None:
    """What the form does not ask is called by its field."""
    assert expected == question_of(pointer)
    assert expected in {*QUESTIONS, "values", ""}


PIECES = st.sampled_from([CALLED, LONG, ELSE, "###", "```yaml", "```", "_No response_", "\r\n", "\n", "x: {", "### "])


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("\n".join))
def test_whatever_somebody_writes_is_text_or_a_problem(body: str) -> None:
    """Nothing raises, nothing is an answer that does not stand below its own line, and twice is a problem."""
    found = answers(body)
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").split("\n")]
    asked = [line[4:] for line in lines if line.startswith("### ") and line[4:] in QUESTIONS]

    assert (found is None) == (not asked)
    if found is not None:
        assert {*found.fields} <= {QUESTIONS[each] for each in asked}
        assert bool(found.problems) == (len(asked) != len({*asked}) or LONG[4:] not in asked)
        assert all(text in body.replace("\r\n", "\n") for text in found.fields.values())
