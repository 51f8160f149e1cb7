"""A fleet in the sandbox with its remote. act runs its workflows on this machine, without their host."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.adapters.git_repos import bare, cloned, git, land
from tests.workflows.parts import ACTION, COMMIT, REPOSITORY, ROOT, steps

LEDGER = "helium-ledger"
HOSTED = "ubuntu-24.04"
BIN = Path(sys.executable).parent
(CACHE,) = {step["uses"] for step in steps(ACTION) if "uses" in step}
ONE_MACHINE = "state: file://.helium/state"


@dataclass(frozen=True, slots=True)
class ActRunner:
    """A self-hosted runner: the fleet's remote, a person's clone, and what stays between two jobs."""

    folder: Path
    pulumi: str

    @classmethod
    def create(cls, folder: Path, *, pulumi: str) -> ActRunner:
        """With a fleet on main as `helium init` makes it, except that its state outlives a job."""
        machine = cls(folder, pulumi)
        cloned(bare(machine.remote), machine.clone)
        for kept in ("state", "kept"):
            (folder / kept).mkdir()
        machine.run("helium", "init", machine.clone, "--name", "acme", "--pin", f"{REPOSITORY}@{COMMIT}")
        settings = (machine.clone / "helium.yaml").read_text()
        assert ONE_MACHINE in settings
        shared = settings.replace(ONE_MACHINE, f"state: file://{folder / 'state'}")
        machine.push({"helium.yaml": shared.encode()})
        shutil.copytree(ACTION.parent, folder / "helium" / ACTION.parent.relative_to(ROOT))
        shutil.copytree(ROOT / "tools", folder / "helium/tools", ignore=shutil.ignore_patterns("go", "__pycache__"))
        return machine

    @property
    def environ(self) -> dict[str, str]:
        """The runner's own environment: it has Helium and Pulumi, and git has no user."""
        return {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "TERM": "dumb",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HELIUM_BIN": str(BIN),
            "HELIUM_PULUMI": self.pulumi,
        }

    @property
    def remote(self) -> Path:
        """The bare repository in the place of the host's."""
        return self.folder / "remote.git"

    @property
    def clone(self) -> Path:
        """A person's clone."""
        return self.folder / "clone"

    def push(self, files: Mapping[str, bytes]) -> str:
        """A person's commit on the remote's main. Its id."""
        commit = land(self.clone, files, time=datetime.now(UTC))
        git(self.clone, "push", "-q", "origin", "main")
        return commit

    def head(self) -> str:
        """The remote's main."""
        return git(self.remote, "rev-parse", "main").strip()

    def branches(self) -> list[str]:
        """The remote's branches."""
        return git(self.remote, "for-each-ref", "--format=%(refname:short)", "refs/heads/").split()

    def changed(self, since: str) -> list[str]:
        """What the one commit after `since` did to which files. Fails unless it is exactly one."""
        assert [since] == git(self.remote, "rev-list", "--parents", "main", f"^{since}").split()[1:]
        return git(self.remote, "diff", "--name-status", since, "main").splitlines()

    def phases(self) -> dict[str, str]:
        """Each workspace in the remote's ledger, and its phase."""
        paths = git(self.remote, "ls-tree", "-r", "--name-only", LEDGER, "records/").split()
        records = [json.loads(git(self.remote, "show", f"{LEDGER}:{path}")) for path in paths]
        return {record["name"]: record["phase"] for record in records}

    def act(self, event: str, workflow: str, *, runner: str = HOSTED) -> subprocess.CompletedProcess[str]:
        """Let an event start a workflow. All output of its jobs is in `stdout`."""
        return self.run(
            *("act", event, "-C", self.checkout(), "-W", f".github/workflows/{workflow}"),
            *("-P", f"{HOSTED}=-self-hosted", "--var", f"HELIUM_RUNNER={runner}"),
            *("--local-repository", f"{REPOSITORY}@{COMMIT}={self.folder / 'helium'}", "--action-offline-mode"),
            *("--local-repository", f"{CACHE}={ROOT / 'tests/workflows/actions/cache'}"),
            *("--action-cache-path", self.folder / "act", "--no-cache-server", "--use-gitignore=false"),
            *("--secret", "HELIUM_PASSPHRASE=a passphrase for a test"),
        )

    def checkout(self) -> Path:
        """A fresh clone of main. act copies it for each job and drops the copy, so what must stay is a link."""
        folder = Path(tempfile.mkdtemp(prefix="checkout-", dir=self.folder))
        git(self.folder, "clone", "-q", self.remote.as_uri(), str(folder))
        (folder / ".helium").symlink_to(self.folder / "kept")
        (folder / ".git/info/exclude").write_text("/.helium\n")
        return folder

    def run(self, program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of our own programs in the runner's environment."""
        return subprocess.run(
            [BIN / program, *words],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
