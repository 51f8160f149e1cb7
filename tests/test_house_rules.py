"""The rooms hold: every module has one, and imports only what its room may. The house rules hold too."""

from __future__ import annotations

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


def test_every_module_has_a_room_and_every_arrow_is_right() -> None:
    """Nothing in helium/ and stacks/ imports against the table of rooms."""

    assert "" == "\n".join(house_rules.wrong_arrows(ROOT, STANDARD))


def test_house_rules_hold() -> None:
    """No module above 300 lines, no function above 40, two arguments by position, one broad except."""

    assert "" == "\n".join(house_rules.outgrown(ROOT))


def test_tests_use_fakes() -> None:
    """No test names a mock; only the two modules that look for the words may spell them."""
    lookers = ("tests/house_rules.py", "tests/test_house_rules.py")

    assert [] == [row for row in house_rules.mocks(ROOT) if not row.startswith(lookers)]


def test_a_room_for_every_row() -> None:
    """The reader sees this repository at all: it finds the modules that the rows are about."""
    seen = {house_rules.room_of(module.name) for module in house_rules.read(ROOT, "helium", "stacks")}

    assert {"helium.errors", "helium.core", "helium.reconcile"} <= seen


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("helium/core/plan.py", "import os"),
        ("helium/core/plan.py", "from datetime import datetime\nimport logging"),
        ("helium/core/plan.py", "from helium.reconcile import ports"),
        ("helium/core/plan.py", "from ..reconcile import ports"),
        ("helium/core/plan.py", "import helium.adapters.engine"),
        ("helium/core/plan.py", "import yaml"),
        ("helium/core/plan.py", "def late() -> None:\n    import yaml"),
        ("helium/core/plan.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pulumi"),
        ("helium/reconcile/loop.py", "from helium.adapters import engine"),
        ("helium/adapters/engine.py", "from helium.reconcile.loop import run"),
        ("helium/adapters/engine.py", "from helium import reconcile"),
        ("helium/adapters/engine.py", "import click"),
        ("helium/sandbox/cloud.py", "from helium.core import spec"),
        ("helium/api/app.py", "from helium.adapters import engine"),
        ("helium/settings.py", "from helium.core import spec"),
        ("helium/cli.py", "from helium.adapters import engine"),
        ("helium/wiring.py", "from helium import cli"),
        ("helium/__init__.py", "from helium import cli"),
        ("stacks/cloud/resources.py", "from helium.adapters import engine"),
        ("stacks/cloud/resources.py", "import requests"),
    ],
)
def test_a_wrong_arrow_is_reported(tmp_path: Path, module: str, text: str) -> None:
    """An import against the table is named, wherever in the module it stands and however it is spelt."""
    root = plant(tmp_path, module, text)

    reported = house_rules.wrong_arrows(root, STANDARD)

    assert [True] == ["may not" in row for row in reported]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("helium/core/plan.py", "from . import spec\nfrom helium.errors import HeliumError\nimport hashlib"),
        ("helium/core/__init__.py", "from .plan import Plan\nfrom ..errors import HeliumError"),
        (
            "helium/adapters/engine/pool.py",
            "import pulumi.automation\nfrom helium.reconcile.ports import Engine",
        ),
        ("helium/api/pages.py", "from helium.reconcile import report\nimport litestar"),
        ("helium/cli/new.py", "from helium import wiring\nimport click, rich"),
        ("stacks/cloud/resources.py", "import pulumi_gcp\nfrom helium.core.spec import Spec"),
    ],
)
def test_a_right_arrow_is_not_reported(tmp_path: Path, module: str, text: str) -> None:
    """What the table allows passes, in a module and in the folder that it may grow into."""
    root = plant(tmp_path, module, text)

    assert [] == house_rules.wrong_arrows(root, STANDARD)


@pytest.mark.parametrize("module", ["helium/tools.py", "helium/jobs/run.py", "helium/corelike.py"])
def test_a_module_without_a_room_is_reported(tmp_path: Path, module: str) -> None:
    """A new module that the table does not place fails the build."""
    root = plant(tmp_path, module, '"""For nothing."""')

    reported = house_rules.wrong_arrows(root, STANDARD)

    assert [True] == ["has no room" in row for row in reported]


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
    """Or the rule would be kept by leaving out the reasons."""
    text = '"""For the test."""\ndef told() -> None:\n    """Short."""\n' + "    # Because.\n" * 40 + "    return\n"
    root = plant(tmp_path, "helium/core/plan.py", text)

    assert [] == house_rules.outgrown(root)


def test_a_module_without_purpose_is_reported(tmp_path: Path) -> None:
    """A module that has code says in its docstring what it is for."""
    root = plant(tmp_path, "helium/core/plan.py", "x = 1")

    reported = house_rules.outgrown(root)

    assert [True] == ["does not say" in row for row in reported]


def test_one_broad_except_is_allowed(tmp_path: Path) -> None:
    """Where a change's failure becomes an outcome, everything may be caught."""
    text = '"""Apply."""\ntry:\n    pass\nexcept Exception:\n    pass'
    root = plant(tmp_path, "helium/reconcile/apply.py", text)

    assert [] == house_rules.outgrown(root)


def test_a_mock_is_reported(tmp_path: Path) -> None:
    """A test that patches is named."""
    root = plant(tmp_path, "tests/test_plan.py", "def test_x(monkeypatch): ...")

    assert ["tests/test_plan.py says 'monkeypatch'"] == house_rules.mocks(root)
