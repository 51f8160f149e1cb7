from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.make import ROOT


def check(folder: Path, *args: str, code: int = 0) -> Any:
    """What `helium backend check` says in this folder, as programs read it."""
    command = [sys.executable, "-m", "helium", "-C", str(folder), "backend", "check", *args, "--json"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert code == done.returncode, f"{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def verdicts(said: Any) -> dict[str, str]:
    """The verdict on each row."""
    return {each["row"]: each["verdict"] for each in said["rows"]}


@pytest.mark.slow
def test_a_built_in_backend_passes_outside_of_every_fleet(tmp_path: Path) -> None:
    """Whoever has no fleet yet can try what Helium brings; nothing of it stays behind."""
    said = check(tmp_path, "gcp-namespace")

    assert {"passed", "not applicable"} == set(verdicts(said).values()), said["rows"]
    assert (True, said["applicable"]) == (said["conforms"], said["passed"])
    assert [] == list(tmp_path.iterdir())
