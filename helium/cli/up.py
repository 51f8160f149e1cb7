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
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

import click

from helium.cli.options import CommandContext, Failure
from helium.cli.parent_watch import ends_with_parent
from helium.errors import ExitCode, UsageError
from helium.extras import require

if TYPE_CHECKING:
    from helium.settings.serving import Serving

MADE_BY_UP = Path("helium-up")
"""The file that says that `helium up` made a folder."""
NAME, MAIL = "You", "you@example.com"
FLEET = "acme"


@click.command(short_help="Run all of Helium on this machine, with the sandbox.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(".up"),
    show_default=True,
    help="Where it keeps everything.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port, instead of HELIUM_PORT or 2323.")
@ends_with_parent
@click.pass_obj
def up(context: CommandContext, folder: Path, *, port: int | None) -> None:
    """Run all of Helium on this machine: a bare git repository as the remote, the API with its pages, the control
    plane, and the sandbox as the cloud. You need no account.

    It writes only to its folder. Ctrl-C stops all of it; the folder stays, and the next `helium up` goes on with it.

    \b
    Example: helium up
    """
    from dataclasses import replace

    from helium.settings.serving import Serving

    require("serve")
    require("engine")
    serving = Serving.from_env(context.settings.environ)
    setup = LocalSetup((context.start / folder).absolute(), dict(context.settings.environ))
    setup.create()
    setup.run(replace(serving, port=port or serving.port))


@dataclass(frozen=True, slots=True)
class LocalSetup:
    """The folder, and the environment of what runs in it."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)

    @property
    def fleet(self) -> Path:
        """The clone that API and control plane work in."""
        return self.folder / FLEET

    def create(self) -> None:
        """Create a remote with a fleet in it, a clone, and a token; what is there already stays."""
        if (self.folder / MADE_BY_UP).exists():
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise UsageError(
                f"{self.folder} exists, and `helium up` did not create it; choose another folder with --folder"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
        self._helium("init", str(self.fleet))
        for key, value in (("user.name", NAME), ("user.email", MAIL)):
            self._git("-C", FLEET, "config", key, value)
        self._name_admin()
        self._git("-C", FLEET, "remote", "add", "origin", str(self.folder / "remote.git"))
        self._git("-C", FLEET, "push", "--quiet", "--set-upstream", "origin", "main")
        (self.folder / "token").touch(mode=0o600)
        (self.folder / "token").write_text(f"helium_{secrets.token_urlsafe(32)}\n")
        (self.folder / MADE_BY_UP).touch()

    def _name_admin(self) -> None:
        """Whoever signs in here may also let go what a safeguard holds."""
        with (self.fleet / "helium.yaml").open("a") as settings:
            settings.write(f"\nadmins: [{MAIL}]\n")
        self._git("-C", FLEET, "commit", "--quiet", "--all", "--message", "Name the admin of this fleet")

    def run(self, serving: Serving) -> None:
        """Run API and control plane until one of them ends, or a signal comes; then end both."""
        token = (self.folder / "token").read_text().strip()
        environ = {"HELIUM_TOKEN": token, "HELIUM_TOKEN_OWNER": MAIL, "HELIUM_PLAIN_HTTP": "1"}
        environ |= {"HELIUM_PORT": str(serving.port), "HELIUM_LOG": serving.log or "text"}
        with self._running("serve", environ) as serve, self._running("controlplane", environ) as plane:
            self._show(f"http://localhost:{serving.port}", token)
            while serve.poll() is None and plane.poll() is None:
                sleep(0.3)
        raise Failure(
            "the API or the control plane ended, so both were stopped; its own message is above", ExitCode.FAILED
        )

    def _show(self, address: str, token: str) -> None:
        click.secho(f"\nAll of Helium runs here, with the SANDBOX as its cloud, in {self.folder}", bold=True)
        click.echo(f"  the pages   {address}   (sign in with the token)")
        click.echo(f"  the token   {token}")
        click.echo(f"  the remote  {self.folder / 'remote.git'}   (push to it, as a person would)")
        click.echo(f"  for helium  helium login {address} --token-stdin < {self.folder / 'token'}")
        click.echo(f"  then        helium --server {address} new --wait   (in any folder)")
        click.echo(f"  for curl    export TOKEN={token}")
        click.echo(f"""  then        curl -H "X-Pach: $TOKEN" {address.removeprefix("http://")}/v1/api/workspaces""")
        click.echo("Ctrl-C stops all of it.\n")

    @contextmanager
    def _running(self, command: str, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """A command in a session of its own: the terminal's Ctrl-C reaches this process, which then ends the others.

        If this process is killed, it can end nothing, so each of them watches whether it is still there.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", "helium", command, "--parent", str(os.getpid())],
            cwd=self.fleet,
            env={**self.environ, **environ},
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

    def _done(self, command: list[str], environ: Mapping[str, str]) -> None:
        ended = subprocess.run(
            command, cwd=self.folder, env={**self.environ, **environ}, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise Failure(f"{' '.join(command[-4:])}: {(ended.stderr or ended.stdout).strip()}", ExitCode.FAILED)


COMMANDS = (up,)
