"""`helium mcp`: the tools of an agent, by the Model Context Protocol."""

from __future__ import annotations

import click

from helium.cli.options import CommandContext, on_any_fleet


@click.command(short_help="Let an agent ask for workspaces, over MCP.")
@click.option(
    "--allow-delete",
    is_flag=True,
    allow_from_autoenv=False,
    help="Have a tool that deletes, once a person has confirmed it by the workspace's name.",
)
@on_any_fleet
def mcp(context: CommandContext, *, allow_delete: bool) -> None:
    """Serve the Model Context Protocol on standard input and output, for an agent that starts this command.

    Its tools list and show workspaces, tell their history, ask for new ones, and extend your own. What others wrote
    comes to the agent apart, marked as untrusted. It needs the extra `mcp`.

    \b
    Example: helium mcp --server https://helium.example.com
    """
    from helium.cli.agent.server import serve

    serve(context, deletes=allow_delete)


COMMANDS = (mcp,)
