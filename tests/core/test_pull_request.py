"""Whose approval counts, and which comment is ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.core.pull_request import (
    PullRequest,
    PullRequestComment,
    PullRequestState,
    Review,
    ReviewVerdict,
    approvers,
    marked,
    own_comments,
)

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
HEAD, OLD = "a" * 40, "b" * 40
PULL_REQUEST = PullRequest(
    number=7,
    url="https://git.example.com/acme/fleet/pulls/7",
    title="Remove demo",
    author="ada",
    base="main",
    base_commit="c" * 40,
    head="remove-demo",
    head_commit=HEAD,
    head_repository="acme/fleet",
    state=PullRequestState.OPEN,
)


def review(login: str, verdict: ReviewVerdict, *, commit: str = HEAD, minute: int = 0) -> Review:
    """What somebody said at noon, or some minutes later."""
    return Review(login=login, verdict=verdict, commit=commit, at=NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        ((), ()),
        ((review("cleo", ReviewVerdict.APPROVED), review("bob", ReviewVerdict.APPROVED)), ("bob", "cleo")),
        ((review("bob", ReviewVerdict.APPROVED, commit=OLD),), ()),
        ((review("ada", ReviewVerdict.APPROVED),), ()),
        (
            (review("bob", ReviewVerdict.CHANGES_REQUESTED, minute=2), review("bob", ReviewVerdict.APPROVED, minute=1)),
            (),
        ),
        ((review("bob", ReviewVerdict.WITHDRAWN, minute=1), review("bob", ReviewVerdict.APPROVED, minute=2)), ("bob",)),
        ((review("bob", ReviewVerdict.APPROVED, minute=1), review("bob", ReviewVerdict.WITHDRAWN, minute=2)), ()),
        (
            (
                review("bob", ReviewVerdict.APPROVED, minute=1),
                review("bob", ReviewVerdict.APPROVED, commit=OLD, minute=2),
            ),
            (),
        ),
    ],
)
def test_an_approval_is_the_last_word_of_somebody_else_on_this_head(
    reviews: tuple[Review, ...], expected: tuple[str, ...]
) -> None:
    """A push after it, a second thought, or one's own approval: none of these counts."""
    assert expected == approvers(reviews, PULL_REQUEST)


def comment(number: int, *, author: str = "helium", body: str = "", minute: int = 0) -> PullRequestComment:
    """One of a pull request."""
    return PullRequestComment(
        id=number, author=author, body=body, url="", created_at=NOON + timedelta(minutes=minute), edited=False
    )


def test_a_planted_comment_is_not_ours() -> None:
    """Ours has the marker at its beginning and our account as its author; the oldest comes first."""
    body = marked("2 changes", purpose="plan")
    ours = (comment(1, body=body, minute=9), comment(4, body=body), comment(3, body=body))
    others = (
        comment(5, author="mallory", body=body),
        comment(6, body=f"> {body}"),
        comment(7, body=marked("x", purpose="other")),
    )

    assert (3, 4, 1) == tuple(each.id for each in own_comments((*ours, *others), purpose="plan", logins=["helium"]))


def test_what_a_job_wrote_is_ours() -> None:
    """The plan is written with the job's token, and a pass with another one goes on in it."""
    planned = comment(1, author="gitea-actions", body=marked("2 changes", purpose="plan"))
    went_on = comment(2, body=marked("ready", purpose="plan"), minute=1)

    assert (planned, went_on) == own_comments((went_on, planned), purpose="plan", logins=["helium", "gitea-actions"])


def test_a_marked_body_is_hidden_then_plain() -> None:
    """A reader sees the text alone."""
    assert marked("hello", purpose="plan") == "<!-- helium:plan -->\nhello"


def test_a_repository_is_told_by_its_name_in_any_case() -> None:
    """As the remote's address has it, or the settings; a fork is another one, and so is one that is gone."""
    assert [True, True, False] == [PULL_REQUEST.is_of(name) for name in ("acme/fleet", "Acme/Fleet", "mallory/fleet")]
    assert not replace(PULL_REQUEST, head_repository="").is_of("acme/fleet")


def test_a_pull_request_is_a_value() -> None:
    """Another head is another value."""
    assert replace(PULL_REQUEST, head_commit=OLD) != PULL_REQUEST
