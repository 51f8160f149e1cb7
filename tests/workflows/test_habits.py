"""The files that hosts, editors and pre-commit read: what they name is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from helium.cli import cli
from helium.core.issue_form import QUESTIONS
from tests.workflows.parts import ROOT, Yaml

FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
OWNED = [line.split() for line in (ROOT / "CODEOWNERS").read_text().splitlines() if line and not line.startswith("#")]


def hooks() -> list[Yaml]:
    """Those that run here, then those that a fleet may take."""
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert "local" == local["repo"]
    return [*local["hooks"], *yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: str(hook["id"]))
def test_a_hook_runs_what_is_installed_and_fetches_nothing(hook: Yaml) -> None:
    """Its program is the project's own, a command of the set-up, or `helium`; and some file starts it."""
    program, *words = hook["entry"].split()
    started = "files" in hook and any(re.search(hook["files"], path) for path in ("helium.yaml", "helium/errors.py"))

    assert "system" == hook["language"]
    assert (ROOT / program).is_file() or program in {"python3", "helium"}
    assert started or "types_or" in hook or "backends" == hook["id"]
    if program.endswith("helium"):
        assert 0 == CliRunner().invoke(cli, [*words, "--help"]).exit_code


@pytest.mark.parametrize("owned", OWNED, ids=lambda owned: str(owned[0]))
def test_an_owned_path_is_there(owned: list[str]) -> None:
    """A room that moves takes its owners along."""
    path, *owners = owned

    assert "*" == path or (ROOT / path.strip("/")).exists()
    assert [] == [owner for owner in owners if not owner.startswith("@")]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.stem))
def test_a_form_asks_questions(form: Path) -> None:
    """Each field has an id of its own, and a label that is a question."""
    body = yaml.safe_load(form.read_text())["body"]
    fields = [part for part in body if part["type"] != "markdown"]

    assert len(fields) == len({field["id"] for field in fields})
    assert [] == [field["id"] for field in fields if not field["attributes"]["label"].endswith("?")]


def test_the_form_asks_what_is_read() -> None:
    """Each label of "I need a workspace" is one that Helium looks for, and the host wants the one without a default."""
    template = ROOT / "helium/cli/templates/issue-forms/workspace.yml"
    body = yaml.safe_load(template.read_text())["body"]

    assert template.read_text() == (ROOT / ".github/ISSUE_TEMPLATE/workspace.yml").read_text()
    assert list(QUESTIONS) == [field["attributes"]["label"] for field in body]
    assert ["expiry"] == [field["id"] for field in body if field.get("validations", {}).get("required")]


def test_the_action_for_other_repositories_needs_nothing_but_node() -> None:
    """Its parts are there, it fetches and requires no package, and its post part runs however the job ended."""
    folder = ROOT / "actions/workspace"
    runs = yaml.safe_load((folder / "action.yml").read_text())["runs"]
    required = {name for file in folder.glob("*.js") for name in re.findall(r'require\("([^"]+)"\)', file.read_text())}

    assert ("node20", "always()") == (runs["using"], runs["post-if"])
    assert {runs["main"], runs["post"]} <= {file.name for file in folder.glob("*.js")}
    assert {"node:crypto", "node:fs", "./commands.js", "./helium.js"} == required
    assert {"action.yml", "commands.js", "helium.js", "main.js", "post.js"} == {file.name for file in folder.iterdir()}


def test_a_container_sets_itself_up() -> None:
    """The development container runs the set-up that everybody runs."""
    text = (ROOT / ".devcontainer/devcontainer.json").read_text()
    file = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))

    assert "make setup" == file["postCreateCommand"]
    assert re.search(r"^setup:", (ROOT / "Makefile").read_text(), re.MULTILINE)
