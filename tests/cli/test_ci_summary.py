"""`helium ci summary`: the page of a run, from what the ledger has of it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLineFleet


def test_the_page_of_a_run_tells_of_its_pass(up: CommandLineFleet, tmp_path: Path) -> None:
    """What this run made has its links, what failed is an error too, and what others made is left out."""
    page = tmp_path / "page.md"
    up("new", "sad", "--description", "fail")
    up("new", "glad")
    up("delete", "rich")
    job = {"GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_STEP_SUMMARY": str(page)}
    up("reconcile", "--once", code=5, env=job)

    said = up("ci", "summary", env=job)

    assert said.stdout.startswith("::error file=workspaces/sad.yaml,line=1,col=1::sad is failed: ")
    rows = [row.split(" | ")[:2] for row in page.read_text().splitlines() if row.startswith("| ")][1:]
    assert [["| sad", "**failed**"], ["| glad", "ready"], ["| rich", "gone"]] == [
        [name, word.partition(":")[0].partition(" ")[0]] for name, word in rows
    ]
    assert "[Console](https://" in page.read_text()
    assert "1 other workspace, to which nothing happened." in page.read_text()


def test_by_hand_it_prints(up: CommandLineFleet) -> None:
    """Outside of a job there is no page, and no run but one that is named."""
    up("new", "glad")
    up("reconcile", env={"GITHUB_RUN_ID": "77"})

    assert ": nothing changed" in up("ci", "summary").stdout
    assert "| glad | ready" in up("ci", "summary", "--run", "77-1").stdout


def test_what_was_ordered_is_told(up: CommandLineFleet) -> None:
    """With its end and by whom, apart from what became of workspaces; an order of none makes no row."""
    up.land("helium.yaml", (up.folder / "helium.yaml").read_text() + "admins: [ada@example.com]\n")
    up("operate", "roll", "plain")
    up("operate", "clock-is-right")
    job = {"GITHUB_RUN_ID": "78", "GITHUB_RUN_ATTEMPT": "1"}
    up("reconcile", env=job)
    said = up("ci", "summary", env=job).stdout

    assert "- order roll plain: done. 1 updated. Ordered by ada@" in said.replace("\u200b", "")
    assert "order clock-is-right: refused." in said
    assert "| plain | ready" in said
    assert "| |" not in said.replace("|  |", "| |")
