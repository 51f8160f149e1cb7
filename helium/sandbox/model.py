"""What a pretend cloud holds: a `Resource`, and the `Identity` by which the cloud tells it from all others.

Plain data and its JSON form. Which identity a resource has is decided in `resource_types`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Properties: TypeAlias = dict[str, Any]
"""Property values as Pulumi's protocol has them: JSON, with its signature objects for secrets."""


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Where a resource is and what it is called: no two resources of one cloud share it.

    `where` is a cluster, a project or `global`; `within` a namespace or a bucket, empty for what is in none.
    """

    package: str
    where: str
    within: str
    kind: str
    name: str

    def __str__(self) -> str:
        path = f"{self.within}/{self.name}" if self.within else self.name
        return f"{self.kind} {path} in {self.where}"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that exists in the pretend cloud; secrets in it are sealed (see `secrets`).

    `token` is Pulumi's type, as `gcp:storage/bucket:Bucket`; `id` is what the real provider would call it.
    """

    identity: Identity
    token: str
    id: str
    inputs: Properties
    outputs: Properties

    def form(self) -> Properties:
        """The JSON form of the file that keeps it."""
        one = self.identity
        return {
            "package": one.package,
            "where": one.where,
            "within": one.within,
            "kind": one.kind,
            "name": one.name,
            "token": self.token,
            "id": self.id,
            "inputs": self.inputs,
            "outputs": self.outputs,
        }

    @classmethod
    def read(cls, form: Properties) -> Resource:
        """From its JSON form; KeyError when that lacks a part."""
        identity = Identity(form["package"], form["where"], form["within"], form["kind"], form["name"])
        return cls(identity, form["token"], form["id"], form["inputs"], form["outputs"])
