"""What one create and one destroy ask of a state in a bucket: real Pulumi, an S3 server on loopback that counts.

The stack is small (a bucket and two things in it), so a larger one asks for more: Pulumi writes its checkpoint while it
works. What the listing of all stacks takes is another row, `buckets`.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.create import BACKEND, PASSPHRASE, workspace
from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.core.stack import StackId
from helium.sandbox import start
from tests.s3_server import KEYS, S3Server, s3_server

WRITES = ("PUT", "POST")
"""What Amazon's list of prices has in one line with listings. Deletions are free."""


def run(*, pulumi: Path) -> Mapping[str, float]:
    """Requests by name, and two lines on the terminal."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name, s3_server() as server:
        server.create("state")
        with start(Path(name) / "cloud") as sandbox:
            engine = PulumiEngine(
                EngineSettings(
                    fleet="bench",
                    state=server.url("state"),
                    pulumi=pulumi,
                    work=Path(name) / "work",
                    backends={"cloud": BACKEND},
                    passphrase=PASSPHRASE,
                    environment={**os.environ, **KEYS},
                    providers=sandbox.environment,
                )
            )
            try:
                engine.create_marker("ledger-1")
                engine.up(workspace("warm"))
                created = _asked(server, lambda: engine.up(workspace("one")), kind="create")
                destroyed = _asked(
                    server, lambda: _destroyed(engine, StackId.of("bench", "cloud", name="one")), kind="destroy"
                )
            finally:
                engine.close()
    return {**created, **destroyed}


def _destroyed(engine: PulumiEngine, stack: StackId) -> None:
    """As a pass does it, after its last look."""
    engine.destroy(engine.resolve_pending(stack))
    if not engine.empty(stack):
        raise SystemExit(f"something of {stack} is left")
    engine.remove(stack)


def _asked(server: S3Server, work: Callable[[], object], *, kind: str) -> dict[str, float]:
    """Requests that are written or listed, that are read, and that delete."""
    server.requests.clear()
    work()
    asked = Counter(_price_of(method, path) for method, path, _ in server.requests)
    said = ", ".join(f"{count} {price}" for price, count in sorted(asked.items()))
    print(f"one {kind} asks a bucket for {said}")
    return {f"{kind}.{price}": float(asked[price]) for price in ("written", "read", "deleted")}


def _price_of(method: str, path: str) -> str:
    if method == "DELETE":
        return "deleted"
    return "written" if method in WRITES or "list-type=" in path else "read"
