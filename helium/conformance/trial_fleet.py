"""The fleet that a backend is tried in: a folder of its own, with its own git, state, ledger, home and secrets.

It is worked on by the commands that everybody uses, each in a process of its own. None of the person's credentials
reaches them.
"""

from __future__ import annotations

import json
import os
import secrets as random_secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helium.adapters.engine import state_files
from helium.adapters.engine.export import State, parse
from helium.adapters.engine.settings import CERTIFICATES, PROXIES
from helium.adapters.git_repo.git_cli import Git
from helium.core.digest import Json
from helium.core.stack import StackId

OWNER = "checker@example.com"
_PASSED_ON = (
    *("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV"),
    *(*PROXIES, *CERTIFICATES),
)
_CHARTS = "HELIUM_CHARTS_"
"""What the names of charts' credentials begin with: a chart has to be fetched here as well."""
_PERSON = {"user.name": "Helium's conformance suite", "user.email": OWNER, "commit.gpgsign": "false"}
_ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    # No metadata server of the machine that this runs on hands out its rights.
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_GCE_CHECK": "true",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed for programs; nothing where it failed before."""
        try:
            return json.loads(self.out)
        except ValueError:
            return {}


@dataclass(slots=True)
class TrialFleet:
    """The fleet `name` in `folder`. `texts`: all that its commands have said."""

    folder: Path
    name: str
    environ: Mapping[str, str] = field(repr=False)
    texts: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """Where it is."""
        return self.folder / "fleet"

    @property
    def own(self) -> Path:
        """What its passes keep beside it: state, sandbox, what is going on."""
        return self.home / ".helium"

    def begin(self, files: Mapping[str, bytes]) -> None:
        """A repository with these files on main."""
        self.home.mkdir(parents=True)
        (self.folder / "home").mkdir()
        self._git.run("init", "--quiet", "--initial-branch=main")
        for key, text in _PERSON.items():
            self._git.run("config", key, text)
        self.land({".gitignore": b".helium/\n", **files}, "Begin")

    def land(self, files: Mapping[str, bytes | None], message: str) -> None:
        """A person commits these files on main; `None` removes one, or a folder."""
        written = {path: data for path, data in files.items() if data is not None}
        for path, data in written.items():
            place = self.home / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        if removed := files.keys() - written.keys():
            self._git.run("rm", "-r", "--quiet", "--", *removed)
        if written:
            self._git.run("add", "--force", "--", *written)
        self._git.run("commit", "--quiet", "--allow-empty", "--message", message)

    def helium(self, *args: str) -> Said:
        """Run a command to its end. When this process is interrupted, so is the command."""
        return self.ended(self.start(*args))

    def ended(self, process: subprocess.Popen[str]) -> Said:
        """Wait for the end of a command."""
        try:
            out, err = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.communicate()
            raise
        self.texts += [out, err]
        return Said(process.returncode, out, err)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a command. A Ctrl-C in the terminal does not reach it by itself."""
        return subprocess.Popen(
            [sys.executable, "-m", "helium", "-C", str(self.home), *args],
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def shown(self, name: str) -> Mapping[str, Any]:
        """What `helium show` says of a workspace; empty where nobody knows it."""
        found = self.helium("show", name, "--json").document
        return found if isinstance(found, dict) else {}

    def state(self, name: str, *, backend: str) -> State:
        """What the state holds of a workspace, from Pulumi's own file; secrets in it are encrypted."""
        stack = StackId.of(self.name, backend, name=name)
        for path in state_files.of_stack(self.own / "state", stack):
            checkpoint = json.loads(path.read_text()).get("checkpoint") or {}
            return State(stack, {"deployment": checkpoint.get("latest")})
        return State(stack)

    def revealed(self, name: str, *, backend: str) -> State:
        """The same with its secrets in plain text, from Pulumi. They are the trial's own, and nobody's."""
        stack = StackId.of(self.name, backend, name=name)
        environ = {
            **self.environ,
            "PULUMI_BACKEND_URL": f"file://{self.own / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": self.environ["HELIUM_PASSPHRASE"],
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        command = [self.environ["HELIUM_PULUMI"], "stack", "export", "--show-secrets", "--stack", str(stack)]
        done = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)
        return parse(stack, done.stdout) if done.returncode == 0 else State(stack)

    @property
    def _git(self) -> Git:
        return Git(self.home, self.environ)


def environment(
    folder: Path, given: Mapping[str, str], *, pulumi: Path, cache: Path, secrets: Mapping[str, str]
) -> dict[str, str]:
    """What the commands in this folder get of a person's environment, and the secrets that are none."""
    passed = {name: text for name, text in given.items() if name in _PASSED_ON or name.startswith(_CHARTS)}
    home = Path(given.get("HOME", os.sep))
    own = {
        "HOME": str(folder / "home"),
        # Plugins only: Helium gives Pulumi a home of its own, with links to these.
        "PULUMI_HOME": given.get("PULUMI_HOME") or str(home / ".pulumi"),
        "HELIUM_PULUMI": str(pulumi),
        "HELIUM_CACHE": str(cache),
        "HELIUM_PASSPHRASE": random_secrets.token_hex(16),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), given.get("PYTHONPATH", "")))),
    }
    return {**passed, **_ALONE, **own, **secrets}


def spec(fields: Mapping[str, Json]) -> bytes:
    """A workspace's file. JSON is YAML, and needs no quotes to be thought about."""
    return json.dumps(dict(fields), indent=1).encode() + b"\n"
