"""The grace under any order of edits, removals, passes and wrong clocks: never too short, and not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reconcile.harness import SETTINGS, START, Stage, summary

GRACE, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STAYS = "owner: ada@example.com\nexpiry: 2026-12-20\n"
OVER = "owner: ada@example.com\nexpiry: 2026-11-20\n"
SOON = f"owner: ada@example.com\nexpiry: {START + 5 * GRACE:%Y-%m-%dT%H:%M:%SZ}\n"
ENDS = {STAYS: START + timedelta(days=27), OVER: START, SOON: START + 5 * GRACE, None: START}

edits = st.sampled_from([STAYS, OVER, SOON, None])
rests = st.sampled_from([MINUTE, GRACE / 3, GRACE, 3 * GRACE])
clocks = st.sampled_from(["right", "ahead", "alone", "alone and ahead"])
steps = st.one_of(
    st.tuples(st.just("edit"), edits), st.tuples(st.just("rest"), rests), st.tuples(st.just("pass"), clocks)
)


class Clocked(Stage):
    """A fleet whose true time is known to the test alone."""

    def __init__(self) -> None:
        super().__init__()
        self.true = START
        self.repo.land({"helium.yaml": SETTINGS + b"limits: {grace: 1h}\n"}, time=self.true)
        self.text: str | None = None
        self.put(STAYS)
        self.at("right")

    def put(self, text: str | None) -> None:
        """Main, as of now."""
        if text != self.text:
            files = {"workspaces/a.yaml": text.encode() if text else None, "workspaces/k.yaml": STAYS.encode()}
            self.repo.land(files, time=self.true)
        self.text = text

    def at(self, clock: str) -> list[str]:
        """A pass; what it destroyed."""
        self.true += MINUTE
        self.repo.clock = None if "alone" in clock else (lambda: self.true)
        self.now = self.true - MINUTE + (timedelta(days=6) if "ahead" in clock else timedelta(0))
        return [name for kind, name, _, ok in summary(self.go()) if kind == "destroy" and ok]


class Promise:
    """Since when the workspace has been to go, by what main said at each true moment; `None`: it is to stay."""

    def __init__(self) -> None:
        self.since: datetime | None = None

    def edited(self, text: str | None, *, true: datetime) -> None:
        """Main has this file from now on."""
        if ENDS[text] > true:
            self.since = None
        elif self.since is None:
            self.since = true

    def passed(self, text: str | None, *, true: datetime) -> None:
        """Time went by."""
        if self.since is None and ENDS[text] <= true:
            self.since = ENDS[text]


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=14))
def test_nothing_goes_before_its_grace_and_what_stays_removed_goes(played: list[tuple[str, Any]]) -> None:
    """It goes an hour after it was last to stay, or later; and it goes, once it stays away and a clock is right."""
    stage, promise = Clocked(), Promise()
    for kind, what in played:
        if kind == "edit":
            stage.put(what)
            promise.edited(what, true=stage.true)
        elif kind == "rest":
            stage.true += what
            promise.passed(stage.text, true=stage.true)
        elif "a" in stage.at(what):
            promise.passed(stage.text, true=stage.true)
            assert promise.since is not None
            assert stage.true - promise.since >= GRACE
            return
    if stage.text is None:
        gone = stage.at("right")
        stage.true += GRACE
        assert ["a"] == [*gone, *stage.at("right")]
