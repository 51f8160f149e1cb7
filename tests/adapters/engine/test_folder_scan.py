"""The names in a `file://` state, as the folder has them and as Pulumi lists them, are the same."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from helium.adapters.engine.folder_scan import scan
from helium.adapters.engine.locks import path_of
from helium.adapters.engine.stack_names import UnknownLayoutError
from helium.core.stack import Listing, StackId
from tests.adapters.engine.conftest import Make, Warm
from tests.adapters.engine.test_state import BY_PULUMI
from tests.deleting import test_corrupt_stack as corrupt

HOST = "another-machine"


def both(warm: Warm, make: Make, tmp_path: Path) -> tuple[Listing, Listing]:
    """The folder's names, and Pulumi's own listing of the same state."""
    ours = warm.engine.observe()
    theirs = make(state=f"file://{warm.state}{BY_PULUMI}", work=tmp_path / "other").observe()
    return ours, theirs


def as_left(stacks: Path) -> None:
    """Beside `a`: what Pulumi, kills and people leave in a state's folder."""
    text = (stacks / "acme.plain" / "a.json").read_bytes()
    for project, name in (("acme.plain", "b"), ("acme.other", "c"), ("acme", "d"), ("rival.plain", "a"), ("x", "y.z")):
        (stacks / project).mkdir(exist_ok=True)
        for ending in ("", ".bak", ".pulumi-tags", ".18ec3bfd538ce127.tmp", ".1764000000000000000"):
            (stacks / project / f"{name}.json{ending}").write_bytes(text)
        for ending in (".attrs", ".bak.attrs"):
            (stacks / project / f"{name}.json{ending}").write_text("{}")
    (stacks / "acme.plain" / "zipped.json.gz").write_bytes(gzip.compress(text))
    (stacks / "acme.plain" / "zipped.json.gz.bak").write_bytes(gzip.compress(text))
    (stacks / "acme.plain" / "packed.json.zst").write_bytes(text)
    (stacks / "acme.plain" / "gone.json.bak").write_bytes(text)
    (stacks / "acme.plain" / "gone.json.1764000000000000000.bak").write_bytes(text)
    lock = stacks.parent / "locks" / "organization" / "acme.plain" / "b" / "one.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": 1, "username": "u", "hostname": HOST, "timestamp": "2026-11-24T12:00:00Z"}))


def test_both_listings_say_the_same(warm_a: Warm, engine: Make, tmp_path: Path) -> None:
    """Stacks, marker and foreign ones, with backups, attributes, compressed files and leftover locks about."""
    warm_a.engine.create_marker("ledger-1")
    as_left(warm_a.state / ".pulumi" / "stacks")

    ours, theirs = both(warm_a, engine, tmp_path)

    assert (["c", "a", "b", "packed", "zipped"], True) == ([each.id.name for each in ours.stacks], ours.marker)
    assert ("organization/acme/d", "organization/rival.plain/a", "organization/x/y.z") == ours.foreign
    assert ours == replace(theirs, note="")
    assert "Pulumi lists the state" in theirs.note


def empty(state: Path) -> None:
    """A new state."""


def begun(state: Path) -> None:
    """Pulumi wrote its version, and no stack."""
    (state / ".pulumi").mkdir()
    (state / ".pulumi" / "meta.yaml").write_text("version: 1\n")


