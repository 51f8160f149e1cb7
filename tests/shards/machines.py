"""A fleet at a git host whose passes are shared by several machines: each one a clone, and processes of its own.

Nothing is pretended but the cloud, which is a wait: commands as people call them, the real Pulumi, a state that all
machines reach, and a ledger that they push to the host.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.adapters.git_repos import git, named

BACKEND = Path(__file__).parent / "counted"
LEDGER = "helium-ledger"
HELIUM = (sys.executable, "-c", "from helium.cli import main; main()")
SECONDS = 900


@dataclass(frozen=True, slots=True)
class Machines:
    """A fleet in a folder: `url` is its repository at the host, with a token. `environ`: of its commands."""

    folder: Path
    url: str
    pulumi: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def create(
        cls, folder: Path, *, url: str, pulumi: Path, parallel: int, environ: Mapping[str, str] | None = None
    ) -> Machines:
        """With a fleet on main that has no workspace yet."""
        fleet = cls(folder, url, pulumi, environ or {})
        (folder / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
        fleet.run("init", "--name", "acme", str(fleet.person), cwd=folder)
        named(fleet.person)
        git(fleet.person, "branch", "--quiet", "--move", "--force", "main")
        git(fleet.person, "remote", "add", "origin", url)
        settings = f"""
            fleet: acme
            state: file://{folder / "state"}
            defaults: {{backend: counted, lifetime: 3d, maxLifetime: 90d}}
            limits: {{parallel: {parallel}, timeout: 20m}}
        """
        (folder / "state").mkdir()
        files = {f"stacks/counted/{each.name}": each.read_text() for each in BACKEND.iterdir() if each.is_file()}
        fleet.push({**files, "helium.yaml": settings})
        return fleet

    @property
    def person(self) -> Path:
        """The clone of whoever writes the files."""
        return self.folder / "person"

    @property
    def starts(self) -> Counter[str]:
        """How often each name's create was begun, by whomever."""
        return Counter(self._starts.read_text().split()) if self._starts.exists() else Counter()

    @property
    def _starts(self) -> Path:
        return self.folder / "starts"

    def ask_for(self, names: Iterable[str], *, seconds: float) -> None:
        """A commit with these workspaces, whose creates wait so long."""
        text = f"owner: ada@example.com\ndescription: {seconds} {self._starts}\n"
        self.push({f"workspaces/{name}.yaml": text for name in names})

    def push(self, files: Mapping[str, str]) -> None:
        """A person's commit."""
        for path, text in files.items():
            file = self.person / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        git(self.person, "add", "--all")
        git(self.person, "commit", "--quiet", "--message", "Ask for workspaces")
        git(self.person, "push", "--quiet", "origin", "main")

    def split(self, *, most: int) -> tuple[str, list[str]]:
        """Plan, on a machine of its own: the commit that shards go on from, and the shards."""
        told = json.loads(self.run("reconcile", "--split", "--most-shards", str(most), "--json"))
        return told["split"], told["shards"]

    def shard(self, commit: str, which: str) -> subprocess.Popen[str]:
        """Begin one shard, on a machine of its own."""
        return self._begin("reconcile", "--plan", commit, "--shard", which, cwd=self._clone())

    def close(self, commit: str, *, code: int = 0) -> str:
        """End the pass, on a machine of its own; what it said."""
        return self.run("reconcile", "--plan", commit, "--close", code=code)

    def run(self, *words: str, cwd: Path | None = None, code: int = 0) -> str:
        """A command of Helium's, on a machine of its own unless it is told where; it must end with this code."""
        process = self._begin(*words, cwd=cwd or self._clone())
        said, why = process.communicate(timeout=SECONDS)
        assert code == process.returncode, said + why
        return said if "--json" in words else said + why

    def records(self) -> dict[str, str]:
        """Each workspace's phase, as the host's ledger has it. A name that has two records fails here."""
        found = [json.loads(text) for text in self._files("records")]
        phases = {one["name"]: one["phase"] for one in found}
        assert len(found) == len(phases)
        return phases

    def fleet_record(self) -> Mapping[str, Any]:
        """The fleet's record at the host."""
        (text,) = self._files("fleet.json")
        found: Mapping[str, Any] = json.loads(text)
        return found

    def log(self) -> Counter[tuple[str, str]]:
        """How often the log tells each code of each name."""
        lines = [json.loads(line) for text in self._files("log") for line in text.splitlines()]
        return Counter((line["name"], line["code"]) for line in lines)

    def subjects(self) -> Counter[str]:
        """How often each message is in the ledger's history."""
        git(self.person, "fetch", "--quiet", "origin")
        return Counter(git(self.person, "log", "--format=%s", f"origin/{LEDGER}").splitlines())

    def stacks(self) -> list[str]:
        """The stacks in the state, but for the marker's."""
        return sorted(each.stem for each in (self.folder / "state/.pulumi/stacks").glob("*.counted/*.json"))

    def plans(self) -> list[str]:
        """The plans that lie in the ledger."""
        return self._files("plans")

    def _files(self, path: str) -> list[str]:
        """What is in that file of the ledger at the host, or in each file of that folder."""
        git(self.person, "fetch", "--quiet", "origin")
        found = git(self.person, "ls-tree", "-r", "--name-only", f"origin/{LEDGER}", path).split()
        return [git(self.person, "show", f"origin/{LEDGER}:{each}") for each in found]

    def _clone(self) -> Path:
        """A machine: a fresh clone, with all that Helium keeps beside it."""
        folder = Path(mkdtemp(prefix="machine-", dir=self.folder))
        git(self.folder, "clone", "--quiet", self.url, str(folder))
        return folder

    def _begin(self, *words: str, cwd: Path) -> subprocess.Popen[str]:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "HELIUM_PULUMI": str(self.pulumi),
            "HELIUM_PASSPHRASE": "a passphrase for a test",
            **self.environ,
        }
        return subprocess.Popen(
            [*HELIUM, *words], cwd=cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
