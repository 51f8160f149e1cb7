"""Where the engine works: nothing of it stays, and nothing of the person's home is written to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helium.adapters.engine import EngineSettings, PulumiEngine, pulumi_home, workdir
from tests.adapters.engine.conftest import workspace

Settings = Callable[..., EngineSettings]
HOLD = "import sys, pathlib; from helium.adapters.engine import workdir; workdir.lock(pathlib.Path(sys.argv[1]))"
OLD = workdir.HOUR + 60


def aged(folder: Path, seconds: float = OLD) -> Path:
    """As if nobody had written there for so long."""
    then = time.time() - seconds
    os.utime(folder, (then, then))
    return folder


def test_what_a_killed_engine_left_is_removed(tmp_path: Path) -> None:
    """An hour after its process died without a word, the folder goes with the next engine."""
    left = workdir.fresh(tmp_path)
    subprocess.run([sys.executable, "-c", HOLD, str(left)], check=True)
    aged(left)
    assert workdir.fresh(tmp_path).is_dir()
    assert not left.exists()


def test_the_folder_of_a_living_engine_stays(tmp_path: Path) -> None:
    """However old it is: its lock is held."""
    living = workdir.fresh(tmp_path)
    held = workdir.lock(living)
    aged(living)
    workdir.fresh(tmp_path)
    os.close(held)
    assert living.is_dir()


def test_a_young_folder_stays(tmp_path: Path) -> None:
    """A killed engine's workers still let Pulumi give its locks back."""
    young = workdir.fresh(tmp_path)
    os.close(workdir.lock(young))
    workdir.fresh(tmp_path)
    assert young.is_dir()


def test_what_is_not_helium_s_stays(tmp_path: Path) -> None:
    """A folder without the lock that an engine makes is nobody's to remove."""
    (other := tmp_path / f"{workdir.PREFIX}mine").mkdir()
    aged(other)
    workdir.fresh(tmp_path)
    assert other.is_dir()


def test_pulumi_leaves_no_log_in_a_home(settings: Settings, tmp_path: Path) -> None:
    """Its logs name the state's URL, password and all; they go with the engine."""
    person = tmp_path / "person"
    (person / ".pulumi" / "logs").mkdir(parents=True)
    given = settings(environment={**os.environ, "HOME": str(person), "PULUMI_HOME": ""})
    engine = PulumiEngine(given)
    engine.observe()
    engine.up(workspace("logged"))
    written = list((engine.settings.home / "logs").iterdir())
    engine.close()
    assert written, "Pulumi writes logs: if it no longer does, the home of its own is not needed"
    assert not list((person / ".pulumi" / "logs").iterdir())
    assert not given.work.exists()


def test_what_is_installed_is_found(tmp_path: Path) -> None:
    """Plugins of the person's own home, or of the one that `PULUMI_HOME` names, are linked; logs are not."""
    theirs = tmp_path / "theirs"
    (theirs / "plugins" / "resource-gcp-v9").mkdir(parents=True)
    (theirs / "logs").mkdir()
    for _ in range(2):
        pulumi_home.create(tmp_path / "own", {"PULUMI_HOME": str(theirs)})
    assert (tmp_path / "own" / "plugins" / "resource-gcp-v9").is_dir()
    assert not (tmp_path / "own" / "logs").exists()


def test_a_built_provider_is_found_beside_what_is_installed(tmp_path: Path) -> None:
    """It is a plugin of the own home, under the name that Pulumi looks for; nothing is written into the person's."""
    theirs, program = tmp_path / "theirs", tmp_path / "built"
    (theirs / "plugins" / "resource-gcp-v9").mkdir(parents=True)
    program.touch()
    for _ in range(2):
        pulumi_home.create(tmp_path / "own", {"PULUMI_HOME": str(theirs)}, built={"resource-x-y-v1.2.0": program})

    plugins = tmp_path / "own" / "plugins"
    assert program == (plugins / "resource-x-y-v1.2.0" / "pulumi-resource-x-y").resolve()
    assert (plugins / "resource-gcp-v9").is_dir()
    assert ["resource-gcp-v9"] == [each.name for each in (theirs / "plugins").iterdir()]


@pytest.mark.parametrize("here", [True, False])
def test_an_installed_provider_goes_before_a_built_one(tmp_path: Path, here: bool) -> None:
    """One that is installed is used, and where none was built, nothing is missed."""
    theirs, program = tmp_path / "theirs", tmp_path / "built"
    (theirs / "plugins" / ("resource-x-v1" if here else "resource-gcp-v9")).mkdir(parents=True)
    if here:
        program.touch()
    pulumi_home.create(tmp_path / "own", {"PULUMI_HOME": str(theirs)}, built={"resource-x-v1": program})

    assert theirs / "plugins" == (tmp_path / "own" / "plugins").resolve()


@pytest.mark.parametrize("place", ["installed", "built", "on the PATH", ""])
def test_whether_pulumi_will_find_a_plugin(tmp_path: Path, place: str) -> None:
    """Wherever Pulumi itself looks; a built one counts when its program is there."""
    theirs, program, path = tmp_path / "theirs", tmp_path / "built", tmp_path / "bin" / "pulumi-resource-x"
    path.parent.mkdir()
    if place == "installed":
        (theirs / "plugins" / "resource-x-v1.2.0").mkdir(parents=True)
    elif place:
        (program if place == "built" else path).touch(mode=0o755)
    environment = {"PULUMI_HOME": str(theirs), "PATH": str(path.parent)}

    assert bool(place) is pulumi_home.finds("resource-x-v1.2.0", environment, built={"resource-x-v1.2.0": program})


def test_no_home_is_no_error(tmp_path: Path) -> None:
    """A machine where Pulumi never ran has none."""
    pulumi_home.create(tmp_path / "own", {"HOME": str(tmp_path / "nobody")})
    assert not list((tmp_path / "own").iterdir())
