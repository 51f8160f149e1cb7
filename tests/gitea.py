"""A real Gitea for tests: on a free port, in a throw-away folder, with one user, one token, and repositories."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.find import locate
from tools.table import TOOLS

ROOT = Path(__file__).resolve().parent.parent
OWNER = "helium"
_SECONDS = 600.0
_PASSWORD = "correct-horse-9"
_INI = """
APP_NAME = Helium's test
RUN_MODE = prod
WORK_PATH = {folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
OFFLINE_MODE = true
DISABLE_SSH = true
{static}
[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db
SQLITE_JOURNAL_MODE = WAL
[repository]
ROOT = {folder}/repositories
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
PASSWORD_HASH_ALGO = pbkdf2_v1
[service]
DISABLE_REGISTRATION = true
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
LEVEL = Warn
[queue]
TYPE = channel
[cron]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = {actions}
"""


@dataclass(frozen=True, slots=True)
class Gitea:
    """A running host: its address, and a token of its only user, who may do all."""

    address: str
    token: str

    def repository(self, name: str) -> str:
        """A new, empty repository's URL, without credentials."""
        self.call("POST", "/user/repos", {"name": name, "default_branch": "main"})
        return f"{self.address}/{OWNER}/{name}.git"

    def protect(self, name: str) -> None:
        """Nobody may push to main any more."""
        self.call("POST", f"/repos/{OWNER}/{name}/branch_protections", {"rule_name": "main", "enable_push": False})

    def account(self, login: str, *, scopes: Sequence[str] = ("all",)) -> Gitea:
        """The same host as another account sees it, which is made if need be, with a new token."""
        try:
            self.call("GET", f"/users/{login}")
        except urllib.error.HTTPError:
            mail = f"{login}@example.com"
            user = {"username": login, "email": mail, "password": _PASSWORD, "must_change_password": False}
            self.call("POST", "/admin/users", user)
        request = urllib.request.Request(
            f"{self.address}/api/v1/users/{login}/tokens",
            data=json.dumps({"name": secrets.token_hex(8), "scopes": list(scopes)}).encode(),
            headers={
                "Authorization": f"Basic {base64.b64encode(f'{login}:{_PASSWORD}'.encode()).decode()}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            return Gitea(self.address, json.load(answer)["sha1"])

    def with_token(self, url: str) -> str:
        """The URL as a person writes it who puts the token in."""
        return url.replace("://", f"://{OWNER}:{self.token}@")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers, as JSON; a refusal is the test's own failure."""
        request = urllib.request.Request(
            f"{self.address}/api/v1{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            data = answer.read()
        return json.loads(data) if data else None

    def merge(self, repository: str, number: int, **how: str | bool) -> None:
        """A person presses the button, and again while Gitea looks whether it can be merged.

        `repository`: its path at the API. Gitea looks in the background, after each push to either branch.
        """
        until = time.monotonic() + _SECONDS
        while True:
            try:
                self.call("POST", f"{repository}/pulls/{number}/merge", {"Do": "merge", **how})
                return
            except urllib.error.HTTPError as error:
                said = error.read().decode()
                if error.code != 405 or "try again" not in said or time.monotonic() > until:
                    raise AssertionError(said) from error
            time.sleep(0.2)


@contextmanager
def running(folder: Path, *, actions: bool = False) -> Iterator[Gitea]:
    """A Gitea that ends with the block. `actions`: it reads workflows, for which no runner comes."""
    program = _program()
    port = _free_port()
    settings = folder / "app.ini"
    settings.write_text(_INI.format(folder=folder, port=port, static=_static(), actions=str(actions).lower()))
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "USER": "root", "GITEA_WORK_DIR": str(folder)}
    token = _prepared(program, settings, environ)
    with (folder / "web.log").open("wb") as log:
        command = (program, "web", "--config", settings, "--quiet")
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, log=folder / "web.log")
            yield Gitea(address, token)
        finally:
            process.terminate()
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _program() -> Path:
    place = locate(TOOLS["gitea"], os.environ)
    if place is None:
        raise AssertionError("gitea is not here; `python3 -m tools setup gitea` makes it (`make test` does so itself)")
    return place / "gitea"


def _static() -> str:
    """Where templates and options lie, for a Gitea built from its module; a release brings its own."""
    go = shutil.which("go")
    if go is None:
        return ""
    module = ROOT / "tools/go/gitea"
    command = (go, "list", "-m", "-f", "{{.Dir}}", "code.gitea.io/gitea")
    said = subprocess.run(command, cwd=module, capture_output=True, text=True, check=False).stdout.strip()
    return f"STATIC_ROOT_PATH = {said}" if said else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepared(program: Path, settings: Path, environ: Mapping[str, str]) -> str:
    """The database with its user; the user's token."""
    user = ("--username", OWNER, "--password", _PASSWORD, "--email", "helium@example.com", "--admin")
    token = ("--must-change-password=false", "--access-token", "--access-token-scopes", "all")
    for command in (("migrate",), ("admin", "user", "create", *user, *token)):
        done = subprocess.run(
            (program, *command, "--config", settings), env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"gitea {command[0]}: {done.stdout}{done.stderr}"
    told = re.search(r"\b[0-9a-f]{40}\b", done.stdout)
    assert told is not None, done.stdout
    return told.group()


def _wait(address: str, process: subprocess.Popen[bytes], *, log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/api/healthz", timeout=60):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"gitea did not come up: {log.read_text()}")
