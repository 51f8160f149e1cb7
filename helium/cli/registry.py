"""Every command of `helium`: its group, its module and its one-line help.

This table is all that `helium --help` and the completion of commands read. A command's module is imported when the
command runs or tells of itself, so that none pays for what another needs.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command: what it is called, the module in `helium.cli` that has it, and its help in one line."""

    name: str
    module: str
    help: str


GROUPS: tuple[tuple[str, tuple[CommandEntry, ...]], ...] = (
    (
        "Begin",
        (
            CommandEntry("demo", "demo", "Tour the sandbox: three workspaces from nothing, in a minute."),
            CommandEntry("init", "init", "Create a fleet: its settings, schema and workflows."),
            CommandEntry("completion", "completion", "Set up shell completion."),
            CommandEntry("mcp", "mcp", "Let an agent ask for workspaces, over MCP."),
        ),
    ),
    (
        "Ask for a workspace",
        (
            CommandEntry("new", "workspaces", "Ask for a workspace: commit a new file to main."),
            CommandEntry("extend", "workspaces", "Move a workspace's deadline."),
            CommandEntry("delete", "workspaces", "Ask for workspaces to be destroyed: remove their files."),
            CommandEntry("restore", "workspaces", "Put a removed file back, before a pass destroys the workspace."),
            CommandEntry("give", "giving", "Give a workspace to somebody else."),
            CommandEntry("retry", "retrying", "Try again now what failed."),
            CommandEntry("schema", "schema", "Print the schema of this fleet's specs, for editors."),
            CommandEntry("validate", "workspaces", "Check spec files and helium.yaml; show every error at once."),
        ),
    ),
    (
        "Work with a server",
        (
            CommandEntry("login", "login", "Sign in to a Helium server."),
            CommandEntry("logout", "login", "Sign out of a Helium server."),
        ),
    ),
    (
        "Look",
        (
            CommandEntry("list", "show", "List every workspace: status, owner, time left, reason."),
            CommandEntry("show", "show", "Show one workspace and how to reach it."),
            CommandEntry("open", "open_link", "Open a workspace's Console in the browser."),
            CommandEntry("watch", "watch", "Follow a workspace until it is ready, failed or gone."),
            CommandEntry("why", "why", "Explain why a workspace is as it is."),
            CommandEntry("history", "history", "Show a name's commits and what became of them."),
            CommandEntry("audit", "history", "Show what passes did, and who requested it."),
            CommandEntry("usage", "usage", "Sum up what workspaces took in a month, and what it cost."),
        ),
    ),
    (
        "Run a fleet",
        (
            CommandEntry("plan", "plan", "Show what a pass would do, and why."),
            CommandEntry("reconcile", "reconcile", "Make the stacks match main."),
            CommandEntry("chart", "charts", "Pin the charts of helium.yaml, or check them."),
            CommandEntry("backend", "backend", "List backends, write a new one, or check one."),
            CommandEntry("ci", "ci", "Commands for the jobs of a git host's CI."),
            CommandEntry("expire", "workspaces", "Remove the files of workspaces whose deadline has passed."),
            CommandEntry("notify", "notify", "Show what people would be told; test the channels."),
            CommandEntry("controlplane", "serving", "Reconcile and expire in a loop, where there is no CI."),
            CommandEntry("serve", "serving", "Serve the API and its pages, on port 2323."),
            CommandEntry("token", "serving", "Create, list and revoke API tokens."),
            CommandEntry("up", "up", "Run all of Helium on this machine, with the sandbox."),
        ),
    ),
    (
        "When something is wrong",
        (
            CommandEntry("operate", "operate", "Order what the next pass is to do."),
            CommandEntry("drift", "drift", "Compare what lives with what was made; change nothing."),
            CommandEntry("doctor", "doctor", "Check this machine and this fleet; say what to do."),
            CommandEntry("orphans", "orphans", "List stacks without a file, and records without a stack."),
            CommandEntry("forget", "forget", "End a workspace whose cluster is gone for ever."),
            CommandEntry("pause", "pause", "Stop every pass from applying anything."),
            CommandEntry("unlock", "pause", "Break the lock on one stack."),
            CommandEntry("ledger", "ledger", "Show or rebuild the ledger, or accept losses."),
        ),
    ),
)
ENTRIES = {entry.name: entry for _, entries in GROUPS for entry in entries}


class LazyCommands(MutableMapping[str, click.Command]):
    """The commands by name, as click wants them; each is imported when somebody takes it."""

    def __init__(self) -> None:
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            module = import_module(f"helium.cli.{ENTRIES[name].module}")
            self._added[name] = next(command for command in module.COMMANDS if command.name == name)
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        del self._added[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENTRIES)

    def __len__(self) -> int:
        return len(ENTRIES)
