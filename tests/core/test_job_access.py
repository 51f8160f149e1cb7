"""What a CI job may do, by the rules that the settings have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helium.core.job_access import JobClaims, JobRule, JobSettings, grant_for
from helium.core.job_errors import JobRefusedError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
JOB = JobClaims(
    issuer="https://issuer.example.com",
    repository_id=42,
    repository="acme/app",
    run_id=1001,
    run_attempt=1,
    environment="integration",
    ref="refs/heads/main",
    token_id="j",
    issued_at=NOW,
    expires_at=NOW,
)
RULE = JobRule(repository=42, owner="ci@example.com")


def settings(*rules: JobRule) -> JobSettings:
    """With these rules."""
    return JobSettings(issuer=JOB.issuer, audience="https://helium.example.com", allow=rules)


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        replace(RULE, environment="integration"),
        replace(RULE, ref="refs/heads/main"),
        replace(RULE, environment="integration", ref="refs/heads/main"),
    ],
)
def test_the_first_rule_that_fits_counts(rule: JobRule) -> None:
    """By the repository's number; by environment and ref where it names them."""
    other = replace(RULE, repository=43)

    assert rule == grant_for(JOB, settings(other, rule, replace(RULE, at_once=9))).rule
    assert rule == grant_for(replace(JOB, repository="acme/renamed"), settings(rule)).rule


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ((), "repository 42 (acme/app), and no rule under `jobs.allow`"),
        ((replace(RULE, repository=43),), "has that number as its `repository`"),
        ((replace(RULE, environment="production"),), "lets in environment production."),
        (
            (replace(RULE, ref="refs/heads/x"), replace(RULE, environment="a", ref="b")),
            "ref refs/heads/x or environment a",
        ),
        ((replace(RULE, environment="Integration"),), "with environment integration and ref refs/heads/main"),
    ],
)
def test_what_no_rule_allows_is_refused_with_the_setting(rules: tuple[JobRule, ...], says: str) -> None:
    """And with what the job is, so that whoever reads it sees what differs."""
    with pytest.raises(JobRefusedError, match=re.escape(says)):
        grant_for(JOB, settings(*rules))


def test_without_settings_there_is_nothing() -> None:
    """A fleet says so itself."""
    with pytest.raises(JobRefusedError, match="has no `jobs:`"):
        grant_for(JOB, None)


def test_names_are_of_the_rule_and_of_the_run() -> None:
    """The same for each token of a run; others for its next attempt, for another run, rule, repository or issuer."""
    grant = grant_for(JOB, settings(RULE))
    assert re.fullmatch(r"ci-[a-z2-7]{6}-", grant.common)
    assert re.fullmatch(re.escape(grant.common) + r"[a-z2-7]{8}-", grant.own)
    assert grant == grant_for(replace(JOB, token_id="j"), settings(RULE))

    for claims in (replace(JOB, run_id=1002), replace(JOB, run_attempt=2)):
        other = grant_for(claims, settings(RULE))
        assert (grant.common, False) == (other.common, other.own == grant.own)
    assert grant.common != grant_for(JOB, settings(replace(RULE, environment="integration"))).common
    assert grant.common != grant_for(replace(JOB, issuer="https://x"), settings(RULE)).common
    assert "acme/app run 1001.1" == JOB.run
