"""Estimates by programs that are strangers': they may raise, hang, lie, print, and try to leave."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.backends.estimator import ProgramEstimator
from helium.adapters.processes import runs
from helium.core.estimates import Estimate
from helium.core.observation import Recipe
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from tests.stacks.workspaces import workspace as gcp_workspace
from tools.make import ROOT

AT = datetime(2026, 11, 1, tzinfo=UTC)
QUICK = 20.0
"""Generous: a worker starts on a busy machine."""


@pytest.fixture
def estimator() -> Iterator[ProgramEstimator]:
    """One whose worker ends with the test."""
    whole = ProgramEstimator({"PATH": "/bin", "HELIUM_TOKEN": "secret", "HELIUM_SECRET_X": "secret"}, each=QUICK)
    yield whole
    whole.close()


def workspace(name: str = "demo", **fields: Any) -> Workspace:
    """One of the backend `own`."""
    return Workspace("acme", Spec(name, "p", "b", "own", fields=fields), "ada@example.com", AT, AT)


def asked(
    estimator: ProgramEstimator, folder: Path, *, program: str, names: tuple[str, ...] = ("demo",)
) -> list[Estimate]:
    """What it says of these names, by a program with this text."""
    folder.mkdir(exist_ok=True)
    (folder / "cost.py").write_text(program)
    found = estimator.estimates([workspace(name) for name in names], recipes={"own": Recipe("p", folder=str(folder))})
    return [found[name] for name in names]


def test_a_program_says_what_a_workspace_takes(estimator: ProgramEstimator, tmp_path: Path) -> None:
    """By what it is given; decimals, texts and numbers alike. What it prints goes nowhere."""
    program = """
from decimal import Decimal
def estimate(workspace):
    print("hello"); import sys; print("there", file=sys.stderr); sys.__stdout__.write("noise\\n")
    return {"vCPU": workspace.spec.fields.get("cpus", 0.1), "memoryGiB": Decimal("1.50"), "gpu": "2"}
