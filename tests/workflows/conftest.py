"""A git host for all tests of a process, and machines that run a fleet's workflows beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from tests.gitea import Gitea
from tests.workflows.act_runner import ActRunner


@pytest.fixture
def pulumi(pulumi_command: PulumiCommand) -> str:
    """The path of Pulumi."""
    program = shutil.which(pulumi_command.command)
    assert program is not None
    return program


@pytest.fixture
def machine(tmp_path: Path, pulumi: str, gitea: Gitea) -> ActRunner:
    """A runner with a fleet whose main has no workspace yet."""
    return ActRunner.create(tmp_path, pulumi=pulumi, gitea=gitea)
