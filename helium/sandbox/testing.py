"""What a person, or a test, does to the pretend cloud behind everybody's back, and what they see there.

It works on the folder, whether a sandbox runs on it or not.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from helium.sandbox import fault_rules
from helium.sandbox.cloud import Cloud
from helium.sandbox.model import Identity, Resource
from helium.sandbox.outputs import children
from helium.sandbox.resource_types import Setting
from helium.sandbox.store import FAULTS, Store


def resources(folder: Path) -> tuple[Resource, ...]:
    """Everything that exists, also what releases made, sorted, with secrets sealed; no folder: nothing."""
    if not folder.exists():
        return ()
    kept = Store.open(folder).all()
    created = (child for each in kept for child in children(each))
    return tuple(sorted((*kept, *created), key=lambda each: each.identity))


def put_object(folder: Path, bucket: str, *, key: str) -> None:
    """Put an object into a bucket, as a workspace would; CloudError if no bucket, or the object is there."""
    token = "gcp:storage/bucketObject:BucketObject"
    Cloud(Store.open(folder)).create(token, {"bucket": bucket, "name": key, "content": ""}, setting=Setting("gcp"))


def remove(folder: Path, one: Identity) -> None:
    """Delete something by hand, so that the stack has drifted; CloudError for a full bucket."""
    Cloud(Store.open(folder)).delete(one)


def change(folder: Path, resource: Resource, **inputs: Any) -> None:
    """Change some inputs of something by hand, so that the stack has drifted."""
    Cloud(Store.open(folder)).update(resource.identity, {**resource.inputs, **inputs}, token=resource.token)


def set_faults(folder: Path, *lines: str) -> None:
    """Ask for these faults and no others, counted from now; FaultLine for one that cannot be understood."""
    fault_rules.read(lines)
    store = Store.open(folder)
    shutil.rmtree(store.folder / "counts", ignore_errors=True)
    (store.folder / FAULTS).write_text("".join(f"{line}\n" for line in lines))
