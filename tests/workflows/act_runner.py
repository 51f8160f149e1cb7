"""A fleet in a sandbox, in a repository at a real Gitea. act runs its workflows on this machine.

Pushes, pull requests and merges are real ones. An event is what the host says of it, as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from helium.cli.fleet_files import PLACES
from tests.adapters.git_repos import git, land, new_repo
from tests.gitea import OWNER, Gitea
from tests.workflows.parts import ACTION, COMMIT, OWN, REPOSITORY, ROOT, steps

LEDGER = "helium-ledger"
ANN = "ann@example.com"
HOSTED = "ubuntu-24.04"
BIN = Path(sys.executable).parent
STAND_INS = {
    used: ROOT / "tests/workflows/actions" / used.partition("@")[0].rpartition("/")[2]
    for path in (ACTION, OWN / "release.yml")
    for used in (step.get("uses", "") for step in steps(path))
    if used.startswith(("actions/cache@", "actions/upload-artifact@"))
}
"""What cannot be fetched here, and the folder of what is in its place."""
ONE_MACHINE = "state: file://.helium/state"
PASSPHRASE = "HELIUM_PASSPHRASE=a passphrase for a test"


@dataclass(frozen=True, slots=True)
class ActRunner:
    """A self-hosted runner: the fleet's repository, a person's clone, and what stays between two jobs."""

    folder: Path
    pulumi: str
    gitea: Gitea
    host: str = "github"
    installed: bool = True
    """Whether the machine has Helium; else the action installs it."""
    actor: str = OWNER
    """Who starts what is started by hand."""
    name: str = field(default_factory=lambda: f"fleet-{uuid4().hex[:8]}")

    @classmethod
    def create(cls, folder: Path, *, pulumi: str, gitea: Gitea, host: str = "github") -> ActRunner:
        """With a fleet on main as `helium init --host` makes it, except that its state outlives a job."""
        machine = cls(folder, pulumi, gitea, host)
        gitea.repository(machine.name)
        gitea.call("PATCH", machine.api, {"private": True})
        git(new_repo(machine.clone), "remote", "add", "origin", gitea.with_token(machine.url))
        for kept in ("state", "kept"):
            (folder / kept).mkdir()
        made = machine.init(machine.clone, "--name", "acme", "--host", host)
        assert made.returncode == 0, made.stdout
        settings = (machine.clone / "helium.yaml").read_text()
        assert ONE_MACHINE in settings
        shared = settings.replace(ONE_MACHINE, f"state: file://{folder / 'state'}")
        shared += f"\nadmins: [{ANN}]\npeople: {{{OWNER}: {ANN}}}\n"
        machine.push({"helium.yaml": shared.encode()})
        copied_helium(folder / "helium")
        return machine

    @classmethod
    def of_helium(cls, folder: Path, *, pulumi: str, gitea: Gitea) -> ActRunner:
        """With Helium's own repository, as this tree has it, and nothing of Helium's on the machine."""
        machine = cls(folder, pulumi, gitea, installed=False)
        gitea.repository(machine.name)
        gitea.call("PATCH", machine.api, {"private": True})
        git(new_repo(machine.clone), "remote", "add", "origin", gitea.with_token(machine.url))
        (folder / "kept").mkdir()
        files = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        for path in filter(None, files):
            (machine.clone / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, machine.clone / path, follow_symlinks=False)
        machine.push({})
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
    def api(self) -> str:
        """The repository in the host's API."""
        return f"/repos/{OWNER}/{self.name}"

    @property
    def clone(self) -> Path:
        """A person's clone."""
        return self.folder / "clone"

    @property
    def url(self) -> str:
        """The repository's address, without a token."""
        return f"{self.gitea.address}/{OWNER}/{self.name}.git"

    def init(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """`helium init`, for the Helium that is here."""
        return self.run("helium", "init", folder, "--pin", f"{REPOSITORY}@{COMMIT}", *words)

    def push(self, files: Mapping[str, bytes | None], *, branch: str = "main") -> str:
        """A person's commit on a branch of the host's repository, off main as it is now. Its id."""
        if self.branches():
            git(self.clone, "fetch", "--quiet", "origin")
            git(self.clone, "checkout", "--quiet", "-B", branch, "origin/main")
        commit = land(self.clone, files, time=datetime.now(UTC))
        git(self.clone, "push", "--quiet", "--force", "origin", f"HEAD:{branch}")
        return commit

    def open(self, files: Mapping[str, bytes | None], *, title: str = "Change workspaces") -> dict[str, Any]:
        """A pull request with one commit, as the host describes it."""
        branch = f"change-{uuid4().hex[:8]}"
        self.push(files, branch=branch)
        asked = {"head": branch, "base": "main", "title": title}
        opened: dict[str, Any] = self.gitea.call("POST", f"{self.api}/pulls", asked)
        return opened

    def merge(self, number: int) -> None:
        """A person merges it."""
        self.gitea.merge(self.api, number)

    def comments(self, number: int) -> list[str]:
        """What stands under a pull request."""
        return [each["body"] for each in self.gitea.call("GET", f"{self.api}/issues/{number}/comments")]

    def head(self) -> str:
        """The host's main."""
        return str(self.gitea.call("GET", f"{self.api}/branches/main")["commit"]["id"])

    def branches(self) -> list[str]:
        """The host's branches."""
        return sorted(each["name"] for each in self.gitea.call("GET", f"{self.api}/branches") or ())

    def changed(self, since: str) -> list[str]:
        """What the one commit after `since` did to which files. Fails unless it is exactly one."""
        git(self.clone, "fetch", "--quiet", "origin")
        assert [since] == git(self.clone, "rev-list", "--parents", "origin/main", f"^{since}").split()[1:]
        return git(self.clone, "diff", "--name-status", since, "origin/main").splitlines()

    def phases(self) -> dict[str, str]:
        """Each workspace in the host's ledger, and its phase."""
        git(self.clone, "fetch", "--quiet", "origin")
        paths = git(self.clone, "ls-tree", "-r", "--name-only", f"origin/{LEDGER}", "records/").split()
        records = [json.loads(git(self.clone, "show", f"origin/{LEDGER}:{path}")) for path in paths]
        return {record["name"]: record["phase"] for record in records}

    def act(
        self,
        event: str,
        workflow: str,
        *,
        payload: Mapping[str, Any] | None = None,
        runner: str = HOSTED,
        at: Path | None = None,
        job: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Let an event start a workflow. All output of its jobs is in `stdout`.

        `at`: the clone to work in, instead of one of main; `job`: only this one.
        """
        repository = self.gitea.call("GET", self.api)
        told = {"repository": repository, "sender": repository["owner"], **(payload or {"ref": "refs/heads/main"})}
        (self.folder / "event.json").write_text(json.dumps(told))
        said = {"GITHUB_SERVER_URL": self.gitea.address, "GITHUB_REPOSITORY": repository["full_name"]}
        said |= {"GITHUB_API_URL": f"{self.gitea.address}/api/v1", "GITEA_ACTIONS": "true"}
        said |= {} if self.installed else {"HELIUM_BIN": ""}
        return self.run(
            *("act", event, "-C", at or self.checkout(), "-W", f"{PLACES[self.host]}/{workflow}"),
            *("--actor", self.actor, "-e", self.folder / "event.json"),
            *("-P", f"{HOSTED}=-self-hosted", "--var", f"HELIUM_RUNNER={runner}"),
            *("--local-repository", f"{REPOSITORY}@{COMMIT}={self.folder / 'helium'}", "--action-offline-mode"),
            *(word for used, place in STAND_INS.items() for word in ("--local-repository", f"{used}={place}")),
            *("--action-cache-path", self.folder / "act", "--no-cache-server", "--use-gitignore=false"),
            *("--secret", PASSPHRASE, "--secret", f"GITHUB_TOKEN={self.gitea.token}"),
            *("--secret", f"FLEET_TOKEN={self.gitea.token}"),
            *(word for name, value in said.items() for word in ("--env", f"{name}={value}")),
            *(("--job", job) if job else ()),
        )

    def checkout(self, ref: str = "main") -> Path:
        """A fresh clone at a ref, as a runner makes it. act copies it for each job, so what must stay is a link."""
        folder = Path(tempfile.mkdtemp(prefix="checkout-", dir=self.folder))
        git(self.folder, "clone", "--quiet", self.gitea.with_token(self.url), str(folder))
        git(folder, "fetch", "--quiet", "origin", ref)
        git(folder, "checkout", "--quiet", *([ref] if ref == "main" else ["--detach", "FETCH_HEAD"]))
        git(folder, "remote", "set-url", "origin", self.url)
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


def copied_helium(folder: Path) -> None:
    """What the action's own commit holds, for a runner that installs from there."""
    ignored = shutil.ignore_patterns("go", "__pycache__", "cluster")
    for part in ("actions", "tools", "helium", "stacks", "schema", "charts"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored if part == "tools" else None)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ACTION.parent, folder / ACTION.parent.relative_to(ROOT))
