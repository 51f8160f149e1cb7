"""What goes wrong at a host, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from helium.core.host_errors import (
    HostAwayError,
    HostError,
    NotMergeableError,
    PullRequestMovedError,
    PullRequestTakenError,
)
from helium.core.job_errors import JobTokenError
from helium.errors import ExitCode, HeadMovedError, SourceError, UnreachableError


def test_a_host_that_is_away_is_a_remote_that_is_away() -> None:
    """Whoever tries again when git's remote is away does so for the host, and knows from when on."""
    until = datetime(2026, 11, 29, 12, tzinfo=UTC)
    error = HostAwayError("GitHub at github.com wants us to wait.", retry_at=until)

    assert until == error.retry_at
    assert isinstance(error, HostError)
    assert isinstance(error, UnreachableError)
    assert issubclass(HostError, SourceError)
    assert error.exit_code is ExitCode.SOURCE


def test_a_merge_that_did_not_happen_says_so() -> None:
    """With the head that was judged, and the one of now if it is known."""
    moved = str(PullRequestMovedError(7, expected="a" * 40, head="b" * 40))
    assert "at aaaaaaaaaaaa, and it is bbbbbbbbbbbb now. Nothing was merged." in moved
    assert "at aaaaaaaaaaaa. Nothing was merged." in str(PullRequestMovedError(7, expected="a" * 40))
    assert "Pull request 7 was not merged: it has a conflict. Settle that" in str(
        NotMergeableError(7, "it has a conflict")
    )


def test_what_another_process_was_first_with_may_be_tried_again() -> None:
    """As where main has moved."""
    assert isinstance(PullRequestTakenError(), HeadMovedError)
    assert "Try again." in str(PullRequestTakenError())


def test_a_job_s_token_that_is_not_accepted_says_why() -> None:
    """In a sentence."""
    assert "The job's token is not accepted: it is too old." == str(JobTokenError("it is too old"))
