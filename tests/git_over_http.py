"""A GitHub on loopback: git over http for one repository, and what it tells an app. One token opens it at a time."""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.http_here import answering

REPOSITORY = "acme/fleet"


@dataclass(slots=True)
class AppGitHub:
    """`token`: the only one that opens the repository. `given`: all that the app got. `valid`: seconds of the next one.

    `refused`: how often somebody came without it.
    """

    root: Path
    address: str = ""
    token: str = "nobody has it"
    given: list[str] = field(default_factory=list)
    valid: float = 3600.0
    refused: int = 0

    @property
    def url(self) -> str:
        """Of the repository."""
        return f"{self.address}/{REPOSITORY}.git"

    def give(self) -> dict[str, str]:
        """Another token, which alone is good from now on."""
        self.token = f"ghs_{len(self.given) + 1}"
        self.given.append(self.token)
        ends = datetime.now(UTC) + timedelta(seconds=self.valid)
        return {"token": self.token, "expires_at": f"{ends:%Y-%m-%dT%H:%M:%S.%fZ}"}


@contextmanager
def app_github(folder: Path) -> Iterator[AppGitHub]:
    """It, with an empty repository below this folder."""
    told = AppGitHub(folder)
    bare = folder / f"{REPOSITORY}.git"
    bare.parent.mkdir(parents=True)
    subprocess.run(("git", "init", "-q", "--bare", "-b", "main", str(bare)), check=True)
    with answering(GitHandler, told=told) as told.address:
        yield told


class GitHandler(BaseHTTPRequestHandler):
    """Git's own CGI program behind a token, and two paths of GitHub's API."""

    told: AppGitHub

    def do_GET(self) -> None:
        """What is there, or which installation the app has."""
        if self.path == f"/api/v3/repos/{REPOSITORY}/installation":
            self._json({"id": 42})
        elif self.path.startswith("/api/"):
            self._json([])
        else:
            self._git(b"")

    def do_POST(self) -> None:
        """A fetch, a push, or a token for the app."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/api/v3/app/installations/42/access_tokens":
            self._json(self.told.give(), 201)
        elif self.path.startswith("/api/"):
            self._json({}, 201)
        else:
            self._git(body)

    def _json(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _git(self, body: bytes) -> None:
        said = b64encode(f"x-access-token:{self.told.token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {said}":
            self.told.refused += 1
            self.send_response_only(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.told.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "helium",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(("git", "http-backend"), input=body, env=environ, capture_output=True, check=True)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response_only(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to say."""
