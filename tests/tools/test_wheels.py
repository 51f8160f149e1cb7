"""What a CI job installs: wheels that the lock names, wherever they lay."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.tools.programs import program
from tools import wheels
from tools.progress import SetupError

ONE = "one-1.0-py3-none-any.whl"


def wheel(folder: Path, name: str = ONE, **files: str) -> str:
    """A wheel with these modules, and the line of a lock that names it."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in (files or {"one": "ONE = 1\n"}).items():
            archive.writestr(f"{path.replace('__', '/')}.py", text)
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return f"{name.partition('-')[0]}==1.0 \\\n    --hash=sha256:{digest}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where packages go."""
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def test_what_was_kept_is_unpacked(tmp_path: Path, site: Path) -> None:
    """Nothing is asked of the registry."""
    wanted = wheel(tmp_path / "kept")

    wheels.provide(wanted, tmp_path / "kept", site=site, environ={})

    assert "ONE = 1\n" == (site / "one.py").read_text()


def test_what_a_wheel_spreads_is_put_in_its_place(tmp_path: Path, site: Path) -> None:
    """Modules among a wheel's data are modules; scripts are left out, since no job calls them."""
    files = {"one-1.0.data__purelib__two": "TWO = 2\n", "one-1.0.data__scripts__tool": "bad = 1\n"}
    wanted = wheel(tmp_path / "kept", **files)

    wheels.unpack(wanted, tmp_path / "kept", site=site)

    assert ["two.py"] == [path.name for path in site.iterdir()]


@pytest.mark.parametrize("planted", [ONE, "evil-1.0-py3-none-any.whl", "one.pth"])
def test_what_the_lock_does_not_name_is_refused(tmp_path: Path, site: Path, planted: str) -> None:
    """A changed wheel, another package, a file of any other kind: none of it is unpacked."""
    kept = tmp_path / "kept"
    wanted = wheel(tmp_path / "true")
    wheel(kept, planted, one="ONE = 'evil'\n")

    with pytest.raises(SetupError, match=rf"{planted} is not what the lock names"):
        wheels.unpack(wanted, kept, site=site)

    assert [] == [*site.iterdir()]


def test_a_poisoned_cache_is_fetched_again(tmp_path: Path, site: Path) -> None:
    """What was kept is removed, and the registry is asked once; here, it has the true wheel."""
    kept, true = tmp_path / "kept", tmp_path / "true"
    wanted = wheel(true)
    wheel(kept, one="ONE = 'evil'\n")

    wheels.provide(wanted, kept, site=site, environ={}, pip=registry(tmp_path, true))

    assert "ONE = 1\n" == (site / "one.py").read_text()
    assert (true / ONE).read_bytes() == (kept / ONE).read_bytes()


def test_a_registry_that_lies_ends_the_job(tmp_path: Path, site: Path) -> None:
    """What comes from it is held to the lock as well, beside pip's own check."""
    wanted = wheel(tmp_path / "true")
    wheel(tmp_path / "false", one="ONE = 'evil'\n")
    pip = registry(tmp_path, tmp_path / "false")

    with pytest.raises(SetupError, match="is not what the lock names"):
        wheels.provide(wanted, tmp_path / "kept", site=site, environ={}, pip=pip)

    assert [] == [*site.iterdir()]


def test_a_fetch_that_fails_keeps_nothing(tmp_path: Path) -> None:
    """The folder of kept wheels appears complete or not at all."""
    pip = program(tmp_path / "bin", "python", "#!/bin/sh\necho no such index\nexit 1\n")

    with pytest.raises(SetupError, match="no such index"):
        wheels.fetch("one==1.0\n", tmp_path / "all/kept", environ={}, pip=str(pip))

    assert ["wheels.log"] == [path.name for path in (tmp_path / "all").iterdir()]


def registry(tmp_path: Path, folder: Path) -> str:
    """A pip that downloads what lies in a folder."""
    text = f'#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\nmkdir "$2" && cp {folder}/* "$2"\n'
    return str(program(tmp_path / "bin", "python", text))
