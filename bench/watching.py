"""One person's pages while 500 others watch the same page of a fleet of 2,000, beside the same pages without them.

Each of the 500 asks as an open page does: with the version that it shows, every five seconds, and takes the whole page
when something has changed. Meanwhile somebody asks for a workspace every few seconds, so something does. The server is
a process of its own, with real git.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.api import record
from bench.serving import TOKEN, BenchServer, cpu, name_of, site

WATCHERS, FLEET, EVERY = 500, 2000, 5.0
LENGTH = 30.0
"""Seconds of each half."""
LIMIT = 5.0
"""How many times as long one person may wait for a page while the others watch."""
ASKED_EVERY = 4.0
_NONCE = re.compile(rb'name="nonce" value="([^"]+)"')
_VERSION = re.compile(rb'data-version="([^"]+)"')


@dataclass(slots=True)
class Watched:
    """What the watchers got: answers that say that nothing changed, whole pages, and those that failed."""

    unchanged: int = 0
    pages: int = 0
    failed: int = 0
    slowest: float = 0.0


def run() -> Mapping[str, float]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as folder:
        made = site(Path(folder), count=FLEET, env={"HELIUM_PLAIN_HTTP": "1"})
        record(made, FLEET)
        with made.running("serve") as server:
            cookie = _signed_in(made)
            began = cpu(server)
            alone = asyncio.run(_half(made, cookie, watchers=0))
            before = cpu(server)
            beside = asyncio.run(_half(made, cookie, watchers=WATCHERS))
            after, megabytes = cpu(server), _memory(server)
    seen = beside[1]
    # Of what they cost, since the server has its own work in both halves.
    each = ((after - before) - (before - began)) * 1000 / max(1, seen.unchanged + seen.pages)
    figures = {"watchers": float(WATCHERS), "cpu": each, "megabytes": megabytes}
    for what in ("fleet", "one"):
        for half, times in (("alone", alone[0]), ("beside", beside[0])):
            figures |= {f"{what}.{half}.p50": statistics.median(times[what]), f"{what}.{half}.max": max(times[what])}
        figures[f"{what}.ratio"] = figures[f"{what}.beside.p50"] / figures[f"{what}.alone.p50"]
    seen = beside[1]
    for what in ("fleet", "one"):
        shown = {
            key: figures[f"{what}.{key}"] for key in ("alone.p50", "alone.max", "beside.p50", "beside.max", "ratio")
        }
        print(f"{what}: " + ", ".join(f"{key} {figure:.1f}" for key, figure in shown.items()) + f" (at most {LIMIT})")
    print(
        f"watchers: {seen.unchanged} unchanged, {seen.pages} pages, {seen.failed} failed, slowest {seen.slowest:.1f} s"
    )
    print(f"server: {each:.2f} ms of CPU for each of their questions, {megabytes:.0f} MB")
    if seen.failed:
        raise SystemExit(f"{seen.failed} questions of those who watch were not answered")
    return figures | {"slowest": seen.slowest}


def _signed_in(made: BenchServer) -> str:
    """The cookie of who signed in with the token."""
    client = http.client.HTTPConnection("127.0.0.1", made.port)
    client.request("GET", "/sign-in")
    answer = client.getresponse()
    nonce = _NONCE.search(answer.read())
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    assert nonce is not None
    body = urlencode({"nonce": nonce[1].decode(), "token": TOKEN, "to": "/"})
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    client.request("POST", "/sign-in", body=body, headers=headers)
    answer = client.getresponse()
    answer.read()
    client.close()
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


async def _half(made: BenchServer, cookie: str, *, watchers: int) -> tuple[dict[str, list[float]], Watched]:
    """Milliseconds of one person's pages, and what the others got."""
    ends, seen = time.perf_counter() + LENGTH, Watched()
    tasks = [
        asyncio.create_task(_watch(made.port, cookie, ends=ends, seen=seen, late=EVERY * n / watchers))
        for n in range(watchers)
    ]
    tasks.append(asyncio.create_task(asyncio.to_thread(_ask_for_some, made, ends)))
    times: dict[str, list[float]] = {"fleet": [], "one": []}
    person = await _Connection.to(made.port, cookie)
    while time.perf_counter() < ends:
        for what, path in (("fleet", "/"), ("one", f"/workspace/{name_of(7)}")):
            began = time.perf_counter()
            status, _ = await person.ask(path)
            times[what].append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise SystemExit(f"{path}: {status}")
        await asyncio.sleep(0.25)
    person.close()
    await asyncio.gather(*tasks)
    return times, seen


def _ask_for_some(made: BenchServer, ends: float) -> None:
    """A workspace every few seconds, so that the page that all watch is another one."""
    client = made.client()
    while time.perf_counter() < ends:
        client.created(f"new-{int(time.perf_counter() * 1000)}")
        time.sleep(ASKED_EVERY)
    client.close()


async def _watch(port: int, cookie: str, *, ends: float, seen: Watched, late: float) -> None:
    """One open page."""
    await asyncio.sleep(late)
    version = "first"
    while time.perf_counter() < ends:
        began = time.perf_counter()
        # The server hangs up after five silent seconds, so each question has a connection of its own.
        connection = await _Connection.to(port, cookie)
        status, body = await connection.ask("/", version=version)
        connection.close()
        seen.slowest = max(seen.slowest, time.perf_counter() - began)
        if status == 200 and (found := _VERSION.search(body)):
            seen.pages, version = seen.pages + 1, found[1].decode()
        elif status == 204:
            seen.unchanged += 1
        else:
            seen.failed += 1
        await asyncio.sleep(EVERY)


@dataclass(slots=True)
class _Connection:
    """As much of HTTP as the answers need."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str

    @classmethod
    async def to(cls, port: int, cookie: str) -> _Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return cls(reader, writer, f"Host: localhost\r\nCookie: {cookie}\r\nAccept: text/html\r\n")

    async def ask(self, path: str, *, version: str = "") -> tuple[int, bytes]:
        """The status and the body of an answer."""
        asks = f"Helium-Version: {version}\r\n" if version else ""
        self.writer.write(f"GET {path} HTTP/1.1\r\n{self.head}{asks}\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        return int(head.split()[1]), await self.reader.readexactly(int(length[1])) if length else b""

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


def _memory(pid: int) -> float:
    """Megabytes that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
