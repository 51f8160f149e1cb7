"""What a CI job of another repository may do, by who it proves to be: `jobs:` in `helium.yaml`. Pure.

A repository is known by its number alone: a name can be given up and taken by somebody else. Refuses what no rule
allows, with the setting that would have to.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.job_errors import JobRefusedError

_HOURS = timedelta(hours=4)
LEEWAY = timedelta(seconds=30)
"""How far the clocks of issuer and machine may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRule:
    """Which jobs of one repository may have workspaces. Without `environment` or `ref`: those of any.

    `at_once`: how many workspaces all these jobs have together; `backends`: which; none named: the fleet's default.
    """

    repository: int
    owner: str
    environment: str = ""
    ref: str = ""
    at_once: int = 1
    max_lifetime: timedelta = _HOURS
    backends: tuple[str, ...] = ()

    def admits(self, claims: JobClaims) -> bool:
        """Whether it is about this job."""
        return (
            self.repository == claims.repository_id
            and self.environment in {"", claims.environment}
            and self.ref in {"", claims.ref}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """Who vouches for jobs, for whom a token must be made, and what each may have. The first rule that fits counts."""

    issuer: str
    audience: str
    allow: tuple[JobRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobClaims:
    """What an issuer says of a job. `repository`: its name, for people alone; `token_id`: no other token has it."""

    issuer: str
    repository_id: int
    repository: str
    run_id: int
    run_attempt: int
    environment: str
    ref: str
    token_id: str
    issued_at: datetime
    expires_at: datetime

    @property
    def run(self) -> str:
        """The job's run, for people."""
        return f"{self.repository} run {self.run_id}.{self.run_attempt}"


@dataclass(frozen=True, slots=True)
class JobGrant:
    """What one run of jobs may do. `common`: how the names of its rule's workspaces begin; `own`: those of the run."""

    claims: JobClaims
    rule: JobRule
    common: str
    own: str


def grant_for(claims: JobClaims, settings: JobSettings | None) -> JobGrant:
    """What a job may do by the settings as they are; `JobRefusedError` names the one that it would need."""
    if settings is None:
        raise JobRefusedError("helium.yaml on main has no `jobs:`, so no CI job may have a workspace.")
    rule = next((each for each in settings.allow if each.admits(claims)), None)
    if rule is None:
        raise JobRefusedError(_why_not(claims, settings))
    common = common_of(rule, claims.issuer)
    run = f"{claims.issuer} {claims.repository_id} {claims.run_id} {claims.run_attempt}"
    return JobGrant(claims, rule, common, f"{common}{_short(run, 8)}-")


def common_of(rule: JobRule, issuer: str) -> str:
    """How the names of a rule's workspaces begin."""
    return f"ci-{_short(f'{issuer} {rule.repository} {rule.environment} {rule.ref}', 6)}-"


def _why_not(claims: JobClaims, settings: JobSettings) -> str:
    who = f"This job is of repository {claims.repository_id} ({claims.repository})"
    rules = [each for each in settings.allow if each.repository == claims.repository_id]
    if not rules:
        return f"{who}, and no rule under `jobs.allow` in helium.yaml on main has that number as its `repository`."
    where = f"environment {claims.environment or 'none'} and ref {claims.ref}"
    wanted = " or ".join(
        " and ".join([*([f"environment {each.environment}"] if each.environment else []), *_ref(each)])
        for each in rules
    )
    return f"{who}, with {where}. `jobs.allow` in helium.yaml on main lets in {wanted}."


def _ref(rule: JobRule) -> list[str]:
    return [f"ref {rule.ref}"] if rule.ref else []


def _short(text: str, length: int) -> str:
    """Letters and digits that stand for a text."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:length]
