"""`helium why`: what the next pass would do with one workspace, and the facts behind that."""

from __future__ import annotations

import click

from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_any_fleet


@click.command(short_help="Explain why a workspace is as it is.")
@click.argument("name", shell_complete=workspace_names)
@click.option("--state", is_flag=True, help="Also look at Pulumi's state, as a pass does; that takes longer.")
@on_any_fleet
def why(context: CommandContext, name: str, *, state: bool) -> None:
    """Explain what the next pass would do with a workspace, why, and based on which facts.

    It fetches main and the ledger, and changes nothing. It believes what the ledger says of the stack. With
    --state, or for a name that neither main nor the ledger knows, it also looks at the state.

    \b
    Example: helium why caribou-x3k9q2
    """
    from helium.cli.explain import explain

    explain(context, name, state=state)


COMMANDS = (why,)
