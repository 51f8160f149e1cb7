from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helium.conformance.rows import NEEDED, RULES, STATIC
from tests.adapters.git_repos import new_repo
from tests.conformance.backends import BAD, BadBackend, bucket, written
from tools.make import ROOT


def check(folder: Path, *args: str, code: int = 0) -> Any:
    """What `helium backend check` says in this folder, as programs read it."""
    command = [sys.executable, "-m", "helium", "-C", str(folder), "backend", "check", *args, "--json"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert code == done.returncode, f"{done.stdout}{done.stderr}"
    return json.loads(done.stdout) if done.stdout else done.stderr


def verdicts(said: Any) -> dict[str, str]:
    """The verdict on each row."""
    return {each["row"]: each["verdict"] for each in said["rows"]}


@pytest.mark.slow
def test_a_built_in_backend_passes_outside_of_every_fleet(tmp_path: Path) -> None:
    """Whoever has no fleet yet can try what Helium brings; nothing of it stays behind."""
    said = check(tmp_path, "gcp-namespace")

    assert {"passed"} == set(verdicts(said).values()), said["rows"]
    assert list(RULES) == list(verdicts(said))
    assert (True, said["applicable"]) == (said["conforms"], said["passed"])
    assert [] == list(tmp_path.iterdir())


QUICK = ("schema", "outputs", "fixed-names", "longest-name", "labels", "protect", "secrets")
"""Rows that are judged by one pass."""


@pytest.mark.slow
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_backend_is_found_by_its_row(tmp_path: Path, bad: BadBackend) -> None:
    """One text of a good backend is replaced, and just the row that is about it fails, with what to do."""
    new_repo(tmp_path)
    written(bad.files, tmp_path, name="web")
    wanted = {bad.row} if bad.row in STATIC else {bad.row, *QUICK}
    rows = [f"--row={row}" for row in wanted - {*NEEDED}]

    said = check(tmp_path, "web", *rows, code=11)
    failed = {each["row"]: each["sentence"] for each in said["rows"] if each["verdict"] == "failed"}

    assert [bad.row] == list(failed), said["rows"]
    assert bad.said in failed[bad.row]
    assert bad.row in NEEDED or "not tried" not in verdicts(said).values(), said["rows"]


@pytest.mark.slow
def test_a_backend_with_only_a_bucket_passes(tmp_path: Path) -> None:
    """What has nothing in a cluster is checked as well; the rows that ask for more do not apply."""
    new_repo(tmp_path)
    written(bucket(), tmp_path, name="web")

    said = check(tmp_path, "web", *(f"--row={row}" for row in (*QUICK, "no-op", "update", "destroy")))

    assert {"passed", "not applicable"} == set(verdicts(said).values()), said["rows"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ["nothing"],
            "There is no backend nothing: this folder is in no fleet. Known are gcp-namespace, helm; helium backend",
        ),
        (["gcp-namespace", "--row", "nothing"], "there is no row nothing; rows are folder, schema"),
        (["gcp-namespace", "--on", "nothing"], "--on nothing: there is no such file, and helium.yaml has no cluster"),
    ],
)
def test_what_cannot_be_checked_is_refused(tmp_path: Path, args: list[str], said: str) -> None:
    """Before anything is created."""
    new_repo(tmp_path)

    assert said in check(tmp_path, *args, code=2)


def test_a_backend_without_a_cluster_is_not_tried_on_one(tmp_path: Path) -> None:
    """Nothing of it would be there, so the verdict would say nothing about the cluster."""
    new_repo(tmp_path)
    written(bucket(), tmp_path, name="web")
    (tmp_path / "kubeconfig").write_text("{}")

    assert "tried on the sandbox alone" in check(tmp_path, "web", "--on", str(tmp_path / "kubeconfig"), code=2)
