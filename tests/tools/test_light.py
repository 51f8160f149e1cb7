"""A real job's machine: what is installed for it, what that can do, and how it says what it cannot."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.git_repos import ENVIRON, git, new_repo
from tools import locked, runner, wheels
from tools.make import ROOT

pytestmark = pytest.mark.slow
MEGABYTES = 60
FETCHING = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "REQUESTS_"))}


@dataclass(frozen=True, slots=True)
class Light:
    """A folder with `helium` in it, and a fleet."""

    bin: Path
    fleet: Path

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """What a command of it says and ends with. Nothing of the developers' packages is on its way."""
        env = {"PATH": f"{self.bin}:{os.defpath}", "HOME": str(self.bin), "TERM": "dumb", **ENVIRON}
        command: list[str | Path] = [self.bin / "helium", *words]
        return subprocess.run(command, cwd=cwd or self.fleet, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Light:
    """A job that checks, from nothing, with a new fleet."""
    folder = tmp_path_factory.mktemp("light")
    (folder / "temp").mkdir()
    files = {name: str(folder / name) for name in ("GITHUB_PATH", "GITHUB_ENV")}
    env = {**FETCHING, **files, "PATH": os.defpath, "HOME": str(folder), "RUNNER_TEMP": str(folder / "temp")}
    runner.ready(ROOT, "check", environ=env)
    made = Light(Path((folder / "GITHUB_PATH").read_text().strip()), new_repo(folder / "acme"))
    assert 0 == made.run("init", str(made.fleet), cwd=folder).returncode
    later = datetime.now(UTC) + timedelta(days=2)
    (made.fleet / "workspaces/one.yaml").write_text(f"owner: ann@example.com\nexpiry: {later:%Y-%m-%d}\n")
    git(made.fleet, "add", ".")
    git(made.fleet, "commit", "--quiet", "--message", "Ask for one")
    git(made.fleet, "checkout", "--quiet", "-b", "change")
    (made.fleet / "workspaces/two.yaml").write_text(f"owner: ann@example.com\nexpiry: {later:%Y-%m-%d}\n")
    git(made.fleet, "add", ".")
    git(made.fleet, "commit", "--quiet", "--message", "Ask for two")
    git(made.fleet, "checkout", "--quiet", "main")
    return made


def test_it_is_light(light: Light) -> None:
    """Packages and what is kept of them are below the promise together, and no SDK is among them."""
    site = next(light.bin.parent.glob("python/lib/*/site-packages"))
    files = [path for path in light.bin.parent.parent.parent.rglob("*") if path.is_file() and not path.is_symlink()]

    assert sum(path.stat().st_size for path in files) < MEGABYTES * 10**6
    assert [] == [path.name for path in site.iterdir() if path.name.startswith(("pulumi", "grpc", "litestar"))]


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("validate",),
        ("ci", "check", "--format", "github"),
        ("ci", "check", "--head", "change"),
        ("ci", "plan", "--head", "change"),
        ("ci", "summary"),
        ("operate", "list"),
        ("list",),
        ("show", "one"),
        ("why", "one"),
        ("history", "one"),
        ("audit",),
        ("ledger", "show"),
        ("backend", "list"),
        ("schema",),
        ("expire",),
        ("doctor", "--help"),
    ],
    ids=" ".join,
)
def test_it_does_what_checks_and_plans(light: Light, words: tuple[str, ...]) -> None:
    """Every command of such a job, on the built-in backends, whose programs import what is not here."""
    done = light.run(*words)

    assert (0, False) == (done.returncode, "Traceback" in done.stderr), done.stderr


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("reconcile",), "engine"),
        (("controlplane",), "engine"),
        (("ledger", "rebuild"), "engine"),
        (("backend", "check", "helm"), "engine"),
        (("demo",), "engine"),
        (("up",), "serve"),
        (("serve",), "serve"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_is_missing_is_said_in_a_sentence(light: Light, words: tuple[str, ...], extra: str) -> None:
    """With the command that installs it, before anything began, and without a traceback."""
    before = git(light.fleet, "for-each-ref"), sorted(path.name for path in light.fleet.iterdir())

    done = light.run(*words)

    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert f"pip install 'helium-workspaces[{extra}]'" in done.stderr
    assert before == (git(light.fleet, "for-each-ref"), sorted(path.name for path in light.fleet.iterdir()))


def test_a_server_needs_its_extra_and_no_engine(light: Light, tmp_path: Path) -> None:
    """With the packages of `serve` beside it, the API starts; what a pass needs is not among them."""
    env = {**FETCHING, "PATH": os.defpath, "HOME": str(tmp_path)}
    python = wheels.python(tmp_path / "python")
    site = next(tmp_path.glob("python/lib/*/site-packages"))
    wheels.provide(locked.part(ROOT, ("serve",)), tmp_path / "wheels", site=site, environ=env)
    runner.own(ROOT, site)
    code = "import helium.app.serve, helium.api.app, sys; print(*sys.modules)"

    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)

    assert {"litestar"} == {"litestar", "pulumi", "grpc", "lightkube"} & {*done.stdout.split()}