@pytest.mark.parametrize("how", [empty, begun])
def test_both_listings_of_an_empty_state_are_empty(
    warm: Warm, engine: Make, tmp_path: Path, how: Callable[[Path], None]
) -> None:
    """The marker tells an empty place from a wrong one, so nothing is refused here."""
    how(warm.state)

    ours, theirs = both(warm, engine, tmp_path)

    assert (Listing(), ()) == (ours, theirs.stacks)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".pulumi/meta.yaml", "version: 2\n"),
        (".pulumi/meta.yaml", None),
        (".pulumi/stacks/old.json", "{}"),
        (".pulumi/stacks/acme.plain/deep/a.json", "{}"),
        (".pulumi/stacks/acme.plain/a.yaml", "{}"),
        (".pulumi/stacks/acme.plain/with space.json", "{}"),
        (".pulumi/stacks/two words/a.json", "{}"),
    ],
)
def test_a_layout_that_is_not_known_is_left_to_pulumi(warm_a: Warm, path: str, text: str | None) -> None:
    """Another version, another depth, another kind of file, and names that Pulumi would not take."""
    file = warm_a.state / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink() if text is None else file.write_text(text)

    with pytest.raises(UnknownLayoutError):
        scan(warm_a.state)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (corrupt.of_no_bytes, "is empty"),
        (corrupt.cut_off, "is cut off"),
        (corrupt.no_file, "is not a file"),
        (corrupt.leads_nowhere, "is a link that leads nowhere"),
        (corrupt.pipe, "is not a file"),
        (corrupt.no_json, "is not a state file of Pulumi"),
        (corrupt.no_state, "is not a state file of Pulumi"),
        (corrupt.over_a_stack, "does not have a deployment, and its backup has one"),
    ],
)
def test_what_is_wrong_with_one_file_is_named(warm_a: Warm, damage: Callable[[Path], None], why: str) -> None:
    """With its place, and with the backup if there is one that holds something."""
    file = warm_a.state / ".pulumi" / "stacks" / "acme.plain" / "a.json"
    damage(file)
    (stack,) = warm_a.engine.observe().stacks

    assert f"{file} {why}. Replace it with Pulumi's backup beside it, a.json.bak; if that" in stack.corrupt
    file.with_name("a.json.bak").unlink()
    damaged = warm_a.engine.observe().stacks[0].corrupt
    assert ("Restore it from a backup, or give it up" in damaged) == (damage is not corrupt.over_a_stack)


def test_a_stack_without_a_deployment_is_empty_only_if_it_never_held_anything(warm_a: Warm) -> None:
    """`stack init` was killed between its two writes. Over a stack that was there, that proves nothing."""
    file = warm_a.state / ".pulumi" / "stacks" / "acme.plain" / "a.json"
    corrupt.over_a_stack(file)
    id = StackId.of("acme", "plain", name="a")
    file.write_text(file.read_text().replace("acme.small", "acme.plain"))
    before = warm_a.engine.empty(id)
    file.with_name("a.json.bak").unlink()

    assert (False, True) == (before, warm_a.engine.empty(id))


def test_that_pulumi_is_asked_is_said_once(warm_a: Warm) -> None:
    """It is the reason why passes are slow, and not news at each of them."""
    (warm_a.state / ".pulumi" / "stacks" / "old.json").write_text("{}")
    engine = warm_a.engine

    first, second = engine.observe(), engine.observe()

    assert (["a"], ["a"]) == ([each.id.name for each in first.stacks], [each.id.name for each in second.stacks])
    assert ("old.json is not a project's folder" in first.note, second.note) == (True, "")


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("acme%2342", "acme#42"),
        ("acme#42", "acme"),
        ("a%2542", "a%42"),
        *[
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (("ac me", "ac me"), ("ac%20me", "ac me"), ("a+b", "a+b"), ("deep/../acme", "acme"))
        ],
    ],
)
def test_a_path_is_read_as_pulumi_reads_it(engine: Make, tmp_path: Path, url: str, folder: str) -> None:
    """Where Pulumi writes is where the folder is read."""
    (tmp_path / "state" / folder).mkdir()
    one = engine(state=f"file://{tmp_path}/state/{url}")

    one.create_marker("ledger-1")

    assert path_of(one.settings.state) == tmp_path / "state" / folder
    assert [tmp_path / "state" / folder] == list((tmp_path / "state").iterdir())
    assert (True, "") == (one.observe().marker, one.observe().note)


def test_a_path_that_is_quoted_names_the_same_folder(tmp_path: Path) -> None:
    """What a fleet's own folder is called is no URL."""
    assert path_of(f"file://{quote(str(tmp_path / 'acme#4%2'))}") == tmp_path / "acme#4%2"
