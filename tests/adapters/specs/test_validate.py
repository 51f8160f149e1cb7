"""What keeps a backend from making anything, told before a pass meets it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helium.adapters.specs.validate import validate
from helium.core.observation import Recipe
from helium.errors import Issue
from tests.adapters.specs.reading import SPECS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RECIPES = {
    "gcp-namespace": Recipe("p1", issues=("helium.yaml lacks a zone", "and a domain")),
    "own": Recipe("p2", issues=("its program has no declare(workspace)",)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fleet with one workspace, of the default backend."""
    (tmp_path / "helium.yaml").write_text("fleet: acme\n")
    (tmp_path / "workspaces").mkdir()
    (tmp_path / "workspaces" / "a.yaml").write_text("{}\n")
    return tmp_path


def errors_in(folder: Path) -> tuple[Issue, ...]:
    """All that is wrong."""
    return validate(folder, SPECS, now=NOW, recipes=lambda fleet: RECIPES).issues


def test_a_backend_that_a_spec_uses_must_be_able_to_make_it(folder: Path) -> None:
    """Else the pull request that breaks it is merged, and the next pass makes nothing."""
    found = errors_in(folder)

    assert [("helium.yaml", "/backends/gcp-namespace")] * 2 == [(issue.path, issue.pointer) for issue in found]
    assert {"helium.yaml lacks a zone", "and a domain"} == {issue.sentence for issue in found}


def test_a_backend_that_the_settings_name_is_judged_at_its_line(folder: Path) -> None:
    """Also before anybody asks for it."""
    (folder / "workspaces" / "a.yaml").unlink()
    (folder / "helium.yaml").write_text("fleet: acme\nbackends:\n  own: {}\n")

    assert [(3, 3, "its program has no declare(workspace)")] == [
        (issue.line, issue.column, issue.sentence) for issue in errors_in(folder)
    ]


def test_a_backend_that_nobody_uses_is_nobodys(folder: Path) -> None:
    """The built-in ones are there in every fleet, and most fleets have no settings for them."""
    (folder / "workspaces" / "a.yaml").unlink()

    assert () == errors_in(folder)


def test_what_follows_from_bad_settings_is_not_shown(folder: Path) -> None:
    """It would only bury what is to be mended first."""
    (folder / "helium.yaml").write_text("fleet: acme\nbackends: {own: 5}\n")

    assert ["/backends/own"] == [issue.pointer for issue in errors_in(folder)]
