from __future__ import annotations

import pytest

from helium.core.plan import Outcome, Plan
from helium.core.spec import InvalidSpec
from helium.errors import Issue
from helium.reconcile import report
from tests.builders import NOW, decided, fleet_of, record, spec

ISSUE = Issue("workspaces/a.yaml", 3, 7, "/expiry", "this is 100% wrong:\nmend it, now")


def test_rows_tell_work_first_and_leave_out_what_is_in_step() -> None:
    """Creates, updates, destroys, what was held, then keeps that are worth a word."""
    observed = fleet_of("b", "c", "d")
    observed = fleet_of("b", "c", "d", specs={"a": spec("a"), "b": spec("b", blob="other"), "d": observed.specs["d"]})
    rows = report.rows(decided(observed))

    assert [("create", "a"), ("update", "b"), ("destroy", "c")] == [(row.kind, row.name) for row in rows]
    assert {"a", "b", "c", "d"} == {row.name for row in report.rows(decided(observed), every=True)}


def test_a_row_says_how_long_is_left() -> None:
    """The time left is told from the plan's own now."""
    row = report.rows(decided(fleet_of("a")), every=True)[0]

    assert "2d 0h" == row.left


def test_what_was_held_is_a_row_of_its_own_kind() -> None:
    """A change that the guard took away is `held`, with the safeguard's code."""
    rows = report.rows(decided(fleet_of("a", specs={})))

    assert [("held", "no-spec-left")] == [(row.kind, row.code) for row in rows]


def test_the_summary_counts() -> None:
    """One sentence with what is to be done, held and kept."""
    observed = fleet_of("b", "c", specs={"a": spec("a"), "b": spec("b")})

    assert "no workspace: nothing to do" == report.summary(Plan("c1", NOW))
    assert "nothing to do: 1 to keep" == report.summary(decided(fleet_of("a")))
    assert "nothing is done: 1 held" == report.summary(decided(fleet_of("a", specs={})))
    assert "1 to create, 1 to destroy, 1 to keep" == report.summary(decided(observed))


def test_the_summary_names_older_programs_and_foreign_stacks() -> None:
    """What nobody must forget is counted in every summary."""
    observed = fleet_of("a", records={"a": record("a", pins={"program": "older"})})
    observed = fleet_of("a", records=observed.records, listing=observed.listing)
    plan = decided(observed)

    assert "nothing to do: 1 to keep (1 with an older program)" == report.summary(plan)


def test_the_end_of_a_pass_names_what_failed() -> None:
    """Done and failed are told apart, the failed by name."""
    good = Outcome("a", "create", "new-file", ok=True, sentence="ready")
    bad = Outcome("b", "destroy", "expired", ok=False, sentence="no")

    assert "1 created, 1 failed: b" == report.done((good, bad))
    assert "" == report.done(())


def test_json_has_the_documented_form() -> None:
    """Every key, with plain values."""
    broken = InvalidSpec("b", "workspaces/b.yaml", "x", (ISSUE,))
    plan = decided(fleet_of("a", specs={"a": spec("a", blob="other"), "b": broken}))
    whole = report.as_json(plan)

    assert ["digest", "commit", "now", "changes", "refusals", "errors", "counts"] == list(whole)
    assert {
        "name": "a",
        "kind": "update",
        "code": "spec-changed",
        "reason": plan.changes[0].reason,
        "backend": "gcp-namespace",
        "deadline": "2026-11-26T12:00:00Z",
        "digest": plan.changes[0].digest,
    } == whole["changes"][0]
    assert ("/expiry", 3) == (whole["errors"][0]["pointer"], whole["errors"][0]["line"])


def test_a_refusal_as_json() -> None:
    """What was held, of which names, and how a person may override it."""
    plan = decided(fleet_of(*"abcdefk", specs={"k": spec("k")}))
    (refusal,) = plan.refusals

    assert [
        {
            "code": "too-many-deletes",
            "names": list("abcdef"),
            "sentence": refusal.sentence,
            "override": refusal.override,
            "order": f"helium operate release {refusal.override.split()[-1]}",
        }
    ] == report.as_json(plan)["refusals"]
    assert refusal.override.startswith("--allow-deletes ")


@pytest.mark.parametrize(
    ("path", "sentence", "expected"),
    [
        ("workspaces/a.yaml", "plain", "::error file=workspaces/a.yaml,line=3,col=7::plain"),
        ("a,b:c%.yaml", "100%\n::warning::x", "::error file=a%2Cb%3Ac%25.yaml,line=3,col=7::100%25%0A::warning::x"),
        ("", "about all", "::error::about all"),
        ("a\n.yaml", "x\ry", "::error file=a%0A.yaml,line=3,col=7::x%0Dy"),
    ],
)
def test_an_annotation_is_one_command_whatever_is_in_it(path: str, sentence: str, expected: str) -> None:
    """A file's name or text can neither end the workflow command nor begin another."""
    assert (expected,) == report.annotated((Issue(path, 3, 7, "", sentence),))


def test_an_outcome_as_json() -> None:
    """What `reconcile --json` says of one change, its outputs too."""
    address = {"pachdIp": "192.0.2.1"}
    outcome = Outcome("a", "create", "new-file", ok=True, sentence="ready", seconds=1.5, outputs=address)

    assert {
        "name": "a",
        "kind": "create",
        "code": "new-file",
        "ok": True,
        "sentence": "ready",
        "seconds": 1.5,
        "outputs": address,
    } == report.outcome_json(outcome)
