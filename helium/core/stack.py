"""A stack: what a listing says of it, before it is opened."""

from __future__ import annotations

from dataclasses import dataclass

MARKER = "marker"


@dataclass(frozen=True, slots=True, order=True)
class StackId:
    """`organization/FLEET.BACKEND/NAME`; the marker is `organization/FLEET.marker/marker`.

    The marker's project is not `FLEET` alone: where one project's name begins another's and the next character sorts
    before `/`, Pulumi lists a `file://` state of more than 1,000 stacks only in part (gocloud's paging).
    """

    project: str
    name: str

    def __str__(self) -> str:
        return f"organization/{self.project}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> StackId:
        """Read what `str` gives; `ValueError` for anything else."""
        parts = text.split("/")
        if len(parts) != 3 or parts[0] != "organization":
            raise ValueError(f"{text!r} is not a stack's id")
        return cls(parts[1], parts[2])

    @property
    def fleet(self) -> str:
        """The fleet that its name says."""
        return self.project.partition(".")[0]

    @property
    def backend(self) -> str:
        """The backend that declares it; `marker` for the marker."""
        return self.project.partition(".")[2]

    @classmethod
    def of(cls, fleet: str, backend: str, *, name: str) -> StackId:
        """The id of a workspace's stack."""
        return cls(f"{fleet}.{backend}", name)

    @classmethod
    def marker(cls, fleet: str) -> StackId:
        """The id of the stack that says whose state this is."""
        return cls(f"{fleet}.{MARKER}", MARKER)


@dataclass(frozen=True, slots=True)
class Stack:
    """One line of the listing. `corrupt`: why its state cannot be read, and what to do; empty as far as was seen."""

    id: StackId
    corrupt: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that the state has: this fleet's stacks, its marker, and stacks of others.

    `note`: what a person should know about how it was listed; said once for each engine.
    """

    stacks: tuple[Stack, ...] = ()
    marker: bool = False
    foreign: tuple[str, ...] = ()
    note: str = ""


def gone_for_ever(name: str) -> str:
    """What helps a workspace that must go, and whose cluster nobody will ever reach again."""
    return f"If that cluster is gone for ever: helium forget {name}"
