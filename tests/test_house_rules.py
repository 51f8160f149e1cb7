"""The rooms hold, and the house rules. What may import what is in pyproject.toml, as contracts of import-linter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import house_rules

ROOT = Path(__file__).resolve().parent.parent
STANDARD = frozenset(sys.stdlib_module_names)


def plant(root: Path, name: str, text: str) -> Path:
    """A small tree with one module in it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    return root


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Import-linter's word on the package in a folder, by the contracts that are there."""
    linter = Path(sys.executable).with_name("lint-imports")
    # Its cache would go into the folder, and paths are wrapped at the terminal's width.
    environ = {"PATH": "/usr/bin:/bin", "COLUMNS": "500"}
    command = [str(linter), "--no-cache", "--config", str(folder / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_every_module_has_a_room_and_every_import_is_right() -> None:
    """Nothing in helium/ breaks a contract of pyproject.toml."""
    ended = contracts(ROOT)

    assert (0, True) == (ended.returncode, "0 broken" in ended.stdout), ended.stdout


WRONG = {
    "helium/core/wrong_1.py": "import os",
    "helium/core/wrong_2.py": "def late() -> None:\n    import logging",
    "helium/core/wrong_3.py": "from helium.ports import repo",
    "helium/core/wrong_4.py": "import typing\nif typing.TYPE_CHECKING:\n    from helium.adapters import ledger",
    "helium/ports/wrong_5.py": "from helium.reconcile import report",
    "helium/edits/wrong_6.py": "from helium.reconcile import report",
    "helium/reconcile/wrong_7.py": "from helium.adapters.engine import engine",
    "helium/reconcile/wrong_8.py": "from helium.settings import Settings",
    "helium/adapters/ledger/wrong_9.py": "from helium.reconcile import report",
    "helium/adapters/specs/wrong_10.py": "from helium.adapters.backends import find",
    "helium/adapters/git_repo/wrong_11.py": "from ...app import run",
    "helium/sandbox/wrong_12.py": "from helium.core import spec",
    "helium/api/wrong_13.py": "from helium.adapters.engine import engine",
    "helium/api/wrong_14.py": "from helium.app import run",
    "helium/api/wrong_15.py": "from helium.reconcile import loop",
    "helium/app/wrong_16.py": "from helium.cli import tables",
    "helium/cli/wrong_17.py": "from helium.adapters.engine import engine",
    "helium/settings/wrong_18.py": "from helium.core import spec",
}


def test_wrong_imports_and_modules_without_a_room_break_a_contract(tmp_path: Path) -> None:
    """Each import against the contracts is named, wherever it stands and however it is spelt; so is a new room."""
    shutil.copytree(ROOT / "helium", tmp_path / "helium", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in {**WRONG, "helium/tools.py": '"""For nothing."""'}.items():
        plant(tmp_path, name, text)

    ended = contracts(tmp_path)

    assert 1 == ended.returncode, ended.stderr
    modules = {name.removesuffix(".py").replace("/", ".") for name in WRONG}
    assert set() == {module for module in modules if f"{module} ->" not in ended.stdout}
    assert "helium.tools" in ended.stdout or "- tools" in ended.stdout


def test_each_room_imports_its_own_vendors() -> None:
    """A package from outside is imported where its room says so, and nowhere else."""
    assert "" == "\n".join(house_rules.wrong_vendors(ROOT, STANDARD))


def test_house_rules_hold() -> None:
    """No module above 300 lines, no function above 40, two arguments by position, two broad excepts in all."""
    assert "" == "\n".join(house_rules.outgrown(ROOT))


def test_a_class_name_means_one_thing() -> None:
    """Who searches for a class finds one, in the program, its backends, its tests and its tools."""
    assert {} == {name: places for name, places in house_rules.class_names(ROOT).items() if len(places) > 1}


def test_adapters_are_built_in_one_place() -> None:
    """Who asks what a fleet is made of reads one module."""
    assert [] == house_rules.built_elsewhere(ROOT)


def test_an_adapter_that_is_built_elsewhere_is_reported(tmp_path: Path) -> None:
    """In any room but those of the adapters, which build on each other."""
    text = '"""A module."""\n\nrepo = GitRepo(clone)\n'
    for module in ("helium/app/compose.py", "helium/adapters/commit_queue/local.py", "helium/app/new.py"):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).write_text(text)

    assert ["helium/app/new.py:3 builds GitRepo, which is for helium.app.compose"] == house_rules.built_elsewhere(
        tmp_path
    )


def test_no_retired_word_comes_back() -> None:
    """Modules, classes, functions and variables have the words of the glossary, and none that those replaced."""
    assert "" == "\n".join(house_rules.retired(ROOT))


def test_tests_use_fakes() -> None:
    """No test names a mock; only the two modules that look for the words may spell them."""
    lookers = ("tests/house_rules.py", "tests/test_house_rules.py")

    assert [] == [row for row in house_rules.mocks(ROOT) if not row.startswith(lookers)]


def test_the_reader_sees_this_repository() -> None:
    """It finds the modules that the rows are about, so that no test above passes because it read nothing."""
    seen = {house_rules.room_of(module.name) for module in house_rules.read(ROOT, "helium", "stacks")}

    assert house_rules.VENDORS.keys() - {"helium.adapters"} <= seen


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("helium/core/plan.py", "import yaml"),
        ("helium/core/plan.py", "def late() -> None:\n    import yaml"),
        ("helium/core/plan.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pulumi"),
        ("helium/adapters/ledger/tree.py", "import click"),
        ("helium/__init__.py", "from helium import cli"),
        ("stacks/cloud/resources.py", "from helium.adapters import engine"),
        ("stacks/cloud/resources.py", "import requests"),
        ("helium/corelike.py", "import yaml"),
    ],
)
def test_a_wrong_vendor_is_reported(tmp_path: Path, module: str, text: str) -> None:
    """A package that the room may not import is named, wherever in the module that happens."""
    root = plant(tmp_path, module, text)

    reported = house_rules.wrong_vendors(root, STANDARD)

    assert [True] == ["may not" in row for row in reported]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("helium/core/plan.py", "from . import spec\nfrom helium.errors import HeliumError\nimport hashlib"),
        ("helium/core/__init__.py", "from .plan import Plan\nfrom ..errors import HeliumError"),
        ("helium/adapters/engine/pool.py", "import pulumi.automation\nfrom helium.ports.engine import Engine"),
        ("helium/api/pages.py", "from helium.reconcile import report\nimport litestar"),
        ("helium/cli/new.py", "from helium.app import run\nimport click, rich"),
        ("stacks/cloud/resources.py", "import pulumi_gcp\nfrom helium.core.spec import Spec"),
    ],
)
def test_a_right_vendor_is_not_reported(tmp_path: Path, module: str, text: str) -> None:
    """What the table allows passes, in a module and in the folder that it may grow into."""
    root = plant(tmp_path, module, text)

    assert [] == house_rules.wrong_vendors(root, STANDARD)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n" * 300, "above 300"),
        ("def long() -> None:\n" + "    pass\n" * 40, "above 40"),
        ("def wide(a: int, b: int, c: int) -> None: ...", "by position"),
        ("try:\n    pass\nexcept Exception:\n    pass", "catches everything"),
        ("try:\n    pass\nexcept (ValueError, BaseException):\n    pass", "catches everything"),
        ("try:\n    pass\nexcept:\n    pass", "catches everything"),
    ],
)
def test_a_broken_house_rule_is_reported(tmp_path: Path, text: str, words: str) -> None:
    """Each house rule that a reader of source can see has a reader."""
    root = plant(tmp_path, "helium/core/plan.py", f'"""For the test."""\n{text}')

    reported = house_rules.outgrown(root)

    assert [True] == [words in row for row in reported]


