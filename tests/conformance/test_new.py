from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helium.adapters.backends import find
from helium.app.backend_list import ListedBackend, listed
from helium.app.backend_new import write_backend
from helium.errors import UsageError
from helium.settings import Settings
from tests.adapters.git_repos import land, new_repo
from tests.conformance.backends import skeleton

SETTINGS = b"""fleet: acme
sandbox: [gcp, kubernetes]
backends:
  shop: {backend: helm, description: A shop, cluster: dev, releases: {}}
  mine: {secrets: [HELIUM_CLIENT_ID]}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet's clone, with a workspace of the backend `mine` that nobody has created yet."""
    folder = tmp_path / "fleet"
    new_repo(folder)
    mine = {f"stacks/mine/{path}": text.encode() for path, text in skeleton().items()}
    land(folder, {"helium.yaml": SETTINGS, "workspaces/one.yaml": b"backend: mine\n", **mine}, time=datetime.now(UTC))
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a cache of its own."""
    return replace(Settings.here(), cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Bad name", "'Bad name' cannot be a backend's name; use letters, digits"),
        ("../up", "'../up' cannot be a backend's name; use letters, digits"),
        ("marker", "'marker' cannot be a backend's name"),
        ("gcp-namespace", "gcp-namespace is a backend that Helium brings; choose another name, or copy it"),
        ("shop", "backends.shop in helium.yaml is an instance of helm; choose another name"),
        ("mine", "exists, and is not overwritten; choose another name, or remove it"),
    ],
)
def test_a_name_that_cannot_be_is_refused(fleet: Path, settings: Settings, name: str, said: str) -> None:
    """It says where the name is taken, and what to do; nothing is written."""
    before = sorted(fleet.rglob("stacks/**/*"))

    with pytest.raises(UsageError) as refused:
        write_backend(fleet, settings, name=name, skeleton=skeleton())

    assert said in str(refused.value)
    assert before == sorted(fleet.rglob("stacks/**/*"))


def test_a_backend_is_written_into_a_fleet_only(tmp_path: Path, settings: Settings) -> None:
    """Elsewhere no pass would find it."""
    with pytest.raises(UsageError, match="is in no fleet"):
        write_backend(tmp_path, settings, name="web", skeleton=skeleton())

    assert [] == list(tmp_path.iterdir())


def test_a_copy_has_the_files_and_the_entry_that_it_needs(fleet: Path, settings: Settings) -> None:
    """The secrets of what was copied go on under their names, by a line in helium.yaml."""
    written = write_backend(fleet, settings, name="copy", skeleton={}, copied="gcp-namespace")
    original = find.built_in()["gcp-namespace"]

    assert find.files_of(original) == find.files_of(written.folder)
    assert ["HELIUM_CLIENT_ID", "HELIUM_CLIENT_SECRET", "HELIUM_PACHYDERM_LICENSE"] == written.entry["secrets"]
    assert json.loads((original / "check.json").read_text())["settings"].keys() <= written.entry.keys()


def test_what_is_copied_has_to_be_there(fleet: Path, settings: Settings) -> None:
    """The sentence names what there is."""
    with pytest.raises(UsageError, match="there is no such backend; known are gcp-namespace, helm, mine"):
        write_backend(fleet, settings, name="copy", skeleton={}, copied="nothing")


def test_a_fleet_s_backends_are_listed(fleet: Path, settings: Settings) -> None:
    """Each with where it comes from, what it is for, what is missing, and how many workspaces have it."""
    write_backend(fleet, settings, name="later", skeleton=skeleton())
    rows = {each.name: each for each in listed(fleet, settings)}

    assert ["gcp-namespace", "helm", "later", "mine", "shop"] == list(rows)
    assert ListedBackend("mine", "stacks/mine", "A namespace with a quota, and a message in it.", "", 1) == rows["mine"]
    assert ("instance of helm", "A shop", 0) == (rows["shop"].origin, rows["shop"].description, rows["shop"].workspaces)
    assert ["built in", "built in"] == [rows[name].origin for name in ("gcp-namespace", "helm")]
    assert "helium.yaml does not set backends.gcp-namespace.project" in rows["gcp-namespace"].issue
    assert ("stacks/later, not on main yet", False) == (rows["later"].origin, not rows["later"].issue)


def test_a_list_reads_main(fleet: Path, settings: Settings) -> None:
    """What somebody is writing into helium.yaml meanwhile is not what a pass goes by."""
    before = listed(fleet, settings)
    (fleet / "helium.yaml").write_text("fleet: [")

    assert before == listed(fleet, settings)


def test_outside_of_a_fleet_the_built_in_ones_are_listed(tmp_path: Path, settings: Settings) -> None:
    """Whoever has no fleet yet sees what there is."""
    assert ["gcp-namespace", "helm"] == [each.name for each in listed(tmp_path, settings)]


def test_a_copy_of_an_own_backend_has_its_check_json(fleet: Path, settings: Settings) -> None:
    """It is no part of the program, and says with which settings the copy works."""
    own = fleet / "stacks" / "own"
    own.mkdir()
    for path, text in skeleton().items():
        (own / path).write_text(text)
    written = write_backend(fleet, settings, name="copy", skeleton={}, copied="own")

    assert (own / "check.json").read_bytes() == (written.folder / "check.json").read_bytes()
    assert {"cluster": "dev"} == written.entry

    (own / "check.json").write_text("{")
    with pytest.raises(UsageError, match=r"check\.json is not JSON"):
        write_backend(fleet, settings, name="another", skeleton={}, copied="own")
    assert not (fleet / "stacks" / "another").exists()
