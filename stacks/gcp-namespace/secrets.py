"""Secrets among Helm values: a leaf that hides its text until Pulumi seals it.

They come by name from the environment that the pass lists for this program. Refuses a name that is not there: a
workspace with an empty password is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helium.errors import UsageError

CLIENT_ID = "HELIUM_CLIENT_ID"
CLIENT_SECRET = "HELIUM_CLIENT_SECRET"
LICENSE = "HELIUM_PACHYDERM_LICENSE"
OF_USERS = "HELIUM_SECRET_"
"""Before the NAME of a `{fromSecret: NAME}`, so that a spec reaches no secret that was not put there for specs."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no log, error or plan shows."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the environment holds, by the variable's name."""

    environment: Mapping[str, str] = field(repr=False)

    def need(self, *variables: str) -> None:
        """`UsageError` that names every one of them that is not set, or empty."""
        missing = [name for name in variables if not self.environment.get(name)]
        if missing:
            raise UsageError(
                f"not set: {', '.join(missing)}; put each of these secrets into the environment of the pass"
            )

    def text(self, variable: str) -> str:
        """The variable's text; `UsageError` when it is not set, or empty."""
        self.need(variable)
        return self.environment[variable]

    def leaf(self, variable: str) -> Secret:
        """The variable's text as a leaf of values."""
        return Secret(self.text(variable))

    def of_user(self, name: str) -> Secret:
        """The leaf for a `{fromSecret: name}`."""
        return self.leaf(f"{OF_USERS}{name}")
