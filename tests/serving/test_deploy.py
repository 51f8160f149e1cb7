"""What lies in `deploy/` names commands that there are, and the container's health check tells health."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from helium.app.connections import MOST
from helium.cli import cli
from tests.api.serving import World, served

DEPLOY = Path(__file__).parents[2] / "deploy"


def health(port: int) -> int:
    """The exit code of the Dockerfile's own check, word for word."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", "")
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", text, re.MULTILINE)
    assert found is not None
    python, *arguments = json.loads(found[1])
    assert "python" == python
    env = {**os.environ, "HELIUM_PORT": str(port)}
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, check=False).returncode


def test_the_health_check_tells_health() -> None:
    """0 while the process answers on the port that it was given, else not."""
    with served(World().deps) as address:
        port = int(address.rpartition(":")[2])
        assert 0 == health(port)
    assert 0 != health(port)


@pytest.mark.parametrize("unit", ["helium-api.service", "helium-controlplane.service"])
def test_a_unit_starts_a_command_that_there_is(unit: str) -> None:
    """With options that it knows."""
    found = re.search(r"^ExecStart=/opt/helium/bin/helium (.*)$", (DEPLOY / unit).read_text(), re.MULTILINE)
    assert found is not None
    ended = CliRunner().invoke(cli, [*found[1].split(), "--help"])

    assert (0, True) == (ended.exit_code, "Usage:" in ended.output)


def test_the_api_may_open_more_files_than_it_takes_connections() -> None:
    """Or its own bound on connections would be lower than it says."""
    found = re.search(r"^LimitNOFILE=([0-9]+)$", (DEPLOY / "helium-api.service").read_text(), re.MULTILINE)

    assert found is not None
    assert int(found[1]) > MOST + 200


def test_the_image_is_the_api_s_unless_a_stage_is_named() -> None:
    """A build takes the last stage, and the control plane's needs a folder that most people do not have."""
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    assert ("api", "") == stages[-1]
    assert ["build", "full", "api", "controlplane", ""] == [name for _, name in stages]


def test_the_build_copies_what_its_context_has() -> None:
    """Each path that the Dockerfile copies from the clone is there, and is not left out of the build's context."""
    text = (DEPLOY / "Dockerfile").read_text()
    kept = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = {path for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for path in line.split()[:-1]}

    assert copied == kept
    assert [] == [path for path in copied if not (DEPLOY.parent / path).exists()]
