"""The servers where a person signed in: what any keeper of them does, and what the file looks like to others."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.logins.file import NAME, LoginsFile
from helium.adapters.logins.keyring_logins import KeyringLogins
from helium.core.server_login import ServerLogin
from helium.errors import UsageError
from helium.ports.server_logins import ServerLogins

ONE, TWO = "https://one.example.com", "https://two.example.com"


def signed_in(server: str, token: str = "a-token") -> ServerLogin:
    """Ada, there."""
    return ServerLogin(server=server, owner="ada@example.com", scope="write", token=token)


@pytest.fixture(params=["file", "keyring"])
def logins(request: pytest.FixtureRequest, tmp_path: Path) -> ServerLogins:
    """Empty, in a folder that is not there yet; and the same with a real keyring that needs no desktop."""
    if request.param == "file":
        return LoginsFile(tmp_path / "config" / "helium")
    own = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring", "XDG_DATA_HOME": str(tmp_path / "data")}
    return KeyringLogins(tmp_path / "config" / "helium", environ=own)


def whole(logins: ServerLogins) -> tuple[ServerLogin, ...]:
    """All, each as it was kept, wherever that is."""
    listed = (logins.of(each.server) for each in logins.all())
    return tuple(replace(each, in_keyring=False, no_keyring="", renews=False) for each in listed if each)


def test_nobody_is_signed_in_at_first(logins: ServerLogins) -> None:
    """And that is no error."""
    assert () == logins.all()
    assert "" == logins.current()
    assert not logins.drop(ONE)


def test_the_last_sign_in_is_the_current_one(logins: ServerLogins) -> None:
    """Unless it is kept beside; a second sign-in to a server takes the place of the first."""
    logins.keep(signed_in(ONE))
    logins.keep(signed_in(TWO, "old"))
    logins.keep(signed_in(TWO, "new"))

    assert (signed_in(ONE), signed_in(TWO, "new")) == whole(logins)
    assert TWO == logins.current()
    logins.keep(signed_in(ONE, "later"), current=False)
    assert TWO == logins.current()


def test_another_one_becomes_current(logins: ServerLogins) -> None:
    """One that is not there does not."""
    logins.keep(signed_in(ONE))
    logins.keep(signed_in(TWO))
    logins.use(ONE)
    assert ONE == logins.current()
    logins.use("https://three.example.com")
    assert ONE == logins.current()


def test_the_only_one_left_is_current(logins: ServerLogins) -> None:
    """Of two that are left, the current one stays, and none is guessed."""
    for server in (ONE, TWO, "https://three.example.com"):
        logins.keep(signed_in(server))
    logins.use(TWO)

    assert logins.drop(ONE)
    assert TWO == logins.current()
    logins.keep(signed_in(ONE), current=False)
    assert logins.drop(TWO)
    assert "" == logins.current()
    assert logins.drop(ONE)
    assert "https://three.example.com" == logins.current()


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    """Nor look into a folder that Helium made for it."""
    folder = tmp_path / "helium"
    LoginsFile(folder).keep(signed_in(ONE))

    assert 0o600 == stat.S_IMODE((folder / NAME).stat().st_mode)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert "a-token" not in repr(LoginsFile(folder).all())


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each takes its turn."""
    servers = [f"https://{number:02}.example.com" for number in range(20)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda server: LoginsFile(tmp_path).keep(signed_in(server)), servers))

    assert servers == [each.server for each in LoginsFile(tmp_path).all()]
    assert [NAME, "servers.lock"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"servers": {"a": 1}}', b"\xff"])
def test_a_file_of_another_form_is_not_written_over(tmp_path: Path, text: bytes) -> None:
    """It may hold what somebody needs; the sentence says what to do."""
    (tmp_path / NAME).write_bytes(text)

    with pytest.raises(UsageError, match="remove it and sign in again"):
        LoginsFile(tmp_path).keep(signed_in(ONE))
    assert text == (tmp_path / NAME).read_bytes()
