"""`helium doctor`: whether this machine and this fleet have what they need, and what to do if not."""

from __future__ import annotations

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode


@click.command(short_help="Check this machine and this fleet; say what to do.")
@on_fleet
def doctor(context: CommandContext) -> None:
    """Check Python, git, Pulumi, the fleet, its settings, passphrase, charts, state and ledger; say what to do.

    It fetches main and the ledger, and changes nothing. It exits with 1 if a check fails.

    \b
    Example: helium doctor
    """
    from helium.app.doctor import diagnosis

    checks = tuple(diagnosis(context.start, context.settings, engine=context.engine))
    if context.as_json:
        context.emit([{"what": check.what, "ok": check.ok, "sentence": check.sentence} for check in checks])
    else:
        rows = [("ok" if check.ok else "failed", check.what, check.sentence) for check in checks]
        tables.show(tables.table(("", "WHAT", "RESULT"), rows, styled=0))
    click.get_current_context().exit(0 if all(check.ok for check in checks) else ExitCode.INTERNAL)


COMMANDS = (doctor,)
