"""`helium doctor`: whether this machine and this fleet have what they need, and what to do if not."""

from __future__ import annotations

from dataclasses import asdict

import click

from helium.app.check import Check
from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode


@click.command(short_help="Check this machine and this fleet; say what to do.")
@on_fleet
def doctor(context: CommandContext) -> None:
    """Check all that a pass needs, and say what to do.

    That is Python, git, Pulumi and its plugins, the fleet, its passphrase, its charts with their digests, its clusters
    with the rights of the account there, its state and its ledger. Each failed check has the command that mends it, or
    the page of the host where you do.

    Of the host that keeps the repository, it says which account the token is of, whether that may push to main and to
    the ledger's branch, and whether workflows of other branches can read the fleet's secrets.

    It fetches main and the ledger, asks the host and each cluster what its account may do, for at most a few seconds,
    and changes nothing. It exits with 1 if a check fails.

    \b
    Example: helium doctor
    """
    from helium.app.doctor import diagnosis

    checks = tuple(diagnosis(context.start, context.settings, engine=context.engine))
    if context.as_json:
        context.emit([asdict(check) for check in checks])
    else:
        rows = [(_status(check), check.what, _result(check)) for check in checks]
        tables.show(tables.table(("", "WHAT", "RESULT"), rows, styled=0))
    click.get_current_context().exit(0 if all(check.ok for check in checks) else ExitCode.INTERNAL)


def _status(check: Check) -> str:
    if not check.known:
        return "unknown"
    return "ok" if check.ok else "failed"


def _result(check: Check) -> str:
    todo = [f"run: {check.command}"] if check.command and not check.ok else []
    todo += [f"at: {check.place}"] if check.place and (not check.ok or not check.known) else []
    return "\n".join((check.sentence, *todo))


COMMANDS = (doctor,)
