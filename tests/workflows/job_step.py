"""A step of a CI job that uses the action `workspace`: its main part and its post part, as a runner starts them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.oidc_issuer import AUDIENCE, OidcIssuer

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "actions/workspace"


@dataclass(slots=True)
class JobStep:
    """One step: where it may write, whose identity it has, and its inputs."""

    folder: Path
    issuer: OidcIssuer | None
    url: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, str]:
        """What it gave out."""
        return self._read("output")

    @property
    def state(self) -> dict[str, str]:
        """What it kept for its post part."""
        return self._read("state")

    def main(self) -> subprocess.CompletedProcess[str]:
        """Its first part."""
        return self.started("main.js").finished()

    def post(self) -> subprocess.CompletedProcess[str]:
        """What the runner starts at the end of the job, with what the first part kept."""
        return self.started("post.js").finished()

    def started(self, part: str) -> StartedStep:
        """A part that has begun."""
        node = shutil.which("node")
        assert node is not None
        given = {"url": self.url, "audience": AUDIENCE, "key": "1", "job-index": "0", **self.inputs}
        environ = {f"INPUT_{name.upper()}": text for name, text in given.items()}
        environ |= {f"STATE_{name}": text for name, text in self.state.items()}
        environ |= {"GITHUB_RUN_ID": "1001", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "tests"}
        environ |= {f"GITHUB_{name.upper()}": str(self.folder / name) for name in ("output", "state")}
        if self.issuer is not None:
            environ["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{self.issuer.address}/token?api-version=2.0"
            environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = self.issuer.request_token
        process = subprocess.Popen(
            [node, ACTION / part],
            env={"PATH": os.environ["PATH"], **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return StartedStep(process)

    def _read(self, name: str) -> dict[str, str]:
        file = self.folder / name
        text = file.read_text() if file.exists() else ""
        return {found[1]: found[3] for found in re.finditer(r"(\S+)<<(\w+)\n(.*?)\n\2\n", text, re.DOTALL)}


@dataclass(frozen=True, slots=True)
class StartedStep:
    """A part of a step that runs."""

    process: subprocess.Popen[str]

    def finished(self) -> subprocess.CompletedProcess[str]:
        """How it ended; all that it said is in `stdout`."""
        said, _ = self.process.communicate(timeout=120)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, said)

    def until(self, words: str) -> str:
        """What it said until these words came."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(said)
