"""A real Gitea with its CI switched on starts the workflow for an issue, and for nothing else of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.git_repos import git
from tests.gitea import OWNER, running
from tests.serving.processes import until
from tests.workflows.parts import ROOT, filled


@pytest.mark.slow
def test_an_issue_starts_the_workflow_once(tmp_path: Path) -> None:
    """When it is opened, by main's workflow. Neither an edit, nor a comment, nor a pull request starts another run."""
    (tmp_path / "gitea").mkdir()
    template = (ROOT / "helium/cli/templates/gitea/request.yml").read_text()
    with running(tmp_path / "gitea", actions=True) as host:
        url, folder, api = host.repository("fleet"), tmp_path / "fleet", f"/repos/{OWNER}/fleet"
        git(tmp_path, "clone", "--quiet", host.with_token(url), str(folder))
        file = folder / ".gitea/workflows/request.yml"
        file.parent.mkdir(parents=True)
        file.write_text(filled(template))
        git(folder, "checkout", "--quiet", "-b", "main")
        git(folder, "add", "--all")
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        git(folder, *who, "commit", "--quiet", "--message", "A fleet")
        git(folder, "push", "--quiet", "origin", "main")
        until(lambda: not host.call("GET", api)["empty"], says="Gitea does not see the push")
        number = host.call("POST", f"{api}/issues", {"title": "x", "body": "### How long do you need it?"})["number"]
        host.call("PATCH", f"{api}/issues/{number}", {"body": "changed"})
        host.call("POST", f"{api}/issues/{number}/comments", {"body": "hello"})
        git(folder, *who, "commit", "--quiet", "--allow-empty", "--message", "More")
        git(folder, "push", "--quiet", "origin", "HEAD:more")
        host.call("POST", f"{api}/pulls", {"title": "More", "head": "more", "base": "main"})
        until(lambda: bool(host.call("GET", f"{api}/actions/runs")["workflow_runs"]), says="an issue starts nothing")
        runs = host.call("GET", f"{api}/actions/runs")["workflow_runs"]

    assert [("request.yml@refs/heads/main", "issues")] == [(each["path"], each["event"]) for each in runs]
