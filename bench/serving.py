"""`helium serve` as a process on a clone of a bare remote by path, and clients for it, for the rows about the API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helium.adapters.charts import small

TOKEN = "a-token-of-the-bench"
CONFIG = "[user]\n\tname = Bench\n\temail = bench@example.com\n"
FLEET = "fleet: bench\nstate: gs://bench-state\nbackends:\n  gcp-namespace: {}\n"


@dataclass(frozen=True, slots=True)
class BenchServer:
    """A remote, the clone that Helium works in, and the environment of its processes."""

    remote: Path
    clone: Path
    env: Mapping[str, str] = field(repr=False)
    port: int

    def git(self, *args: str, data: bytes = b"") -> str:
        """What git says in the remote."""
        command = ("git", "-C", str(self.remote), *args)
        return subprocess.run(command, env=self.env, input=data, capture_output=True, check=True).stdout.decode()

    @contextmanager
    def running(self, *command: str) -> Iterator[int]:
        """`helium` in a process of its own, from its first word to SIGTERM; its pid."""
        process = subprocess.Popen(
            [sys.executable, "-m", "helium", *command],
            cwd=self.clone,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise SystemExit(f"helium {' '.join(command)} does not start")
            yield process.pid
        finally:
            process.terminate()
            process.wait()

    def client(self) -> BenchClient:
        """A connection that is kept."""
        return BenchClient(self.port)


class BenchClient:
    """One connection, and as little of HTTP as the answers need, so that the time is the server's."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, method: str, path: str, *, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body of an answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nX-Pach: {TOKEN}\r\nContent-Length: {len(body)}\r\n"
        self._socket.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        status, length = int(self._file.readline().split()[1]), 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, self._file.read(length)

    def created(self, name: str) -> float:
        """Seconds until a create was acknowledged."""
        began = time.perf_counter()
        status, answer = self.ask("POST", "/v1/api/workspace", body=json.dumps({"name": name}).encode())
        if status != 202:
            raise SystemExit(f"create {name}: {status} {answer.decode()}")
        return time.perf_counter() - began

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def site(folder: Path, *, count: int, settings: str = FLEET, env: Mapping[str, str] | None = None) -> BenchServer:
    """A fleet of so many specs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config").write_text(CONFIG)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    known = {**os.environ, "GIT_CONFIG_GLOBAL": str(folder / "config"), "GIT_CONFIG_NOSYSTEM": "1"}
    env = {**known, "HELIUM_TOKEN": TOKEN, "HELIUM_PORT": str(port), **(env or {})}
    made = BenchServer(folder / "remote.git", folder / "clone", env, port)
    made.remote.mkdir()
    made.git("init", "-q", "--bare", "-b", "main")
    made.git("fast-import", "--quiet", data=b"\n".join([*_commit(count, settings), b""]))
    subprocess.run(["git", "clone", "-q", str(made.remote), str(made.clone)], env=env, check=True)
    return made


def _commit(count: int, settings: str) -> Iterator[bytes]:
    files = {"helium.yaml": small.pinned(settings), ".gitignore": ".helium/\n"}
    files |= {path: data.decode() for path, data in small.files().items()}
    expiry = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    files |= {f"workspaces/{name_of(n)}.yaml": f"expiry: {expiry}\nowner: bench@example.com\n" for n in range(count)}
    yield b"commit refs/heads/main\ncommitter Bench <bench@example.com> %d +0000\ndata 1\nx" % int(time.time())
    for path, text in files.items():
        data = text.encode()
        yield b"M 100644 inline %b\ndata %d\n%b" % (path.encode(), len(data), data)


def name_of(number: int) -> str:
    """A workspace's name."""
    return f"old-{number:05}"
