"""Who gave a workspace away, as main's history shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helium.app.open_fleet import open_fleet
from helium.app.telling_facts import given_by
from helium.settings import Settings
from tests.adapters.git_repos import land, new_repo

SPECS = ("owner: ada@example.com\n", "owner: bob@example.com\n", "owner: bob@example.com\ndescription: x\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ada's, given to Bob, edited since."""
    folder = new_repo(tmp_path / "fleet")
    land(folder, {"helium.yaml": b"fleet: acme\nsandbox: [gcp, kubernetes]\n"})
    for number, spec in enumerate(SPECS):
        land(folder, {"workspaces/a.yaml": spec.encode()}, author=f"Person {number} <p{number}@example.com>")
    return folder


def test_who_gave_it_is_found_behind_later_edits(folder: Path) -> None:
    """And nobody, where the file never said another owner."""
    fleet = open_fleet(folder, Settings.from_env({"PATH": os.environ["PATH"]}))
    assert "Person 1 <p1@example.com>" == given_by(fleet, "a", owner="Bob@Example.com")
    assert ["", ""] == [given_by(fleet, name, owner="eve@example.com") for name in ("a", "none")]
    assert "" == given_by(fleet, "a", owner="ada@example.com")
