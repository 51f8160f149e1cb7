"""`helium demo`: a tour through what happens to a fleet, in the sandbox, with the real commands and the real Pulumi.

Every step is a command line that is printed before it runs, so that you can try it again by hand. The tour touches
nothing but a folder of its own, and it stops at the first command that does not do what the tour says.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import click

from helium.cli import tables
from helium.cli.options import CommandContext, Failure
from helium.errors import ExitCode, UsageError
from helium.extras import require

MADE_BY_DEMO = Path(".helium/demo")
"""The file that says that a demo created a folder, and that it may be replaced."""

PLAIN, RICH, BRIEF = "onboarding", "sales-demo", "quick-look"
SOON = 5
"""Seconds until the deadline that a workspace gets while the tour watches; a slow machine gets more."""
VALUES = (
    "pachd.resources.requests.cpu=1",
    "pachd.resources.requests.memory=2Gi",
    "etcd.resources.requests.cpu=0.5",
)


@click.command(short_help="Tour the sandbox: three workspaces from nothing, in a minute.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True, help="Where the fleet goes."
)
@click.pass_obj
def demo(context: CommandContext, folder: Path) -> None:
    """Create a fleet in the sandbox and show what happens to it: create, update, destroy, expire. You need no account.

    It writes only to its folder, and replaces the folder of an earlier demo.

    \b
    Example: helium demo
    """
    require("engine")
    tour = Tour(context.start / folder, dict(context.settings.environ), monotonic())
    tour.begin()
    tour.specs()
    tour.first_pass()
    tour.changes()
    tour.expiry()
    tour.end()


@dataclass(slots=True)
class Tour:
    """The demo's folder, the environment of its commands, and how far it is."""

    folder: Path
    environ: dict[str, str] = field(repr=False)
    start: float
    step: int = 0
    pass_seconds: float = 0.0

    def begin(self) -> None:
        """A fleet of its own, with somebody who commits."""
        self._title("A fleet: settings, schema, and a folder for workspaces")
        self._clear()
        person = self._nobody()
        # Only for the command that makes the repository: afterwards it is in the repository's own settings.
        for number, (key, value) in enumerate(person.items()):
            self.environ |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        self.environ["GIT_CONFIG_COUNT"] = str(len(person))
        self.helium("init", self._shown(), fleet=False)
        for key, value in person.items():
            self._run(["git", "-C", str(self.folder), "config", key, value])

    def specs(self) -> None:
        """Three files: a plain one, one with versions and Helm values, one with a deadline that is near."""
        self._title("Ask for three workspaces: three small files, three commits")
        self.helium("new", PLAIN, "--description", "A first look for Ada")
        sets = [part for value in VALUES for part in ("--set", value)]
        self.helium("new", RICH, "--expiry", "+7d", "--pachd-version", "2.3.9", "--disable-notebooks", *sets)
        self.helium("new", BRIEF, "--expiry", "+1d", "--description", "Gone in a moment")
        self.shell("cat", f"{self._shown()}/workspaces/{RICH}.yaml")
        self._title("Check every file, and show all errors at once")
        self.helium("validate")

    def first_pass(self) -> None:
        """The plan, the pass, and what it created."""
        self._title("Plan: every change with its reason")
        self.helium("plan")
        self._title("Run a pass: real Pulumi, a simulated cloud")
        started = monotonic()
        self.helium("reconcile")
        self.pass_seconds = monotonic() - started
        self._title("Three workspaces are ready, and this is how you reach them")
        self.helium("list")
        for name in (PLAIN, RICH, BRIEF):
            self.helium("show", name, "--reach")
        self._expect(ready=(PLAIN, RICH, BRIEF))

    def changes(self) -> None:
        """An edit becomes an update, a removed file a destroy, and a deadline comes near."""
        self._title("Edit a file, and it is an update. Remove a file, and it is a destroy. Bring a deadline forward")
        path = self.folder / "workspaces" / f"{RICH}.yaml"
        path.write_text(path.read_text().replace("2.3.9", "2.4.0"))
        self.shell(
            "git", "-C", self._shown(), "commit", "--quiet", "--all", "--message", "Move the sales demo to 2.4.0"
        )
        self.helium("delete", PLAIN)
        self._bring_deadline_forward()

    def expiry(self) -> None:
        """A deadline passes: the file goes, the stack goes."""
        self._title(f"The deadline of {BRIEF} passes: a scheduled job removes its file, the next pass destroys it")
        self._count_down()
        self.helium("expire")
        self.helium("reconcile")
        self._title("Another pass finds nothing to do")
        started = monotonic()
        self.helium("reconcile")
        click.echo(f"(that took {monotonic() - started:.1f} s)")
        self.helium("list")
        self._expect(ready=(RICH,))

    def end(self) -> None:
        """What to try next."""
        took = monotonic() - self.start
        click.secho(
            f"\nThat was the tour, in {took:.0f} s. The cloud was the SANDBOX: no real one was touched.", bold=True
        )
        click.echo(f"To see the same with an API and pages in the browser: `{_program()} up`, or `make up`.")
        click.echo("Five commands to try next:")
        for line in (
            ["new", "--expiry", "+1d", "--description", "Mine"],
            ["plan"],
            ["reconcile"],
            ["show", RICH],
            ["history", BRIEF],
        ):
            click.echo(f"  {self._line(line)}")

    def helium(self, *args: str, fleet: bool = True) -> None:
        """Print a command line, run it, and stop the tour unless it ends well."""
        where = ["-C", self._shown()] if fleet else []
        click.secho(f"\n$ {_quoted([_program(), *where, *args])}", bold=True)
        self._run([sys.executable, "-m", "helium", *where, *args])

    def shell(self, *args: str) -> None:
        """Do the same with another program."""
        click.secho(f"\n$ {_quoted(args)}", bold=True)
        self._run(args)

    def _run(self, args: Sequence[str]) -> None:
        sys.stdout.flush()
        process = subprocess.Popen(args, env=self.environ)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # The terminal's Ctrl-C reached it too, another signal did not. Killing it would leave locks, so wait.
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        if code:
            raise Failure(f"the tour ends here, because the last command ended with exit code {code}", ExitCode.FAILED)

    def _title(self, text: str) -> None:
        self.step += 1
        click.secho(f"\n── {self.step} · {text} ── SANDBOX", fg="cyan", bold=True)

    def _shown(self) -> str:
        return os.path.relpath(self.folder)

    def _line(self, args: Sequence[str]) -> str:
        return _quoted([_program(), "-C", self._shown(), *args])

    def _clear(self) -> None:
        """Replace the folder of an earlier demo; `UsageError` for any other folder that exists."""
        if self.folder.exists():
            if not (self.folder / MADE_BY_DEMO).exists():
                raise UsageError(f"{self.folder} exists, and no demo created it; choose another folder with --folder")
            shutil.rmtree(self.folder)
        (self.folder / MADE_BY_DEMO).parent.mkdir(parents=True)
        (self.folder / MADE_BY_DEMO).touch()

    def _nobody(self) -> Mapping[str, str]:
        """Who commits in the demo when git's settings name nobody, or an address that nobody reads."""
        from helium.core.spec import is_noreply

        mail, name = self._git_setting("user.email"), self._git_setting("user.name")
        if mail and name and not is_noreply(mail):
            return {}
        return {"user.name": "Grace Hopper", "user.email": "grace@example.com"}

    def _git_setting(self, key: str) -> str:
        command = ["git", "config", "--get", key]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False).stdout.strip()

    def _bring_deadline_forward(self) -> None:
        """Shorten a life only now that it is up, and by a length that a pass here can keep up with.

        A workspace expires only when a pass has recorded its deadline while it was in the future. If the machine is so
        busy that this length is too short, a longer one is tried: the tour waits for facts, not for a guess.
        """
        length = SOON + self.pass_seconds
        while True:
            self.helium("extend", BRIEF, tables.instant(datetime.now(UTC) + timedelta(seconds=length)))
            # What is shown and no more: on a busy machine the deadline may pass while this pass still works.
            self.helium("reconcile", "--once")
            if self._json("why", BRIEF)["code"] in {"in-step", "expired"}:
                return
            length *= 3

    def _count_down(self) -> None:
        deadline = datetime.fromisoformat(self._json("show", BRIEF)["deadline"])
        while (left := int((deadline - datetime.now(UTC)).total_seconds()) + 1) > 0:
            if sys.stdout.isatty():
                click.echo(f"\r{left:3} s to go ", nl=False)
                sleep(0.2)
            else:
                click.echo(f"{left} s to go")
                sleep(left)
        click.echo("")

    def _expect(self, *, ready: Sequence[str]) -> None:
        """Check that the list calls ready what the tour calls ready."""
        statuses = {each["name"]: each["status"] for each in self._json("list")["workspaces"]}
        for name in ready:
            if statuses.get(name) != "ready":
                raise Failure(
                    f"the tour ends here, because {name} is {statuses.get(name, 'gone')}, not ready", ExitCode.FAILED
                )

    def _json(self, *args: str) -> Any:
        """What a command prints for programs; not shown, since it is the tour's own question."""
        command = [sys.executable, "-m", "helium", "-C", self._shown(), *args, "--json"]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"the tour ends here: {done.stderr.strip()}", ExitCode.FAILED)
        return json.loads(done.stdout)


def _program() -> str:
    """How this Helium is called from here: by its name where the PATH finds it, else by its path."""
    own = Path(sys.argv[0])
    on_path = shutil.which("helium")
    if on_path and own.name == "helium" and Path(on_path).resolve() == own.resolve():
        return "helium"
    return os.path.relpath(own) if own.name == "helium" else f"{os.path.relpath(sys.executable)} -m helium"


def _quoted(args: Sequence[str]) -> str:
    """A command line as one would type it; a program of two words stays two."""
    rest = [each if each and not set(each) & set(" '\"$\\") else f'"{each}"' for each in args[1:]]
    return " ".join([args[0], *rest])


COMMANDS = (demo,)
