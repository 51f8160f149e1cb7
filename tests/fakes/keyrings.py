"""Keyrings that fail, as real ones do: `PYTHON_KEYRING_BACKEND` names one of them."""

from __future__ import annotations

import time

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class LockedKeyring(KeyringBackend):
    """Nobody unlocks it."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        """As that of a desktop where the person cancels the question."""
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        """The same."""
        raise KeyringLocked("Failed to unlock the collection!")


class BrokenKeyring(LockedKeyring):
    """With an error that is none of the library's."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """As where the bus of the desktop is gone. Its words have the secret."""
        raise ConnectionRefusedError(password)


class ForgetfulKeyring(LockedKeyring):
    """It takes everything and keeps nothing."""

    def get_password(self, service: str, username: str) -> str | None:
        """Nothing."""
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Nothing either."""


class HangingKeyring(ForgetfulKeyring):
    """It waits for somebody who is not there."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """For long."""
        time.sleep(3600)

    def get_password(self, service: str, username: str) -> str | None:
        """For as long."""
        time.sleep(3600)
        return None
