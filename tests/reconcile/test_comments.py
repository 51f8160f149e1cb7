from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from helium.core.plan import Code, Destroy, Plan, Refusal, Update, hold
from helium.core.proposal import Loss, Proposal, ProposedChange
from helium.errors import Issue
from helium.reconcile import comments
from helium.reconcile.pass_summary import PassRow
from tests.builders import NOW, decided, fleet_of, spec

ISSUE = Issue("workspaces/a.yaml", 3, 7, "/expiry", "this is 100% wrong:\nmend it, now")


def test_markdown_keeps_foreign_text_from_being_markup() -> None:
    """A reason is text: no table cell, link, mention or HTML comes of it."""
    refusal = Refusal(Code.PAUSED, ("a",), "@all | [x](y) <b>\nnow", "--really")
    shown = comments.of_plan(Plan("c1", NOW, refusals=(refusal,), issues=(ISSUE,)), simulated="gcp is simulated")

    assert "\\| \\[x\\](y) &lt;b&gt; now To override: --really" in shown
    assert "@all" not in shown
    assert "Sandbox" in shown


def test_markdown_is_taken_by_a_host_however_long_its_parts_are() -> None:
    """Hosts count 65,536 characters, some of them in UTF-16. What was refused is told, and told to be cut."""
    names = [f"customer-environment-in-the-north-number-{number:05}" for number in range(3000)]
    long = Refusal(Code.LOST_STACK, tuple(names), "Lost.", f"helium ledger accept-loss {' '.join(names)}")
    many = tuple(Issue(f"workspaces/{name}.yaml", 1, 1, "", "is broken 😀" * 30) for name in names)
    plan = decided(fleet_of(specs={name: spec(name) for name in names}))
    shown = comments.of_plan(replace(plan, refusals=(long,), issues=many))

    assert max(len(shown.encode("utf-16-le")) // 2, len(shown.encode())) <= 65_536
    assert "Lost. To override: helium ledger accept-loss customer-environment" in shown.replace("\\", "")
    assert "(helium plan shows it whole)" in shown
    assert 2 == shown.count(" more")
    assert shown.rstrip().endswith(f"Digest `{plan.digest}`")


def test_markdown_does_not_outgrow_a_comment() -> None:
    """A fleet of thousands gives a table that a host takes, and says how many rows it left out."""
    names = [f"w{number:04}" for number in range(comments.MOST_ROWS + 5)]
    shown = comments.of_plan(decided(fleet_of(specs={name: spec(name) for name in names})))

    assert "5 more" in shown
    assert comments.MOST_ROWS == shown.count("| create |")


def test_a_plan_of_no_branch_is_named_in_words() -> None:
    """Nobody can look up the commit of a merge that was never made."""
    shown = comments.of_plan(decided(fleet_of("a")), of="main with fix_it merged")

    assert shown.startswith("**Plan** for main with fix\\_it merged: ")


def proposal(**changes: Any) -> Proposal:
    """A pull request that takes `gone` away, makes `new`, and edits `edited`, which a safeguard holds."""
    observed = fleet_of("gone", "edited", specs={"new": spec("new"), "edited": spec("edited", blob="other")})
    plan = decided(observed)
    destroyed, updated, created = (plan.of(name) for name in ("gone", "edited", "new"))
    assert isinstance(destroyed, Destroy)
    assert isinstance(updated, Update)
    assert created is not None
    held = hold(updated, Code.PAUSED, why="it is paused.")
    resources = {"gcp:Bucket": 1, "x:Ns": 2}
    loss = Loss("ann@example.com", NOW - timedelta(days=3), NOW + timedelta(days=2), resources, "acme-gone")
    each = (
        ProposedChange(created, "workspaces/new.yaml"),
        ProposedChange(held, "workspaces/edited.yaml", note="It moves."),
        ProposedChange(destroyed, "workspaces/gone.yaml", loss),
    )
    return replace(Proposal("c1" * 20, "d2" * 20, NOW, each), **changes)


def test_a_proposal_tells_first_what_goes() -> None:
    """What is destroyed stands before everything else, with what goes with it; then what is held."""
    shown = comments.of_proposal(proposal(), simulated="gcp is simulated").splitlines()
    rows = [line.split("|")[1].strip() for line in shown if line.startswith("| ")][1:]

    assert shown[0] == "**If this is merged into `c1c1c1c1c1`**: 1 to destroy, 1 held, 1 to create."
    assert ["destroy", "held", "create"] == rows
    (gone,) = [line for line in shown if line.startswith("- gone: ")]
    assert gone == (
        "- gone: of ann@\u200bexample.com, 3d 0h old, 2d 0h left, 3 resources (1 Bucket, 2 Ns), "
        "the bucket acme-gone with all that is in it"
    )
    assert any("It moves." in line for line in shown)


def test_a_proposal_says_what_it_touches_besides_and_what_green_means() -> None:
    """Settings and programs are named, and nobody takes a green check for a promise of the cloud."""
    shown = comments.of_proposal(proposal(beside=("helium.yaml", *(f"stacks/x/{n}" for n in range(12)))))

    assert "It also changes helium.yaml, stacks/x/0," in shown
    assert "and 3 more." in shown
    assert comments.PROMISE in shown


def test_a_proposal_without_a_workspace_says_so() -> None:
    """A pull request that only edits a README changes no workspace."""
    shown = comments.of_proposal(Proposal("c1" * 20, "d2" * 20, NOW))

    assert "no workspace changes" in shown
    assert "|" not in shown


def test_a_proposal_of_thousands_is_taken_by_a_host() -> None:
    """However long its parts are, what is refused and wrong is told, and told to be cut."""
    names = [f"customer-environment-number-{number:05}" for number in range(3000)]
    plan = decided(fleet_of(specs={name: spec(name) for name in names}))
    loss = Loss("o@example.com", NOW, NOW)
    each = tuple(ProposedChange(change, f"workspaces/{change.name}.yaml", loss) for change in plan.changes)
    wrong = tuple(Issue(f"workspaces/{name}.yaml", 1, 1, "", "is broken 😀" * 30) for name in names)
    refusal = Refusal(Code.LOST_STACK, tuple(names), f"Lost: {' '.join(names)}.")
    shown = comments.of_proposal(proposal(changes=each, issues=wrong, refusals=(refusal,), beside=tuple(names)))

    assert max(len(shown.encode("utf-16-le")) // 2, len(shown.encode())) <= 65_536
    assert "**Refused**" in shown
    assert "**Errors**" in shown
    assert comments.PROMISE in shown


def test_a_proposal_for_programs_has_every_fact() -> None:
    """`--json` carries what the comment says."""
    document: Any = comments.as_json(proposal(issues=(ISSUE,), beside=("helium.yaml",)))

    assert {"main", "head", "digest", "changes", "refusals", "errors", "beside"} == set(document)
    assert ["new", "edited", "gone"] == [each["name"] for each in document["changes"]]
    assert ["acme-gone", "It moves."] == [document["changes"][2]["loss"]["bucket"], document["changes"][1]["note"]]
    assert document["changes"][0]["loss"] is None


def test_what_is_not_planned_says_why_and_what_that_means() -> None:
    """Whoever merges it all the same knows that nothing of it counts as shown."""
    shown = comments.of_no_plan("It conflicts with main, in workspaces/`a`.yaml.", head="d2" * 20)

    assert shown.startswith("**Not planned**: It conflicts with main, in workspaces/\\`a\\`.yaml.")
    assert "is held until somebody allows it" in shown


def test_a_comment_goes_on_behind_what_it_said() -> None:
    """What was planned stays, what became of it is written once, and a page that is no address is no link."""
    rows = [PassRow("one", "ready", ""), PassRow("two", "failed", "quota | exceeded")]
    first = comments.went_on("**If this is merged**\n", rows, url="https://ci.example.com/runs/7")
    again = comments.went_on(first, rows[:1], url="javascript:x")

    assert first.startswith(
        "**If this is merged**\n\n<!-- helium:became -->\n**Merged.** [What became of it](https://ci."
    )
    assert "| two | **failed**: quota \\| exceeded" in first
    assert (1, 1, False) == (again.count("**Merged.** What"), again.count("If this is merged"), "| two |" in again)
    assert comments.went_on("", rows).startswith("<!-- helium:became -->")
