"""Part 6 on the real engine: what echoes a secret, and everything that was printed or stored afterwards."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

from tests.deleting.ground import KEPT, SECRET, Ground, summary


def forms() -> set[bytes]:
    """The secret in clear, in base64, JSON-escaped."""
    data = SECRET.encode()
    return {data, base64.b64encode(data).rstrip(b"="), json.dumps(SECRET)[1:-1].encode(), b"s3cret"}


def told(folder: Path) -> bytes:
    """Every object of every branch, and every file under `.helium` but Pulumi's encrypted state."""
    command = ("git", "cat-file", "--batch-all-objects", "--batch", "--unordered")
    objects = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    state = folder / ".helium" / "state"
    files = [path for path in (folder / ".helium").rglob("*") if path.is_file() and state not in path.parents]
    return objects + b"".join(path.read_bytes() for path in files)


def test_no_secret_is_printed_or_stored(ground: Ground) -> None:
    """A provider that echoes its inputs, a program that prints its environment: no form of the secret is anywhere."""
    ground.faults("echo secret create bucket named acme-d")
    ground.land({"d.yaml": f"{KEPT}description: secret\n", "e.yaml": f"{KEPT}description: tell\n"})
    ground.helium("reconcile", code=5)
    result = ground.go("d", "e")
    printed = "".join([*ground.told.lines, repr(result), repr(ground.shown)])
    printed += "".join(ground.helium(*command) for command in (("list",), ("why", "d"), ("why", "e"), ("audit",)))
    record = ground.record("d")

    assert sorted(each[:2] for each in summary(result)) == [("create", "d"), ("create", "e")]
    assert record is not None
    assert "[secret]" in record.error
    for form in forms():
        assert form not in printed.encode()
        assert form not in told(ground.folder)


def test_no_secret_is_in_clear_in_the_state(ground: Ground) -> None:
    """What a program makes of a secret is encrypted in Pulumi's state, and sealed in the sandbox."""
    ground.land({"d.yaml": f"{KEPT}description: secret\n"})
    assert summary(ground.go()) == [("create", "d", "new-file", True)]
    state = b"".join(path.read_bytes() for path in (ground.folder / ".helium").rglob("*") if path.is_file())

    assert not [form for form in forms() if form in state]
