"""The API: reads in a large fleet, and acknowledged creates beside a loop of `git commit && git push`.

The server is a process of its own, with real git; the clients are here, and do as little as they can.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

import pygit2

from bench.creates import by_loop
from bench.serving import BenchClient, BenchServer, cpu, name_of, site
from helium.adapters.git_repo import open_clone
from helium.adapters.ledger import GitLedger
from helium.adapters.specs import YamlSpecs
from helium.core.fleet_record import FleetRecord, LastPass
from helium.core.record import Phase, Record
from helium.ports.ledger import Writes

CLIENTS = 100


def reads(count: int, *, turns: int = 2000) -> Mapping[str, float]:
    """Milliseconds that 99 of 100 reads take at most, one after the other; a table on the terminal."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        made = site(Path(name), count=count)
        record(made, count)
        with made.running("serve") as server:
            client = made.client()
            paths = {
                "one": [f"/v1/api/workspace/{name_of(n * 7919 % count)}" for n in range(turns)],
                "list": ["/v1/api/workspaces"] * (turns // 10),
            }
            times = {what: timed(client, each) for what, each in paths.items()}
            before = cpu(server)
            timed(client, paths["one"])
            used = (cpu(server) - before) * 1000 / turns
            client.close()
    figures = {f"api.{what}.p50": statistics.median(each) for what, each in times.items()}
    figures |= {f"api.{what}.p99": statistics.quantiles(each, n=100)[98] for what, each in times.items()}
    figures["api.one.cpu"] = used
    print(
        f"reads with {count} workspaces: p50 {figures['api.one.p50']:.1f} ms for one, p99 {figures['api.one.p99']:.1f}"
    )
    print(
        f"  the list: p50 {figures['api.list.p50']:.1f} ms, p99 {figures['api.list.p99']:.1f} (promises: 5 and 50 ms)"
    )
    print(f"  CPU of the server: {used:.2f} ms for one")
    return figures


def timed(client: BenchClient, paths: list[str]) -> list[float]:
    """Milliseconds of each read; the first few, which fill caches, are left out."""
    found = []
    for path in [*paths[:10], *paths]:
        began = time.perf_counter()
        status, _ = client.ask("GET", path)
        found.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise SystemExit(f"GET {path}: {status}")
    return found[10:]


def creates(count: int, *, fleet: int, loop: int) -> Mapping[str, float]:
    """Acknowledged creates a second, by a hundred clients at one API, and by a loop without it."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        folder = Path(name)
        plain = by_loop(site(folder / "plain", count=fleet).remote, folder / "loop", count=loop)
        made = site(folder / "api", count=fleet)
        with made.running("serve"):
            rate, worst = by_clients(made, count)
        listed = made.git("ls-tree", "--name-only", "main", "workspaces/").split()
    if len(listed) != fleet + count:
        raise SystemExit(f"{len(listed)} workspaces are on the remote, and {fleet + count} should be")
    figures = {"api.loop.rate": plain, "api.creates.rate": rate, "api.creates.ratio": rate / plain}
    print(f"creates over HTTP: {rate:.0f} a second by {CLIENTS} clients (slowest {worst:.1f} s), {plain:.0f} by a loop")
    print(f"  ratio {figures['api.creates.ratio']:.1f} (promise: at least 12)")
    return figures


def by_clients(made: BenchServer, count: int) -> tuple[float, float]:
    """Creates a second, and the seconds of the slowest."""
    free: SimpleQueue[BenchClient] = SimpleQueue()
    for _ in range(CLIENTS):
        free.put(made.client())

    def create(number: int) -> float:
        client = free.get()
        try:
            return client.created(f"new-{number:05}")
        finally:
            free.put(client)

    made.client().ask("GET", "/v1/api/workspaces")
    with ThreadPoolExecutor(CLIENTS) as pool:
        began = time.perf_counter()
        took = list(pool.map(create, range(count)))
        seconds = time.perf_counter() - began
    while not free.empty():
        free.get().close()
    return count / seconds, max(took)


def record(made: BenchServer, count: int) -> None:
    """A ledger that knows every workspace as ready."""
    clone = open_clone(made.clone, environ=made.env)
    fleet = YamlSpecs({}).fleet((made.clone / "helium.yaml").read_bytes())
    ledger, now = GitLedger(clone, fleet), datetime.now(UTC).replace(microsecond=0)
    folder = clone.repository.revparse_single("HEAD:workspaces").peel(pygit2.Tree)
    blobs = {str(each.name).removesuffix(".yaml"): str(each.id) for each in folder}
    records: dict[str, Record | None] = {
        name: _ready(name, blobs[name], now=now) for name in map(name_of, range(count))
    }
    last = LastPass(now, str(clone.repository.head.target), 1.0)
    fleet_record = FleetRecord(fleet="bench", marker="made", last_pass=last)
    ledger.write(Writes(records, fleet_record, message="Know all"), on=ledger.read())


def _ready(name: str, blob: str, *, now: datetime) -> Record:
    return Record(
        name=name,
        stack=f"organization/bench.gcp-namespace/{name}",
        backend="gcp-namespace",
        phase=Phase.READY,
        spec_blob=blob,
        seen_blob=blob,
        added_at=now,
        created_at=now,
        updated_at=now,
        deadline=now + timedelta(days=60),
        owner="bench@example.com",
        placement={"cluster": "c", "zone": "us-east1-b", "project": "p", "domain": "ws.example.com"},
        outputs={"pachdIp": "192.0.2.1", "bucket": f"{name}-bench"},
    )


if __name__ == "__main__":
    if "creates" in sys.argv:
        creates(1000, fleet=1000, loop=40)
    else:
        reads(10_000)