def test_comments_make_no_function_too_long(tmp_path: Path) -> None:
    """A reason beside each step is what the house wants, so only the lines that do something are counted."""
    text = '"""For the test."""\ndef long() -> None:\n' + "    # why\n    pass\n" * 39
    root = plant(tmp_path, "helium/core/plan.py", text)

    assert [] == house_rules.outgrown(root)


def test_a_module_without_purpose_is_reported(tmp_path: Path) -> None:
    """A module that has code says in its docstring what it is for."""
    root = plant(tmp_path, "helium/core/plan.py", "x = 1")

    reported = house_rules.outgrown(root)

    assert [True] == ["does not say" in row for row in reported]


@pytest.mark.parametrize(
    "module",
    ["helium/reconcile/apply.py", "helium/adapters/commit_queue/isolation.py"],
)
def test_one_broad_except_is_allowed_in_two_modules(tmp_path: Path, module: str) -> None:
    """Where a failure, of a change or a request, must not reach others, all may be caught: once."""
    text = "try:\n    pass\nexcept Exception:\n    pass\n"
    once = plant(tmp_path / "once", module, f'"""For the test."""\n{text}')
    twice = plant(tmp_path / "twice", module, f'"""For the test."""\n{text}{text}')

    assert [] == house_rules.outgrown(once)
    assert [True] == ["catches everything" in row for row in house_rules.outgrown(twice)]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("helium/core/life.py", ""),
        ("helium/api/desk.py", ""),
        ("helium/core/plan.py", "class Scene: ..."),
        ("helium/core/plan.py", "born_at = 1"),
        ("helium/core/plan.py", "def close_door() -> None: ..."),
        ("helium/core/plan.py", "def look(*, wish: str) -> None: ..."),
    ],
)
def test_a_retired_word_is_reported(tmp_path: Path, module: str, text: str) -> None:
    """A module, a class, a function, an argument and a variable that are called by an old word are named."""
    assert 1 == len(house_rules.retired(plant(tmp_path, module, text)))


def test_a_mock_is_reported(tmp_path: Path) -> None:
    """A test that patches is named."""
    root = plant(tmp_path, "tests/test_plan.py", "def test_x(monkeypatch): ...")

    assert ["tests/test_plan.py says 'monkeypatch'"] == house_rules.mocks(root)
