"""The workflow that the page shows, run by act on a repository at a real Gitea, with a Helium that serves a sandbox."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helium.cli.fleet_files import PLACES
from tests.adapters.git_repos import git, land, new_repo
from tests.builders import NOW
from tests.gitea import OWNER, Gitea
from tests.oidc_issuer import REPOSITORY, OidcIssuer, issuing
from tests.serving.processes import ServedFleet, site, until
from tests.workflows.act_runner import HOSTED, ActRunner, copied_helium
from tests.workflows.parts import COMMIT, ROOT
from tests.workflows.parts import REPOSITORY as HELIUM

pytestmark = pytest.mark.slow
WORKFLOW = ROOT / "docs/workflows/integration.yml"
USES = f"uses: {HELIUM}/actions/workspace@{COMMIT}"


@pytest.fixture
def issuer() -> Iterator[OidcIssuer]:
    """Whoever signs for the job."""
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def fleet(tmp_path: Path, issuer: OidcIssuer) -> ServedFleet:
    """A fleet with a rule for the repository."""
    served = site(tmp_path)
    settings = served.fleet / "helium.yaml"
    rule = f"{{repository: {REPOSITORY}, environment: integration, owner: ci@example.com, maxLifetime: 2h}}"
    jobs = f"jobs: {{issuer: '{issuer.address}', audience: '{served.address}', allow: [{rule}]}}\n"
    settings.write_text(f"{settings.read_text()}\n{jobs}")
    for words in (("commit", "-q", "-a", "-m", "Let jobs in"), ("push", "-q", "origin", "main")):
        subprocess.run(["git", "-C", served.fleet, *words], env=dict(served.env), check=True)
    return served


@pytest.fixture
def machine(tmp_path: Path, gitea: Gitea) -> ActRunner:
    """A runner with another team's repository."""
    runner = ActRunner(tmp_path, "", gitea, "gitea")
    gitea.repository(runner.name)
    git(new_repo(runner.clone), "remote", "add", "origin", gitea.with_token(runner.url))
    copied_helium(tmp_path / "helium")
    return runner


def ran(machine: ActRunner, issuer: OidcIssuer, workflow: str) -> subprocess.CompletedProcess[str]:
    """What act says of a push with that workflow."""
    land(machine.clone, {f"{PLACES['gitea']}/integration.yml": workflow.encode()}, time=NOW)
    git(machine.clone, "push", "--quiet", "--force", "origin", "HEAD:main")
    said = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{issuer.address}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": issuer.request_token,
        "GITHUB_RUN_ID": issuer.run_id,
    }
    return machine.run(
        *("act", "push", "-C", machine.checkout(), "-W", f"{PLACES['gitea']}/integration.yml", "--actor", OWNER),
        *("-P", f"{HOSTED}=-self-hosted", "--action-offline-mode", "--no-cache-server"),
        *("--local-repository", f"{HELIUM}@{COMMIT}={machine.folder / 'helium'}"),
        *("--action-cache-path", machine.folder / "act"),
        *(word for name, value in said.items() for word in ("--env", f"{name}={value}")),
    )


def test_a_team_s_tests_run_on_a_fresh_workspace(fleet: ServedFleet, machine: ActRunner, issuer: OidcIssuer) -> None:
    """Ready, given out to the next step, and its file gone at the end: also where a step in the middle fails."""
    text = WORKFLOW.read_text().replace("uses: OWNER/helium/actions/workspace@COMMIT", USES)
    text = text.replace("https://helium.example.com", fleet.address)
    failing = text.replace("      - run: echo", "      - run: exit 7\n      - run: echo")
    with fleet.serving(), fleet.running(says="every two seconds", HELIUM_MODE="CONTROLPLANE"):
        good = ran(machine, issuer, text)
        issuer.run_id = "1002"
        bad = ran(machine, issuer, failing)
        until(lambda: [] == fleet.client().get("/workspaces").json()["IDs"], says="something outlived its job")

    assert good.returncode == 0, good.stdout
    assert re.search(r"\| The tests of ci-\S+ reach it by .*pachctl", good.stdout), good.stdout
    assert "The tests of" not in bad.stdout
    assert (1, 1) == (bad.returncode, bad.stdout.count("Failure - Main exit 7")), bad.stdout
    for done in (good, bad):
        assert 1 == len(re.findall(r"\| - ready", done.stdout)), done.stdout
        assert 1 == len(re.findall(r"\| - ci-\S+ will be destroyed by the next pass", done.stdout)), done.stdout
        assert "helium-job-" not in done.stdout
    assert [] == fleet.names()
    log = fleet.git("log", "--format=%an <%ae> %s", "main", "--", "workspaces")
    assert 2 == len(re.findall(r"^CI job acme/app run 100[12].1 <ci@example.com> Add ci-", log, re.MULTILINE)), log
    assert 2 == len(re.findall(r"<ci@example.com> Remove ci-", log))
