"""What was found valid is not judged again, and everything else is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helium.adapters.specs import Rules, YamlSpecs
from helium.adapters.specs.valid_settings import ValidSettings
from helium.core.fleet import Fleet
from helium.errors import SpecError

ROOT = Path(__file__).resolve().parents[3]
DATA = b"fleet: acme\n"
OWN = b"fleet: acme\ndefaults: {backend: own}\nbackends: {own: {}}\n"
"""Valid without any backend that is installed."""
READ = """
import sys
from pathlib import Path
from helium.adapters.specs import YamlSpecs
YamlSpecs({}, remembered=Path(sys.argv[1])).fleet(sys.argv[2].encode())
print("jsonschema" in sys.modules)
"""


def judged(folder: Path, data: bytes = OWN, *, at: Path = ROOT) -> bool:
    """Whether the program at a place asks the schema when it reads the settings: then it imports the library."""
    command = [sys.executable, "-c", READ, str(folder), data.decode()]
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def test_the_same_bytes_are_judged_once(tmp_path: Path) -> None:
    """A second reading does not even import what judges; other bytes, or an empty cache, are judged."""
    other = OWN + b"# one comment more\n"

    assert [True, False] == [judged(tmp_path), judged(tmp_path)]
    assert [True, False] == [judged(tmp_path, other), judged(tmp_path, other)]
    for file in tmp_path.iterdir():
        file.unlink()
    assert judged(tmp_path)


def test_another_schema_or_program_judges_again(tmp_path: Path) -> None:
    """What one of them found valid says nothing of what another one finds."""
    ValidSettings(tmp_path, ("schema", "program")).add(DATA, {"fleet": "acme"})

    assert {"fleet": "acme"} == ValidSettings(tmp_path, ("schema", "program")).document(DATA)
    assert None is ValidSettings(tmp_path, ("schema 2", "program")).document(DATA)
    assert None is ValidSettings(tmp_path, ("schema", "program 2")).document(DATA)
    assert None is ValidSettings(None, ("schema", "program")).document(DATA)


@pytest.mark.parametrize("text", ["", "{", '{"fleet": "ac', "[]", "null", '"acme"', "\ufffd"])
def test_a_torn_memory_is_none(tmp_path: Path, text: str) -> None:
    """What a full disk or somebody's editor left there is judged again, and mended."""
    memory = ValidSettings(tmp_path, ("schema", "program"))
    memory.add(DATA, {"fleet": "acme"})
    (file,) = tmp_path.iterdir()
    file.write_text(text)

    assert None is memory.document(DATA)
    memory.add(DATA, {"fleet": "acme"})
    assert {"fleet": "acme"} == memory.document(DATA)


def test_what_is_remembered_reads_as_the_file_does(tmp_path: Path) -> None:
    """Numbers, texts, nesting and the order of keys come back as they were."""
    text = (
        b"fleet: acme\nsandbox: [kubernetes, gcp]\ndefaults: {lifetime: 2d}\nlimits: {deletes: 7}\n"
        b'backends:\n  own: {b: 1.5, a: "1", yes it is: true, none: null, text: "\xc3\xa9 2026-12-01"}\n'
    )
    first = YamlSpecs({"gcp-namespace": Rules()}, remembered=tmp_path).fleet(text)

    assert [first, first] == [
        YamlSpecs({"gcp-namespace": Rules()}, remembered=tmp_path).fleet(text),
        YamlSpecs({"gcp-namespace": Rules()}).fleet(text),
    ]
    assert ["b", "a", "yes it is", "none", "text"] == list(first.backends["own"])


@pytest.mark.parametrize("changed", ["schema/fleet.schema.json", "helium/adapters/specs/settings.py"])
def test_the_reader_says_by_which_schema_and_program_it_judged(tmp_path: Path, changed: str) -> None:
    """A copy of the program takes the word of the original, until its schema or one of its modules differs."""
    copy, memory = tmp_path / "copy", tmp_path / "memory"
    for folder in ("helium", "schema"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = [judged(memory), judged(memory, at=copy)]
    with (copy / changed).open("a") as file:
        file.write("\n")

    assert [True, False, True, False] == [*before, judged(memory, at=copy), judged(memory)]


def test_errors_are_never_remembered(tmp_path: Path) -> None:
    """Also not where only a check beside the schema finds one."""
    reader = YamlSpecs({}, remembered=tmp_path)
    for text in (b"flet: acme\n", b"fleet: [\n", b"fleet: acme\ndefaults: {backend: ghost}\n"):
        for _ in range(2):
            with pytest.raises(SpecError):
                reader.fleet(text)

    assert [] == list(tmp_path.iterdir())


def test_other_backends_judge_again(tmp_path: Path) -> None:
    """Whether a backend is known depends on more than the file, so the names that are known are part of the judge."""
    text = b"fleet: acme\ndefaults: {backend: own}\n"
    YamlSpecs({"own": Rules()}, remembered=tmp_path).fleet(text)

    with pytest.raises(SpecError, match="own"):
        YamlSpecs({}, remembered=tmp_path).fleet(text)


def test_a_cache_that_cannot_be_used_is_no_error(tmp_path: Path) -> None:
    """A file stands where the folder would be: the settings are judged each time, and read."""
    blocked = tmp_path / "file"
    blocked.write_text("")

    assert [True, True] == [judged(blocked), judged(blocked / "deeper")]
    reader = YamlSpecs({"gcp-namespace": Rules()}, remembered=blocked)
    assert [Fleet("acme"), Fleet("acme")] == [reader.fleet(DATA), reader.fleet(DATA)]
