"""The same servers, with what they take from a person in the keyring of the system; the rest is in the file.

Without the extra `keyring` nobody asks for one. A keyring that hangs, is locked, or does not give back what it took
leaves the secrets in the file, which only this person may read. Refuses to guess: a secret that is in the keyring and
does not come from there is an error that says what to do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import msgspec

from helium.adapters.logins.file import LoginsFile
from helium.core.server_login import ServerLogin
from helium.errors import UsageError

_WORKER = str(Path(__file__).with_name("keyring_worker.py"))
PERSON = 30.0
"""So long a person may take to unlock it."""


class NoKeyringError(Exception):
    """It is not there, or did not do it; its text says why, and is empty where nobody wants one."""


@dataclass(frozen=True, slots=True)
class LoginSecrets:
    """What the keyring has of a server."""

    token: str = field(repr=False)
    refresh: str = field(default="", repr=False)


class KeyringLogins:
    """The port `ServerLogins`."""

    def __init__(self, folder: Path, *, environ: Mapping[str, str] | None = None, seconds: float = PERSON) -> None:
        self._file, self._seconds, self._environ = LoginsFile(folder), seconds, environ or {}

    def all(self) -> tuple[ServerLogin, ...]:
        """As the file has them."""
        return self._file.all()

    def of(self, server: str) -> ServerLogin | None:
        """With its secrets, wherever they are."""
        found = self._file.of(server)
        if found is None or not found.in_keyring:
            return found
        try:
            secrets = self._asked("get", server)
        except NoKeyringError as error:
            raise UsageError(
                f"What {server} takes from you is in the keyring of this machine, and does not come from there "
                f"({error}). Unlock the keyring, or sign in again: helium login {server}"
            ) from None
        return replace(found, token=secrets.token, refresh=secrets.refresh)

    def current(self) -> str:
        """As the file says."""
        return self._file.current()

    def keep(self, login: ServerLogin, *, current: bool = True) -> None:
        """The secrets go into the keyring, and are read back; else into the file, with the reason."""
        secrets = LoginSecrets(login.token, login.refresh)
        try:
            if self._asked("keep", login.server, secrets=secrets) != secrets:
                raise NoKeyringError("it does not give back what it took")
        except NoKeyringError as error:
            self._file.keep(replace(login, in_keyring=False, no_keyring=str(error)), current=current)
            return
        told = replace(login, token="", refresh="", in_keyring=True, no_keyring="", renews=bool(login.refresh))
        self._file.keep(told, current=current)

    def use(self, server: str) -> None:
        """As the file does."""
        self._file.use(server)

    def turn(self, server: str) -> AbstractContextManager[None]:
        """As the file does."""
        return self._file.turn(server)

    def drop(self, server: str) -> bool:
        """From both. What a keyring does not let go is of no use to Helium any more."""
        found = self._file.of(server)
        if found is not None and found.in_keyring:
            with suppress(NoKeyringError):
                self._asked("drop", server)
        return self._file.drop(server)

    def _asked(self, do: str, server: str, *, secrets: LoginSecrets | None = None) -> LoginSecrets:
        """What it has afterwards. The secret is on standard input, where nobody else can read it."""
        if find_spec("keyring") is None:
            raise NoKeyringError("Helium's extra `keyring` is not installed" if do == "get" else "")
        text = msgspec.json.encode(secrets).decode() if secrets else ""
        asked = json.dumps({"do": do, "server": server, "secret": text})
        command = (sys.executable, "-P", _WORKER)
        try:
            done = subprocess.run(
                command,
                input=asked,
                # A keyring is found by the desktop's own variables.
                env={**os.environ, **self._environ},
                capture_output=True,
                text=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NoKeyringError(f"it did not answer in {self._seconds:.0f} seconds") from None
        return _secrets(done.stdout, done.stderr, empty=do == "drop")


def _secrets(out: str, err: str, *, empty: bool) -> LoginSecrets:
    try:
        said = json.loads(out)
    except ValueError:
        last = err.strip().rpartition("\n")[2].partition(":")[0]
        raise NoKeyringError(f"it failed with {last[:100] or 'no word'}") from None
    if "trouble" in said:
        raise NoKeyringError(said["trouble"])
    if empty:
        return LoginSecrets("")
    try:
        return msgspec.json.decode(said["secret"], type=LoginSecrets)
    except msgspec.MsgspecError:
        raise NoKeyringError("it has nothing of this server that Helium wrote") from None
