"""Backends to check: the skeleton that Helium writes, one with only a bucket, and what is wrong with each bad one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helium.cli import backend

BUCKET = '''"""A bucket, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from helium.core.workspace import Workspace


def _theirs(workspace: Workspace) -> str | None:
    """What a program that adopts would look for: here, only where the suite has put somebody's bucket."""
    return f"{workspace.fleet}-{workspace.name}" if "taken" in workspace.name else None


def declare(workspace: Workspace) -> Mapping[str, pulumi.Input[str]]:
    """One bucket, with the words that a spec gives it."""
    cloud = gcp.Provider("gcp", project="check-project")
    password = pulumi.Output.secret(os.environ["HELIUM_SECRET_BUCKET"])
    bucket = gcp.storage.Bucket(
        "data",
        name=f"{workspace.fleet}-{workspace.name}",
        location="EU",
        force_destroy=True,
        website={"main_page_suffix": password},
        labels={**workspace.spec.labels, "owner": workspace.owner.lower().replace("@", "_at_").replace(".", "_")},
        opts=pulumi.ResourceOptions(provider=cloud, protect=True),
    )
    return {"bucket": bucket.name}
'''
BUCKET_FORM = {"outputs": ["bucket"], "secrets": ["HELIUM_SECRET_BUCKET"]}


def skeleton() -> dict[str, str]:
    """The files of `helium backend new web`."""
    return backend.skeleton("web")


def bucket() -> dict[str, str]:
    """The files of a backend that has only Google's half."""
    return {"resources.py": BUCKET, "backend.json": json.dumps(BUCKET_FORM)}


COST = """def estimate(workspace):
    pods = workspace.spec.fields.get("pods", 5)
    return {"vCPU": pods, "memoryGiB": "0.5"}
"""


def priced() -> dict[str, str]:
    """The skeleton, which says what it takes."""
    return {**skeleton(), "cost.py": COST}


@dataclass(frozen=True, slots=True)
class BadBackend:
    """A good backend in which one text was replaced, the row that finds it, and words of its sentence."""

    name: str
    good: str
    old: str
    new: str
    row: str
    said: str
    path: str = "resources.py"

    @property
    def files(self) -> Mapping[str, str]:
        """Its files."""
        files = {"skeleton": skeleton, "bucket": bucket, "priced": priced}[self.good]()
        assert self.old in files[self.path], self.name
        return {**files, self.path: files[self.path].replace(self.old, self.new, 1)}


BAD = (
    BadBackend(
        "auto-named",
        "bucket",
        '        name=f"{workspace.fleet}-{workspace.name}",\n',
        "",
        "fixed-names",
        "drew the name",
    ),
    BadBackend("unprotected", "bucket", ", protect=True", "", "protect", "is not protected"),
    BadBackend(
        "unlabelled",
        "skeleton",
        '**workspace.spec.labels, "workspace": workspace.name, "owner": _plain(workspace.owner)',
        "**workspace.spec.labels",
        "labels",
        "says who owns it",
    ),
    BadBackend("silent", "bucket", '{"bucket": bucket.name}', "{}", "outputs", "does not return bucket"),
    BadBackend(
        "too-long",
        "bucket",
        'name=f"{workspace.fleet}-{workspace.name}"',
        'name=f"{workspace.fleet}-{workspace.name}-artifacts"',
        "longest-name",
        "names in backend.json",
    ),
    BadBackend(
        "restless",
        "skeleton",
        'str(fields.get("message", "Hello"))',
        'str(fields.get("message", "Hello")) + __import__("os").urandom(4).hex()',
        "no-op",
        "whenever the program runs",
    ),
    BadBackend(
        "by-the-day",
        "skeleton",
        "    return workspace.deadline",
        '    __import__("datetime").datetime.now(UTC)\n    return workspace.deadline',
        "no-op",
        "reads the clock",
    ),
    BadBackend(
        "crashing",
        "skeleton",
        "    fields = workspace.spec.fields\n",
        '    fields = workspace.spec.fields["nothing"]\n',
        "create",
        "resources.py:22 raises KeyError: 'nothing'",
    ),
    BadBackend(
        "retaining",
        "skeleton",
        "provider=cluster, protect=True",
        "provider=cluster, protect=True, retain_on_delete=True",
        "destroy",
        "still there",
    ),
    BadBackend(
        "deaf",
        "bucket",
        "provider=cloud, protect=True",
        'provider=cloud, protect=True, ignore_changes=["labels"]',
        "update",
        "changes none",
    ),
    BadBackend(
        "adopting",
        "bucket",
        "provider=cloud, protect=True",
        "provider=cloud, protect=True, import_=_theirs(workspace)",
        "strangers",
        "somebody else",
    ),
    BadBackend(
        "taking-over",
        "skeleton",
        "enable_server_side_apply=False",
        "enable_server_side_apply=True",
        "strangers",
        "enable_server_side_apply=False",
    ),
    BadBackend(
        "talking",
        "bucket",
        '{"bucket": bucket.name}',
        '{"bucket": bucket.name, "password": os.environ["HELIUM_SECRET_BUCKET"]}',
        "secrets",
        "plain text in the state",
    ),
    BadBackend("plain", "bucket", "pulumi.Output.secret(os.environ", "(os.environ", "secrets", "plain text in"),
    BadBackend(
        "costs-raise", "priced", "pods, ", "{10: 1, 5: 1}[pods], ", "cost", "KeyError: 20, for a spec", path="cost.py"
    ),
    BadBackend("costs-below-zero", "priced", "pods, ", "5 - pods, ", "cost", "said no amounts: ", path="cost.py"),
    BadBackend("untyped", "skeleton", '"type": "integer",\n', "", "schema", "takes anything", path="spec.schema.json"),
    BadBackend(
        "open",
        "skeleton",
        '"outputs"',
        '"templates": ["labels"], "outputs"',
        "templates",
        "opens all of labels",
        path="backend.json",
    ),
    BadBackend(
        "values-lost",
        "skeleton",
        '"properties": {',
        '"properties": {"values": {"type": "object", "description": "Values for nobody."}, ',
        "values",
        "reach none",
        path="spec.schema.json",
    ),
    BadBackend("misspelt", "skeleton", '"placement"', '"placment"', "folder", "placment", path="backend.json"),
)


def written(files: Mapping[str, str], fleet: Path, *, name: str) -> None:
    """Put a backend into a fleet's working tree."""
    folder = fleet / "stacks" / name
    folder.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).write_text(text)
