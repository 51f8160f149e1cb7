"""`helium show --log`: what Pulumi said, while a workspace is failed."""

from __future__ import annotations

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet


def test_the_log_of_a_failure_is_shown_until_it_is_ready(fleet: CommandLineFleet) -> None:
    """The last words of Pulumi, whole, without what a terminal would obey; `show` says how to get at them."""
    fleet("new", "alpha", "--description", "fail")
    assert "No log is kept of alpha: it is requested" in fleet("show", "alpha", "--log").stderr
    fleet("reconcile", code=ExitCode.FAILED)

    assert (
        "warning: Bucket data: slow\nerror: Bucket data: quota exceeded�[2J\n" == fleet("show", "alpha", "--log").stdout
    )
    assert "its log     helium show alpha --log" in fleet("show", "alpha").stdout
    said = fleet.json("show", "alpha", "--log")
    assert ("alpha", True) == (said["name"], said["log"].startswith("warning: Bucket data: slow\n"))
    assert "failures/" in fleet.git("ls-tree", "-r", "--name-only", "helium-ledger")

    text = (fleet.folder / "workspaces/alpha.yaml").read_text()
    fleet.land("workspaces/alpha.yaml", text.replace("fail", "fine"))
    fleet("reconcile")
    shown = fleet("show", "alpha", "--log")
    assert ("", True) == (shown.stdout, "No log is kept of alpha: it is ready" in shown.stderr)
    assert "failures/" not in fleet.git("ls-tree", "-r", "--name-only", "helium-ledger")
    assert {"name": "alpha", "log": ""} == fleet.json("show", "alpha", "--log")


def test_each_prints_only_its_own(up: CommandLineFleet) -> None:
    """Two of them are a mistake, and a name that is not there is the mistake of every command."""
    assert "exclude each other" in up("show", "plain", "--log", "--reach", code=ExitCode.USAGE).stderr
    assert "nobody" in up("show", "nobody", "--log", code=ExitCode.USAGE).stderr
