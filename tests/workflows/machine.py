"""A fleet in the sandbox with its remote, and act, which runs its workflows on this machine without their host."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.adapters.yard import bare, cloned, git, land
from tests.workflows.parts import ACTION, COMMIT, REPOSITORY, ROOT, TEMPLATES, filled

LEDGER = "helium-ledger"
BIN = Path(sys.executable).parent
SETTINGS = """\
fleet: acme
sandbox: [gcp, kubernetes]
state: file://{state}
clusters:
  ci-cluster: {{gke: true}}
backends:
  gcp-namespace:
    project: acme-cloud
    zone: us-east1-b
    cluster: ci-cluster
    domain: ws.example.com
    auth0Domain: https://tenant.example.com/
    charts:
      pachyderm: {{repo: "https://charts.example.com/pach", version: 2.3.9}}
      jupyterhub: {{repo: "https://charts.example.com/hub"}}
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A runner of one's own: the fleet's remote, a person's clone, and what stays between two jobs."""

    folder: Path
    pulumi: str

    @classmethod
    def made(cls, folder: Path, *, pulumi: str) -> Machine:
        """With a fleet on main that has no workspace yet."""
        machine = cls(folder, pulumi)
        bare(machine.remote)
        cloned(machine.remote, machine.clone)
        (folder / "state").mkdir()
        # act copies the clone for each job and throws the copy away; a real runner keeps its folder.
        (folder / "kept").mkdir()
        (machine.clone / ".helium").symlink_to(folder / "kept")
        machine.push(
            {
                ".gitignore": b"/.helium\n",
                "helium.yaml": SETTINGS.format(state=folder / "state").encode(),
                **{
                    f".github/workflows/{template.name}": filled(template.read_text()).encode()
                    for template in TEMPLATES.glob("*.yml")
                },
            }
        )
        shutil.copytree(ACTION.parent, folder / "helium" / ACTION.parent.relative_to(ROOT))
        shutil.copytree(ROOT / "tools", folder / "helium/tools", ignore=shutil.ignore_patterns("go", "__pycache__"))
        return machine

    @property
    def remote(self) -> Path:
        """The bare repository that stands for the host's."""
        return self.folder / "remote.git"

    @property
    def clone(self) -> Path:
        """A person's clone."""
        return self.folder / "clone"

    def push(self, files: Mapping[str, bytes]) -> str:
        """A person's commit, on the remote's main; its id."""
        commit = land(self.clone, files, time=datetime.now(UTC))
        git(self.clone, "push", "-q", "origin", "main")
        return commit

    def head(self) -> str:
        """The remote's main."""
        return git(self.remote, "rev-parse", "main").strip()

    def changed(self, since: str) -> list[str]:
        """What the one commit after `since` did to which files; an error when there is not exactly one."""
        assert [since] == git(self.remote, "rev-list", "--parents", "main", f"^{since}").split()[1:]
        return git(self.remote, "diff", "--name-status", since, "main").splitlines()

    def phases(self) -> dict[str, str]:
        """Each workspace in the ledger as the remote has it, and how it stands."""
        paths = git(self.remote, "ls-tree", "-r", "--name-only", LEDGER, "records/").split()
        records = [json.loads(git(self.remote, "show", f"{LEDGER}:{path}")) for path in paths]
        return {record["name"]: record["phase"] for record in records}

    def act(self, event: str, workflow: str) -> subprocess.CompletedProcess[str]:
        """Let an event start a workflow; everything that its jobs print is in `stdout`."""
        git(self.clone, "pull", "-q", "--ff-only", "origin", "main")
        command: list[str | Path] = [
            *(BIN / "act", event, "-C", self.clone, "-W", f".github/workflows/{workflow}"),
            *("-P", "ubuntu-24.04=-self-hosted", "--var", "HELIUM_RUNNER=ubuntu-24.04"),
            *("--local-repository", f"{REPOSITORY}@{COMMIT}={self.folder / 'helium'}", "--action-offline-mode"),
            *("--action-cache-path", self.folder / "act", "--no-cache-server", "--use-gitignore=false"),
            *("--secret", "HELIUM_PASSPHRASE=a passphrase for a test"),
        ]
        environ = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "TERM": "dumb",
            "HELIUM_BIN": str(BIN),
            "HELIUM_PULUMI": self.pulumi,
        }
        return subprocess.run(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False
        )
