"""The part of a worker that imports Pulumi's SDK: an `up` with an inline program, through the Automation API.

The Automation API runs Pulumi seven times for one `up` of a new stack; five of these ask what is known already: the
version (the engine has checked it), which stack is selected (each command names its own), and what the `up` has just
said in its events. `Command` and `Session` leave those five out. Nothing here answers in Pulumi's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import create_command_error

from helium.adapters.engine import command
from helium.adapters.engine.program import program_of
from helium.adapters.engine.program_secrets import met
from helium.adapters.engine.protocol import Job, Reply, StackProgram
from helium.adapters.engine.redact import Redactor


class Pulumi(automation.PulumiCommand):
    """Pulumi as the worker runs it; keeps the last run's reply."""

    def __init__(self, runner: command.Command) -> None:
        self.command = runner.pulumi
        self.version = None
        self.runner = runner
        self.last = Reply(code=0)

    def run(self, args: list[str], cwd: str, *rest: Any, **named: Any) -> automation.CommandResult:
        """Raises the SDK's `CommandError` when Pulumi did not end well. The first of the rest is the environment."""
        given: Mapping[str, str] = rest[0] if rest else named["additional_env"]
        environment = {**given, "PULUMI_AUTOMATION_API": "true"}
        self.last = self.runner.run(args, cwd=Path(cwd), environment=environment)
        result = automation.CommandResult(self.last.stdout, self.last.stderr, self.last.code)
        if self.last.code:
            raise create_command_error(result)
        return result


class Session(automation.Stack):
    """A stack that need not be selected. Its outputs and summary come from the events of its `up`."""

    def __init__(self, name: str, workspace: automation.LocalWorkspace, *, pulumi: Pulumi) -> None:
        self.name = name
        self.workspace = workspace
        self._mode = StackInitMode.SELECT
        self._pulumi = pulumi

    def outputs(self) -> automation.OutputMap:
        """What the stack's resource said at its end, without secrets."""
        seen = self._pulumi.last.seen
        return {key: automation.OutputValue(value, secret=False) for key, value in seen.outputs.items()}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        """A summary without content: the reply has it all."""
        now = datetime.now(UTC)
        return automation.UpdateSummary("update", now, "", {}, {}, "succeeded", now)


def up(job: Job, program: StackProgram, *, cwd: Path, runner: command.Command) -> Reply:
    """Bring an existing stack up. Returns the reply of that run of Pulumi."""
    pulumi = Pulumi(runner)
    workspace = automation.LocalWorkspace(
        work_dir=str(cwd),
        program=program_of(program, job.stack),
        env_vars=dict(job.environment),
        pulumi_command=pulumi,
    )
    stack = Session(str(job.stack), workspace, pulumi=pulumi)
    # The reply says everything that the SDK's error says, and the events as well.
    with met() as secrets, suppress(automation.CommandError):
        stack.up(target=list(program.targets) or None, color="never", suppress_progress=True)
    # A rendered chart is secret as a whole, and it names the workspace: that is no secret, and helps a reader.
    secrets.discard(job.stack.name)
    return _redacted(pulumi.last, Redactor.of(secrets)) if pulumi.last.code else pulumi.last


def _redacted(reply: Reply, redact: Redactor) -> Reply:
    """Here, where the program ran: a secret that was made in it and is in no state is known nowhere else."""
    seen = reply.seen
    diagnostics = tuple(redact(each) for each in seen.diagnostics)
    seen = replace(seen, diagnostics=diagnostics, said=redact(seen.said))
    return replace(reply, stdout=redact(reply.stdout), stderr=redact(reply.stderr), seen=seen)
