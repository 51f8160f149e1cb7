"""A fleet at a real Gitea, and the machines that share its passes."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from pulumi.automation import PulumiCommand

from tests.gitea import Gitea
from tests.shards.machines import Machines


@pytest.fixture
def machines(tmp_path: Path, pulumi_command: PulumiCommand, gitea: Gitea) -> Machines:
    """Without a workspace yet. Each machine works on one stack at a time."""
    program = shutil.which(pulumi_command.command)
    assert program is not None
    url = gitea.with_token(gitea.repository(f"fleet-{uuid4().hex[:8]}"))
    return Machines.create(tmp_path, url=url, pulumi=Path(program), parallel=1)
