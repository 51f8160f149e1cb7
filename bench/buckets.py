"""A state in a bucket of 10,000 stacks, listed as a pass lists it, from an S3 server on loopback that counts requests.

Each stack has a backup beside it, as real fleets have. Only names are read, so what is in the objects does not matter.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from helium.adapters.engine.bucket_listing import scanned
from helium.adapters.engine.settings import EngineSettings
from tests.s3_server import KEYS, s3_server

AT_MOST = 40
"""Requests, for 10,000 stacks."""


def run(count: int) -> Mapping[str, float]:
    """The figures by name, and one line on the terminal."""
    with s3_server() as server, tempfile.TemporaryDirectory(prefix="helium-bench-") as work:
        server.create("state")
        stacks = ".pulumi/stacks/bench.plain"
        text = b'{"version": 3, "checkpoint": {}}'.ljust(4096)
        files = {f"{stacks}/copy-{n}.json{ending}": text for n in range(count) for ending in ("", ".bak")}
        server.put("state", {**files, ".pulumi/meta.yaml": b"version: 1\n"})
        environ = {"PATH": "/usr/bin:/bin", **KEYS}
        settings = EngineSettings(
            fleet="bench",
            state=server.url("state"),
            pulumi=Path("pulumi"),
            work=Path(work),
            environment=environ,
            timeout=timedelta(minutes=5),
        )
        server.requests.clear()
        begin = time.perf_counter()
        found = scanned(settings)
        seconds = time.perf_counter() - begin
        if len(found) != count:
            raise SystemExit(f"{len(found)} stacks were listed, and there are {count}")
    requests = len(server.requests)
    print(f"{count} stacks in a bucket: {requests} requests, {seconds:.1f} s (promise: at most {AT_MOST} for 10,000)")
    return {f"{count}.requests": requests, f"{count}.seconds": seconds}


if __name__ == "__main__":
    run(10_000)
