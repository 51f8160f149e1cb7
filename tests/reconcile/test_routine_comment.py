from __future__ import annotations

from helium.core.routine import PersonNeeded
from helium.reconcile import comments
from helium.reconcile.routine_comment import routine_lines, with_routine

NEEDED = PersonNeeded("ada@example.com", "ann@example.com", "demo belongs to <b>ann")


def test_who_must_look_is_a_list() -> None:
    """What people wrote stays text, and nobody is mentioned."""
    said = routine_lines(needed=(NEEDED,), wrong=())

    assert "**A person has to look**" in said
    assert "- ada@\u200bexample.com must ask ann@\u200bexample.com: demo belongs to &lt;b&gt;ann" in said


def test_what_a_pass_would_refuse_comes_first() -> None:
    """Nobody else is bothered with it."""
    assert "a pass would refuse it" in routine_lines(needed=(NEEDED,), wrong=("demo: expired",))
    assert "ann" not in routine_lines(needed=(NEEDED,), wrong=("demo: expired",))


def test_what_is_routine_says_what_it_waits_for() -> None:
    """Until it is merged."""
    assert "as soon as main takes it." == routine_lines(needed=(), wrong=())[-25:]
    assert "Not yet: a check is red" in routine_lines(needed=(), wrong=(), why="a check is red")
    assert "Helium merged it" in routine_lines(needed=(), wrong=(), merged=True)


def test_a_long_list_is_cut_by_whole_sentences() -> None:
    """And says how many more there are."""
    assert "- … 30 more" in routine_lines(needed=[NEEDED] * 50, wrong=())


def test_the_comment_keeps_what_else_it_says() -> None:
    """The plan before it, and what became of it behind it; it is said once."""
    once = with_routine("the plan", "first")
    became = comments.went_on(once, ())
    twice = with_routine(became, "second")

    assert once.startswith("the plan\n")
    assert "second" in twice
    assert "first" not in twice
    assert twice.index("the plan") < twice.index("second") < twice.index("**Merged.**")
    assert with_routine("", "alone") == with_routine(with_routine("", "first"), "alone")
