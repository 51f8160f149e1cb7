from __future__ import annotations

from dataclasses import replace

import pytest

from helium.core.plan import Code, Outcome, Plan, Refusal
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
        }
    ] == report.as_json(plan)["refusals"]
    assert refusal.override.startswith("--allow-deletes ")


def test_markdown_keeps_foreign_text_from_being_markup() -> None:
    """A reason is text: no table cell, link, mention or HTML comes of it."""
    refusal = Refusal(Code.PAUSED, ("a",), "@all | [x](y) <b>\nnow", "--really")
    shown = report.markdown(Plan("c1", NOW, refusals=(refusal,), issues=(ISSUE,)), simulated="gcp is simulated")

    assert "\\| \\[x\\](y) &lt;b&gt; now To override: --really" in shown
    assert "@all" not in shown
    assert "Sandbox" in shown


def test_markdown_is_taken_by_a_host_however_long_its_parts_are() -> None:
    """Hosts count 65,536 characters, some of them in UTF-16. What was refused is told, and told to be cut."""
    names = [f"customer-environment-in-the-north-number-{number:05}" for number in range(3000)]
    long = Refusal(Code.LOST_STACK, tuple(names), "Lost.", f"helium ledger accept-loss {' '.join(names)}")
    many = tuple(Issue(f"workspaces/{name}.yaml", 1, 1, "", "is broken 😀" * 30) for name in names)
    plan = decided(fleet_of(specs={name: spec(name) for name in names}))
    shown = report.markdown(replace(plan, refusals=(long,), issues=many))

    assert max(len(shown.encode("utf-16-le")) // 2, len(shown.encode())) <= 65_536
    assert "Lost. To override: helium ledger accept-loss customer-environment" in shown.replace("\\", "")
    assert "(helium plan shows it whole)" in shown
    assert 2 == shown.count(" more")
    assert shown.rstrip().endswith(f"Digest `{plan.digest}`")


def test_markdown_does_not_outgrow_a_comment() -> None:
    """A fleet of thousands gives a table that a host takes, and says how many rows it left out."""
    names = [f"w{number:04}" for number in range(report.MOST_ROWS + 5)]
    shown = report.markdown(decided(fleet_of(specs={name: spec(name) for name in names})))

    assert "5 more" in shown
    assert report.MOST_ROWS == shown.count("| create |")


@pytest.mark.parametrize(
    ("path", "sentence", "expected"),
    [
        ("workspaces/a.yaml", "plain", "::error file=workspaces/a.yaml,line=3,col=7::plain"),
        ("a,b:c%.yaml", "100%\n::warning::x", "::error file=a%2Cb%3Ac%25.yaml,line=3,col=7::100%25%0A::warning::x"),
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
