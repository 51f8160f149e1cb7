"""`helium demo`: a tour through one fleet's life in the sandbox, with the real commands and the real Pulumi.

Every step is a command line that is printed before it runs, so that it can be tried again by hand. It never touches
anything but a folder of its own, and ends where a command does not end as the tour says it should.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import click

from helium.app import clock
from helium.cli.options import FAILED, CommandContext, Failure
from helium.core.expiry import format_instant
from helium.core.spec import is_noreply
from helium.errors import UsageError

OWNERSHIP = Path(".helium/demo")
"""What says that a folder is a demo's, and may be made anew."""

PLAIN, RICH, BRIEF = "onboarding", "sales-demo", "quick-look"
SOON = 6
"""Seconds that the brief workspace gets at least; a slow machine gets more."""
VALUES = (
    "pachd.resources.requests.cpu=1",
    "pachd.resources.requests.memory=2Gi",
    "etcd.resources.requests.cpu=0.5",
)


@click.command(short_help="A tour in the sandbox: from nothing to three workspaces and on, in a minute.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True, help="Where it is made."
)
@click.pass_obj
def demo(context: CommandContext, folder: Path) -> None:
    """Make a fleet in the sandbox and walk through its life: create, update, destroy, expire. Needs no account.

    The folder is made anew each time; nothing else is touched.

    \b
    Example: helium demo
    """
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
    deadline: datetime = field(default_factory=clock)

    def begin(self) -> None:
        """A fleet of its own, with somebody who commits."""
        self._title("A fleet: settings, schema, workflows, and a folder for workspaces")
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
        """Three files: a plain one, one with versions and Helm values, one that ends soon."""
        self._title("Three workspaces are asked for: three small files, three commits")
        self.helium("new", PLAIN, "--description", "A first look for Ada")
        sets = [part for value in VALUES for part in ("--set", value)]
        self.helium("new", RICH, "--expiry", "+7d", "--pachd-version", "2.3.9", "--disable-notebooks", *sets)
        slow = timedelta(seconds=SOON + int(8 * (monotonic() - self.start)))
        self.deadline = clock() + slow
        self.helium("new", BRIEF, "--expiry", format_instant(self.deadline), "--description", "Gone in a moment")
        self.shell("cat", f"{self._shown()}/workspaces/{RICH}.yaml")
        self._title("Every file is judged, all faults at once")
        self.helium("validate")

    def first_pass(self) -> None:
        """The plan, the pass, and what it made."""
        self._title("The plan: every change with its reason")
        self.helium("plan")
        self._title("A pass makes them: real Pulumi, a pretended cloud")
        self.helium("reconcile")
        self._title("Three workspaces are ready, and this is how they are reached")
        self.helium("list")
        for name in (PLAIN, RICH, BRIEF):
            self.helium("show", name, "--reach")
        self._expect(ready=(PLAIN, RICH, BRIEF))

    def changes(self) -> None:
        """An edit becomes an update, a removed file a destroy."""
        self._title("Somebody edits a file: that is an update. Somebody removes one: that is a destroy")
        path = self.folder / "workspaces" / f"{RICH}.yaml"
        path.write_text(path.read_text().replace("2.3.9", "2.4.0"))
        self.shell(
            "git", "-C", self._shown(), "commit", "--quiet", "--all", "--message", "Move the sales demo to 2.4.0"
        )
        self.helium("delete", PLAIN)
        self.helium("reconcile")

    def expiry(self) -> None:
        """A deadline passes: the file goes, the stack goes."""
        self._title(f"The deadline of {BRIEF} passes: a scheduled job removes its file, the pass destroys it")
        self._count_down()
        self.helium("expire")
        self.helium("reconcile")
        self._title("Another pass finds nothing to do")
        began = monotonic()
        self.helium("reconcile")
        click.echo(f"(that took {monotonic() - began:.1f} s)")
        self.helium("list")
        self._expect(ready=(RICH,))

    def end(self) -> None:
        """What to try next."""
        took = monotonic() - self.start
        click.secho(
            f"\nThat was the tour, in {took:.0f} s. All of it was the SANDBOX: no cloud was touched.", bold=True
        )
        click.echo(f"The same with an API and pages in the browser: `{_program()} up`, or `make up`.")
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
        """The same for another program."""
        click.secho(f"\n$ {_quoted(args)}", bold=True)
        self._run(args)

    def _run(self, args: Sequence[str]) -> None:
        sys.stdout.flush()
        process = subprocess.Popen(args, env=self.environ)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # It ends in good order by itself; killing it now would leave locks.
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        if code:
            raise Failure(f"the tour ends here: that command ended with {code}", FAILED)

    def _title(self, text: str) -> None:
        self.step += 1
        click.secho(f"\n── {self.step} · {text} ── SANDBOX", fg="cyan", bold=True)

    def _shown(self) -> str:
        return os.path.relpath(self.folder)

    def _line(self, args: Sequence[str]) -> str:
        return _quoted([_program(), "-C", self._shown(), *args])

    def _clear(self) -> None:
        """A fresh folder; one that is not a demo's is left alone."""
        if self.folder.exists():
            if not (self.folder / OWNERSHIP).exists():
                raise UsageError(f"{self.folder} is there, and no demo made it; name another with --folder")
            shutil.rmtree(self.folder)
        (self.folder / OWNERSHIP).parent.mkdir(parents=True)
        (self.folder / OWNERSHIP).touch()

    def _nobody(self) -> Mapping[str, str]:
        """Who commits in the demo, where git knows nobody whom mail could reach."""
        asked = ["git", "config", "--get", "user.email"]
        mail = subprocess.run(asked, env=self.environ, capture_output=True, text=True, check=False).stdout.strip()
        name = subprocess.run([*asked[:-1], "user.name"], env=self.environ, capture_output=True, check=False).stdout
        if mail and name and not is_noreply(mail):
            return {}
        return {"user.name": "Grace Hopper", "user.email": "grace@example.com"}

    def _count_down(self) -> None:
        while (left := int((self.deadline - clock()).total_seconds()) + 1) > 0:
            if sys.stdout.isatty():
                click.echo(f"\r{left:3} s to go ", nl=False)
                sleep(0.2)
            else:
                click.echo(f"{left} s to go")
                sleep(left)
        click.echo("")

    def _expect(self, *, ready: Sequence[str]) -> None:
        """The tour tells no tales: what it says is ready is ready, by the list's own word."""
        listed = subprocess.run(
            [sys.executable, "-m", "helium", "-C", self._shown(), "list", "--json"],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for name in ready:
            if f'"name": "{name}",\n      "status": "ready"' not in listed:
                raise Failure(f"the tour ends here: {name} is not ready", FAILED)


def _program() -> str:
    """How this Helium is called from here: by its name where the PATH finds it, else by its path."""
    own = Path(sys.argv[0])
    found = shutil.which("helium")
    if found and own.name == "helium" and Path(found).resolve() == own.resolve():
        return "helium"
    return os.path.relpath(own) if own.name == "helium" else f"{os.path.relpath(sys.executable)} -m helium"


def _quoted(args: Sequence[str]) -> str:
    """A command line as one would type it; a program of two words stays two."""
    rest = [each if each and not set(each) & set(" '\"$\\") else f'"{each}"' for each in args[1:]]
    return " ".join([args[0], *rest])


COMMANDS = (demo,)