"""
    (found,) = asked(estimator, tmp_path / "b", program=program)
    assert {"vCPU": Decimal("0.1"), "memoryGiB": Decimal("1.5"), "gpu": Decimal(2)} == found.amounts


def test_the_built_in_one_says_the_same_there(estimator: ProgramEstimator) -> None:
    """Its modules import each other, as the engine loads them."""
    recipes = {"gcp-namespace": Recipe("p", folder=str(ROOT / "stacks" / "gcp-namespace"))}
    found = estimator.estimates([gcp_workspace()], recipes=recipes)["demo"]
    assert ("", Decimal(31)) == (found.why, (found.amounts or {}).get("storageGiB"))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("def estimate(workspace): raise ValueError('no\\nidea ' + 'x' * 1000)", "failed: ValueError: no idea xxx"),
        ("def estimate(workspace): return 1 / 0", "failed: ZeroDivisionError: division by zero"),
        ("def estimate(workspace): raise SystemExit('bye')", "failed: SystemExit: bye"),
        ("import nothing_like_it", "failed: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("def estimate(workspace:", "failed: SyntaxError:"),
        ("", "failed: AttributeError:"),
        ("import os\ndef estimate(workspace): os._exit(3)", "ended its process"),
        ("import os, signal\ndef estimate(workspace): os.kill(os.getpid(), signal.SIGKILL)", "ended its process"),
        ("def estimate(workspace): return None", "said no amounts: it must be a mapping"),
        ("def estimate(workspace): return {'vCPU': -1}", "said no amounts: vCPU is -1"),
        ("def estimate(workspace): return {'vCPU': float('inf')}", "said no amounts: vCPU is 'inf'"),
        ("def estimate(workspace): return {'a b': 1}", "said no amounts: 'a b' is not a unit's name"),
        ("def estimate(workspace): return {'x' * 100000: 1}", "said too much"),
        ("def estimate(workspace): return {'vCPU': len('x' * (3 << 30))}", "failed: MemoryError"),
        ("def estimate(workspace): open('/tmp/helium-cost-test', 'wb', buffering=0).write(b'x')", "failed: OSError:"),
    ],
)
def test_what_goes_wrong_is_unknown_with_its_reason(
    estimator: ProgramEstimator, tmp_path: Path, *, program: str, why: str
) -> None:
    """In one line, and never an exception; the next one is asked all the same."""
    (found,) = asked(estimator, tmp_path / "bad", program=program)
    assert found.amounts is None
    assert found.why.startswith("the cost.py of own ")
    assert why in found.why
    assert len(found.why) < 400
    assert "\n" not in found.why
    (after,) = asked(estimator, tmp_path / "good", program="def estimate(workspace): return {'vCPU': 1}")
    assert {"vCPU": Decimal(1)} == after.amounts


def test_one_that_hangs_is_ended_and_not_asked_for_ever(tmp_path: Path) -> None:
    """Each time it is given up on its process ends; after three, nobody waits for it again."""
    estimator = ProgramEstimator({}, each=0.5)
    try:
        program = "import time\ndef estimate(workspace): time.sleep(600)"
        found = asked(estimator, tmp_path / "slow", program=program, names=("a", "b", "c", "d", "e"))
        assert ["the cost.py of own took too long"] * 3 == [each.why for each in found[:3]]
        assert {"the cost.py of own failed 3 times, so it is not asked again"} == {each.why for each in found[3:]}
    finally:
        estimator.close()


def test_all_together_have_a_limit(tmp_path: Path) -> None:
    """A hundred slow ones do not take a hundred times as long."""
    estimator = ProgramEstimator({}, each=QUICK, all=0.0)
    begin = time.monotonic()
    (found,) = asked(estimator, tmp_path / "b", program="import time\ndef estimate(workspace): time.sleep(600)")
    estimator.close()
    assert "the cost.py of own took too long" == found.why
    assert time.monotonic() - begin < QUICK


def test_it_sees_no_secret(estimator: ProgramEstimator, tmp_path: Path) -> None:
    """Its environment has listed names alone."""
    program = "import os\ndef estimate(workspace): raise ValueError(sorted(os.environ))"
    (found,) = asked(estimator, tmp_path / "b", program=program)
    assert "PATH" in found.why
    assert "HELIUM" not in found.why


def test_no_process_is_left(tmp_path: Path) -> None:
    """Nor one that it started."""
    estimator = ProgramEstimator({"PATH": "/usr/bin:/bin"}, each=QUICK)
    program = """
import subprocess
def estimate(workspace):
    return {"pid": subprocess.Popen(["sleep", "600"]).pid}
"""
    (found,) = asked(estimator, tmp_path / "b", program=program)
    assert found.amounts is not None, found.why
    estimator.close()
    end = time.monotonic() + QUICK
    while runs(int(found.amounts["pid"])) and time.monotonic() < end:
        time.sleep(0.05)
    assert not runs(int(found.amounts["pid"]))


def test_nothing_is_started_where_nothing_is_asked(tmp_path: Path) -> None:
    """By `helium.yaml`, by no program at all, by a folder that may not run here, or by nobody's recipe."""
    estimator = ProgramEstimator({}, lambda folder: folder.name != "foreign")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "cost.py").write_text("def estimate(workspace): return {}")
    recipes: Mapping[str, Mapping[str, Recipe]] = {
        "settings": {"own": Recipe("p", folder=str(tmp_path / "foreign"), amounts={"vCPU": 2})},
        "no program": {"own": Recipe("p", folder=str(tmp_path))},
        "no folder": {"own": Recipe("p")},
        "no recipe": {},
        "foreign": {"own": Recipe("p", folder=str(tmp_path / "foreign"))},
    }
    found = {name: estimator.estimates([workspace()], recipes=each)["demo"] for name, each in recipes.items()}
    assert Estimate({"vCPU": Decimal(2)}) == found.pop("settings")
    assert "the cost.py of own does not run here, since it is not on main" == found.pop("foreign").why
    assert {"no program", "no folder", "no recipe"} == {name for name, each in found.items() if each == Estimate()}
    assert estimator._worker is None
