"""What the suite found: a verdict for each row, and how many of those that apply were passed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Verdict(StrEnum):
    """How a row ended. Only `passed` counts as passed, and `not applicable` does not count at all."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row. `sentence`: what is wrong, where, and what to do; or why the row was not tried, or does not apply."""

    key: str
    rule: str
    verdict: Verdict
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """All rows in their order."""

    rows: tuple[RowResult, ...]

    @property
    def passed(self) -> int:
        """How many were passed."""
        return self._count(Verdict.PASSED)

    @property
    def applicable(self) -> int:
        """How many apply: what was not tried counts, since it proves nothing."""
        return len(self.rows) - self._count(Verdict.NOT_APPLICABLE)

    @property
    def conforms(self) -> bool:
        """Whether every row that applies was passed."""
        return self.passed == self.applicable

    def _count(self, verdict: Verdict) -> int:
        return sum(each.verdict is verdict for each in self.rows)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who watches: `begins` is told which rows are tried next, `tells` of each verdict as it is reached."""

    begins: Callable[[str], None]
    tells: Callable[[RowResult], None]


@dataclass(slots=True)
class Verdicts:
    """The verdicts so far. A row gets one: the first failure stays."""

    rules: Mapping[str, str]
    listener: Listener
    _reached: dict[str, RowResult] = field(default_factory=dict)

    def judge(self, key: str, problems: Iterable[str]) -> bool:
        """Passed without problems, failed with the first of them; whether it passed."""
        found = list(problems)
        more = f" ({len(found) - 1} more like this)" if len(found) > 1 else ""
        verdict = Verdict.FAILED if found else Verdict.PASSED
        self._reach(key, verdict, sentence=f"{found[0]}{more}" if found else "")
        return not found

    def judge_each(
        self, key: str, things: Sequence[T], *, problems: Callable[[T], Iterable[str]], without_any: str
    ) -> None:
        """By the problems of each of these things; `without_any`: why the row does not apply if there are none."""
        if things:
            self.judge(key, [problem for each in things for problem in problems(each)])
        else:
            self.not_applicable(key, without_any)

    def not_applicable(self, key: str, why: str) -> None:
        """It asks for what such a backend does not have."""
        self._reach(key, Verdict.NOT_APPLICABLE, sentence=why)

    def not_tried(self, key: str, why: str) -> None:
        """What it needs did not come about."""
        self._reach(key, Verdict.NOT_TRIED, sentence=why)

    def failed(self, key: str) -> bool:
        """Whether a row has failed."""
        return key in self._reached and self._reached[key].verdict is Verdict.FAILED

    def wants(self, *keys: str) -> bool:
        """Whether one of these rows is asked for."""
        return any(key in self.rules for key in keys)

    def score(self, why: str) -> Score:
        """Every row; those without a verdict were not tried, and `why` says for what reason."""
        rest = {
            key: RowResult(key, rule, Verdict.NOT_TRIED, why)
            for key, rule in self.rules.items()
            if key not in self._reached
        }
        return Score(tuple({**rest, **self._reached}[key] for key in self.rules))

    def _reach(self, key: str, verdict: Verdict, *, sentence: str) -> None:
        if key in self.rules and key not in self._reached:
            self._reached[key] = RowResult(key, self.rules[key], verdict, sentence)
            self.listener.tells(self._reached[key])
