"""The part of the lock that a kind of job needs."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import locked
from tools.make import ROOT
from tools.progress import SetupError
from tools.runner import JOBS

LOCK = {entry.name: entry for entry in locked.read((ROOT / locked.LOCK).read_text())}
TOO_MUCH = {"pulumi", "pulumi-gcp", "pulumi-kubernetes", "grpcio", "litestar", "pytest", "mypy", "botocore"}
# What lightkube asks for in httpx2, and the base does not; a fraction of a megabyte.
ALSO = {"h2", "hpack", "hyperframe", "wsproto"}


def names(*extras: str) -> set[str]:
    """The packages of a part."""
    return {entry.name for entry in locked.read(locked.part(ROOT, extras))}


def needed(*extras: str) -> set[str]:
    """What the installed packages themselves say that Helium's own requirements need, here and on this Python."""
    found: dict[str, set[str]] = {}
    todo = [(Requirement(name), "") for name in locked.asked_for(ROOT, extras)]
    todo += [(Requirement(name), "") for name in ("litestar[jinja]",) if "serve" in extras or "all" in extras]
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = locked.canonical(requirement.name)
        if found.get(name, {"?"}) >= (wanted := {"", *requirement.extras}):
            continue
        found[name] = found.get(name, set()) | wanted
        todo += [(Requirement(each), inner) for each in requires(name) or () for inner in wanted]
    return {*found}


@pytest.mark.parametrize("extras", [(), ("engine",), ("serve",), ("buckets",), ("all",), ("engine", "buckets")])
def test_a_part_has_all_that_is_needed(extras: tuple[str, ...]) -> None:
    """Nothing is left out of what the packages themselves ask for."""
    assert set() == needed(*extras) - names(*extras)


def test_the_base_has_nothing_else() -> None:
    """Beside what another system or Python would need."""
    elsewhere = {name for name, entry in LOCK.items() if ";" in entry.text.splitlines()[0]}

    assert names() - elsewhere - ALSO == needed() - elsewhere
    assert set() == names() & TOO_MUCH


def test_a_build_needs_its_backend_alone() -> None:
    """Not Helium's own packages; the source archive and the wheel hold files."""
    wanted = {entry.name for entry in locked.read(locked.with_needs(ROOT, locked.for_a_build(ROOT)))}

    assert {"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"} == wanted


def test_everything_is_the_whole_lock() -> None:
    """No package is in the lock that nobody asks for."""
    assert LOCK.keys() == names("all", "dev")


def test_a_part_says_what_the_lock_says() -> None:
    """Versions, markers and digests are those of the one lock: each entry of a part stands in it, line by line."""
    bare = "".join(line for line in (ROOT / locked.LOCK).read_text().splitlines(True) if "#" not in line)

    for entry in locked.read(locked.part(ROOT, ("engine", "buckets"))):
        assert entry.text in bare
        assert re.search(r"==\S+.*\\\n\s+--hash=sha256:", entry.text)


@pytest.mark.parametrize("job", [job for job in JOBS if job != "pass"])
def test_a_job_that_starts_no_engine_gets_the_base(job: str) -> None:
    """Nor any tool."""
    assert ((), ()) == (JOBS[job].extras, JOBS[job].tools)


def test_a_lock_that_is_behind_is_said(tmp_path: Path) -> None:
    """A dependency that is not in the lock stops the job, with the command that mends it."""
    (tmp_path / locked.PROJECT).write_text('[project]\nname = "own"\ndependencies = ["new-one>=2"]\n')
    (tmp_path / locked.LOCK).write_text("old==1 \\\n    --hash=sha256:00\n    # via own\n")

    with pytest.raises(SetupError, match=r"lacks new-one.*make lock"):
        locked.part(tmp_path)
