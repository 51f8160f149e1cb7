"""What a keyring has and the file has not; and what becomes of a sign-in where the keyring fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.logins.file import NAME, LoginsFile
from helium.adapters.logins.keyring_logins import KeyringLogins
from helium.app.fleet_place import PlaceChoice
from helium.app.login import leave
from helium.app.name_completion import names_at_server
from helium.core.server_login import ServerLogin
from helium.errors import UsageError
from helium.settings import Settings

SERVER = "https://one.example.com"
LOGIN = ServerLogin(server=SERVER, owner="ada@example.com", scope="write", token="t0ken-of-ada", refresh="r3fresh")
ROOT = Path(__file__).parents[3]
PLAIN = "keyrings.alt.file.PlaintextKeyring"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the file is; a keyring that needs no desktop is beside it."""
    return tmp_path / "helium"


def environ(folder: Path, keyring: str = PLAIN) -> dict[str, str]:
    """Of somebody with that keyring."""
    home = {"XDG_CONFIG_HOME": str(folder.parent), "HOME": str(folder), "XDG_DATA_HOME": str(folder.parent / "data")}
    return {**home, "PYTHON_KEYRING_BACKEND": keyring, "PYTHONPATH": str(ROOT)}


def kept(folder: Path, keyring: str = PLAIN, *, seconds: float = 60) -> KeyringLogins:
    """Their servers."""
    return KeyringLogins(folder, environ=environ(folder, keyring), seconds=seconds)


def test_what_opens_anything_is_in_the_keyring_alone(folder: Path) -> None:
    """The file says only where it is; a sign-out takes it away from both."""
    logins = kept(folder)
    logins.keep(LOGIN)
    text = (folder / NAME).read_text()

    assert ("t0ken" in text, "r3fresh" in text, True) == (False, False, LoginsFile(folder).all()[0].in_keyring)
    assert replace(LOGIN, in_keyring=True, renews=True) == logins.of(SERVER)
    assert logins.drop(SERVER)
    logins.keep(LOGIN)
    own = Settings.from_env(environ(folder))
    assert ("r3fresh", "") == ((left := leave(own))[0].refresh, left[1])
    with pytest.raises(UsageError, match="not signed in"):
        leave(own)


@pytest.mark.parametrize(
    ("keyring", "why"),
    [
        ("tests.fakes.keyrings.LockedKeyring", "it is locked"),
        ("tests.fakes.keyrings.BrokenKeyring", "it failed with ConnectionRefusedError"),
        ("tests.fakes.keyrings.ForgetfulKeyring", "it has nothing of this server that Helium wrote"),
        ("tests.fakes.keyrings.NoSuchKeyring", "it failed with AttributeError"),
        ("keyring.backends.fail.Keyring", "there is none that works"),
        ("keyring.backends.null.Keyring", ""),
    ],
)
def test_a_keyring_that_fails_leaves_it_in_the_file(folder: Path, keyring: str, why: str) -> None:
    """With the reason, and without the secret in it. One that somebody turned off is no reason to say anything."""
    logins = kept(folder, keyring)
    logins.keep(LOGIN)

    assert replace(LOGIN, no_keyring=why) == logins.of(SERVER)
    assert 0o600 == (folder / NAME).stat().st_mode & 0o777


def test_a_keyring_that_hangs_is_waited_for_once(folder: Path) -> None:
    """And ended."""
    logins, began = kept(folder, "tests.fakes.keyrings.HangingKeyring", seconds=5), time.monotonic()
    logins.keep(LOGIN)

    assert replace(LOGIN, no_keyring="it did not answer in 5 seconds") == logins.of(SERVER)
    assert time.monotonic() - began < 60


def test_a_key_press_waits_for_nobody_who_unlocks_a_keyring(folder: Path) -> None:
    """A command does; names complete without."""
    kept(folder).keep(LOGIN)
    began = time.monotonic()

    hanging = environ(folder, "tests.fakes.keyrings.HangingKeyring")
    assert () == names_at_server({**hanging, "HELIUM_SERVER": SERVER}, PlaceChoice(start=folder))
    assert 1 < time.monotonic() - began < 20


def test_what_does_not_come_from_a_keyring_is_an_error_that_helps(folder: Path) -> None:
    """A list asks no keyring; a sign-out works all the same, and says what it could not do."""
    kept(folder).keep(LOGIN)
    logins = kept(folder, "tests.fakes.keyrings.LockedKeyring")

    with pytest.raises(UsageError, match=f"it is locked.*Unlock the keyring, or sign in again: helium login {SERVER}"):
        logins.of(SERVER)
    assert [SERVER] == [each.server for each in logins.all()]
    own = Settings.from_env(environ(folder, "tests.fakes.keyrings.LockedKeyring"))
    assert SERVER == leave(own)[0].server
    assert () == logins.all()


def test_without_the_extra_nobody_asks_for_a_keyring(folder: Path) -> None:
    """Nothing of it is imported, and nothing is said; what another Helium put there is an error that helps."""
    kept(folder).keep(LOGIN)
    script = (
        "import sys; sys.modules['keyring'] = None; from pathlib import Path\n"
        "from importlib import util; found = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'keyring' else found(name)\n"
        "from helium.adapters.logins import keyring_logins as it; from helium.core.server_login import ServerLogin\n"
        "logins = it.KeyringLogins(Path(sys.argv[1]))\n"
        f"try: logins.of('{SERVER}')\n"
        "except Exception as error: print(error)\n"
        f"logins.keep(ServerLogin(server='{SERVER}', owner='a', scope='read', token='new'))\n"
        f"print(logins.of('{SERVER}').token, logins.of('{SERVER}').no_keyring or 'quiet')\n"
        "print([each for each in sys.modules if each.startswith('keyring')])"
    )
    done = subprocess.run(
        (sys.executable, "-c", script, str(folder)), env=dict(os.environ), capture_output=True, text=True, check=True
    )

    said, new, modules = done.stdout.splitlines()
    assert "extra `keyring` is not installed" in said
    assert ("new quiet", "['keyring']") == (new, modules)
