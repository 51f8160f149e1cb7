"""`helium up`: a remote, the API, the control plane and the sandbox together, on this machine, until Ctrl-C.

Everything is in one folder of its own, which is kept: the next `helium up` goes on with what was there.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep

import click

from helium.cli.options import FAILED, CommandContext, Failure
from helium.cli.parent_watch import on_leash
from helium.errors import UsageError
from helium.settings.serving import Serving

OWNERSHIP = Path("helium-up")
"""What says that a folder is one of these."""
NAME, MAIL = "You", "you@example.com"
FLEET = "acme"


@click.command(short_help="A remote, the API, the control plane and the sandbox together.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(".up"), show_default=True, help="Where it is.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of HELIUM_PORT, or 2323.")
@on_leash
@click.pass_obj
def up(context: CommandContext, folder: Path, *, port: int | None) -> None:
    """Run all of Helium here: a bare git repository as the remote, the API with its pages, the control plane, and the
    sandbox as the cloud. Needs no account. Ctrl-C stops all; what was made stays for the next time.

    \b
    Example: helium up
    """
    serving = Serving.from_env(context.settings.environ)
    yard = LocalSetup((context.start / folder).absolute(), dict(context.settings.environ))
    yard.made()
    yard.run(replace(serving, port=port or serving.port))


@dataclass(frozen=True, slots=True)
class LocalSetup:
    """The folder, and the environment of what runs in it."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)

    @property
    def fleet(self) -> Path:
        """The clone that API and control plane work in."""
        return self.folder / FLEET

    def made(self) -> None:
        """A remote with a fleet in it, a clone, and a token; whatever is there already stays."""
        if (self.folder / OWNERSHIP).exists():
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise UsageError(f"{self.folder} is there, and `helium up` did not make it; name another with --folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
        self._helium("init", str(self.fleet))
        for key, value in (("user.name", NAME), ("user.email", MAIL)):
            self._git("-C", FLEET, "config", key, value)
        self._git("-C", FLEET, "remote", "add", "origin", str(self.folder / "remote.git"))
        self._git("-C", FLEET, "push", "--quiet", "--set-upstream", "origin", "main")
        (self.folder / "token").touch(mode=0o600)
        (self.folder / "token").write_text(f"helium_{secrets.token_urlsafe(32)}\n")
        (self.folder / OWNERSHIP).touch()

    def run(self, serving: Serving) -> None:
        """Both until one ends, or a signal; then neither."""
        token = (self.folder / "token").read_text().strip()
        told = {"HELIUM_TOKEN": token, "HELIUM_TOKEN_OWNER": MAIL, "HELIUM_PLAIN_HTTP": "1"}
        told |= {"HELIUM_PORT": str(serving.port), "HELIUM_LOG": serving.log or "text"}
        with self._running("serve", told) as serve, self._running("controlplane", told) as plane:
            self._tell(f"http://localhost:{serving.port}", token)
            while serve.poll() is None and plane.poll() is None:
                sleep(0.3)
        raise Failure("one of the two has ended, so both have; what it said is above", FAILED)

    def _tell(self, address: str, token: str) -> None:
        click.secho(f"\nAll of Helium runs here, with the SANDBOX as its cloud, in {self.folder}", bold=True)
        click.echo(f"  the pages   {address}   (sign in with the token)")
        click.echo(f"  the token   {token}")
        click.echo(f"  the remote  {self.folder / 'remote.git'}   (push to it, as a person would)")
        click.echo(f"  for curl    export TOKEN={token}")
        click.echo(f"""  then        curl -H "X-Pach: $TOKEN" {address.removeprefix("http://")}/v1/api/workspaces""")
        click.echo("Ctrl-C stops all of it.\n")

    @contextmanager
    def _running(self, command: str, told: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """A command in a session of its own: the terminal's Ctrl-C reaches this process, and it ends the others.

        Killed, it can end nothing, so they look whether it is there.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", "helium", command, "--parent", str(os.getpid())],
            cwd=self.fleet,
            env={**self.environ, **told},
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def _helium(self, *args: str) -> None:
        config = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": NAME}
        config |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": MAIL}
        self._done([sys.executable, "-m", "helium", *args], config)

    def _git(self, *args: str) -> None:
        self._done(["git", *args], {})

    def _done(self, command: list[str], told: Mapping[str, str]) -> None:
        ended = subprocess.run(
            command, cwd=self.folder, env={**self.environ, **told}, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise Failure(f"{' '.join(command[-4:])}: {(ended.stderr or ended.stdout).strip()}", FAILED)


COMMANDS = (up,)
