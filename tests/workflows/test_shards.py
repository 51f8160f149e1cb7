"""The workflow that `docs/how-to/run-in-ci.md` shows for a pass on several machines."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.cli.fleet_files import PIN
from helium.core.deadlines import format_instant
from tests.adapters.git_repos import git
from tests.workflows.act_runner import LEDGER, ActRunner
from tests.workflows.parts import ROOT, audited, filled, jobs, read, steps

SHARDS = ROOT / "docs/workflows/shards.yml"
PATH = ".github/workflows/reconcile.yml"
PARALLEL = "parallel: 4"


def test_it_keeps_to_what_every_workflow_keeps_to() -> None:
    """No rights at the top, the least in each job, a time limit, pinned actions, no foreign text in a line."""
    each = dict(jobs(SHARDS))
    rights = {name: job["permissions"] for name, job in each.items()}

    assert {} == read(SHARDS)["permissions"]
    plain = {
        "plan": {"contents": "write", "pull-requests": "read", "statuses": "write"},
        "shard": {"contents": "write", "pull-requests": "write"},
        "close": {"contents": "write", "pull-requests": "write", "statuses": "write"},
    }
    assert {**plain, **{f"google-{name}": {**one, "id-token": "write"} for name, one in plain.items()}} == rights
    assert all(int(job["timeout-minutes"]) for job in each.values())
    pinned = {PIN, "actions/checkout", "google-github-actions/auth"}
    uses = {step["uses"] for step in steps(SHARDS) if "uses" in step}
    assert pinned == {use if use == PIN else re.sub("@[0-9a-f]{40}$", "", use) for use in uses}
    assert all(job["environment"] == "fleet" for job in each.values())
    assert [] == [step["run"] for step in steps(SHARDS) if "${{" in step.get("run", "")]
    assert {"group": "helium-reconcile", "cancel-in-progress": "false"} == read(SHARDS)["concurrency"]


def test_the_two_ways_to_apply_differ_in_the_login_alone() -> None:
    """The sandbox starts the one, a fleet on Google Cloud the other, and never both."""
    each = dict(jobs(SHARDS))

    for name in ("plan", "shard", "close"):
        plain, google = each[name], each[f"google-{name}"]
        (login,) = [step for step in google["steps"] if step.get("uses", "").startswith("google-github-actions/auth@")]
        rest = {**google, "steps": [step for step in google["steps"] if step != login], "permissions": ""}
        text = json.dumps(rest).replace("google-plan", "plan").replace("google-shard", "shard")
        text = text.replace("vars.GCP_WORKLOAD_IDENTITY_PROVIDER != ''", "vars.GCP_WORKLOAD_IDENTITY_PROVIDER == ''")
        assert {**plain, "permissions": ""} == json.loads(text)
        # Before Helium asks the state's bucket for anything.
        assert google["steps"].index(login) < next(
            place for place, step in enumerate(google["steps"]) if step.get("uses") == PIN
        )
    (plain, google) = (each[name]["if"] for name in ("plan", "google-plan"))
    assert plain != google == plain.replace("== ''", "!= ''")


def test_the_pass_is_closed_whatever_became_of_its_shards() -> None:
    """The last job runs always, but where nothing was left; one shard's failure does not stop the others."""
    each = dict(jobs(SHARDS))

    plain = "vars.GCP_WORKLOAD_IDENTITY_PROVIDER == ''"
    assert f"always() && {plain} && needs.plan.outputs.split != ''" == each["close"]["if"]
    assert (["plan", "shard"], "false") == (each["close"]["needs"], each["shard"]["strategy"]["fail-fast"])
    assert ["google-plan", "google-shard"] == each["google-close"]["needs"]


def test_it_passes_the_audit(tmp_path: Path) -> None:
    """Filled in, zizmor has nothing to say."""
    file = tmp_path / ".github/workflows/reconcile.yml"
    file.parent.mkdir(parents=True)
    file.write_text(filled(SHARDS.read_text()))

    said = audited(file.parent)

    assert (0, True) == (said.returncode, said.stdout.startswith("No findings")), said.stdout


@pytest.mark.slow
def test_a_push_is_planned_once_and_carried_out_by_shards(machine: ActRunner) -> None:
    """Run by act: the plan names two shards, each does its part, the lease is free. With nothing left, none runs."""
    later = format_instant(datetime.now(UTC).replace(microsecond=0) + timedelta(days=2))
    spec = f"owner: ann@example.com\nexpiry: {later}\n".encode()
    settings = (machine.clone / "helium.yaml").read_text()
    assert PARALLEL in settings
    names = ("one", "two", "three", "four")
    machine.push(
        {
            PATH: filled(SHARDS.read_text()).encode(),
            "helium.yaml": settings.replace(PARALLEL, "parallel: 1").encode(),
            **{f"workspaces/{name}.yaml": spec for name in names},
        }
    )

    pushed = machine.act("push", "reconcile.yml")

    assert pushed.returncode == 0, pushed.stdout
    assert dict.fromkeys(names, "ready") == machine.phases()
    said = git(machine.clone, "log", "--format=%s", f"origin/{LEDGER}").splitlines()
    assert {"Begin a pass", "Begin shard 1/2", "Begin shard 2/2", "End a pass"} <= set(said)
    assert "" == git(machine.clone, "ls-tree", "--name-only", f"origin/{LEDGER}", "plans/")
    again = machine.act("push", "reconcile.yml")
    assert (0, False) == (again.returncode, "--shard" in again.stdout), again.stdout
