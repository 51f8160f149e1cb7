"""A server that means harm: nothing that it says moves the terminal, opens a file, or gets the token elsewhere."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest
from click.testing import CliRunner

from helium.cli import cli
from helium.cli.asked_wait import until_merged
from helium.core.fleet_view import WrittenRequest
from helium.core.waiting import WaitEnd
from tests.adapters.server.test_transport import JSON, misbehaving

EVIL = "x\x1b]0;owned\x07\x1b[2Jy"
STRINGS = dict.fromkeys(("K8s", "K8sNamespace", "ConsoleURL", "NotebooksURL", "Pachctl"), EVIL)
ROW = {"ID": "demo", "Status": "ready", "Reason": EVIL, "CreatedBy": EVIL, "Held": EVIL, "Path": EVIL}
EVENT = {"Commit": EVIL, "Time": "2026-11-24T12:00:00Z", "Subject": EVIL, "Author": EVIL, "By": EVIL}
USAGE = {"Key": EVIL, "Workspaces": 1, "Minutes": 1, "UnknownMinutes": 0, "Amounts": {EVIL: "1"}, "Cost": "1"}
ANSWER = {
    **dict.fromkeys(("Name", "Kind", "Code", "Backend", "Digest", "Blob", "Program", "Commit", "Phase", "Drift"), EVIL),
    **dict.fromkeys(("LastOutcome", "Refused", "Reason", "Log", "PullRequest"), EVIL),
    "Simulated": EVIL,
    "Sandbox": [EVIL],
    "SilentChannels": [EVIL],
    "Month": "2026-11",
    "Until": "2026-11-24T12:00:00Z",
    "By": "owner",
    "Warnings": [EVIL],
    "Currency": EVIL,
    "Rows": [USAGE],
    "Total": USAGE,
    "ID": "demo",
    "IDs": ["demo"],
    "Deadline": "",
    "Workspaces": [ROW],
    "Workspace": ROW,
    "ConnectionInfo": STRINGS,
    "Commits": [EVENT],
    "Outcomes": [],
    "Connections": [
        {"Label": "Console", "Kind": "url", "Text": "file:///etc/passwd"},
        {"Label": "Notebooks", "Kind": "url", "Text": "https://x.example.com/\x1b[2J"},
    ],
}
COMMANDS = (
    ("list",),
    ("show", "demo"),
    ("show", "demo", "--log"),
    ("why", "demo"),
    ("history", "demo"),
    ("new", "demo"),
    ("extend", "demo", "+1d"),
    ("delete", "demo"),
    ("restore", "demo"),
    ("watch", "demo"),
    ("give", "demo", "bob@example.com"),
    ("retry", "demo"),
    ("notify",),
    ("usage",),
)


def ran(address: str, tmp_path: Path, *args: str) -> tuple[int, str]:
    """A command at that server, and all that it printed."""
    env = {"HELIUM_TOKEN": "a-token", "XDG_CONFIG_HOME": str(tmp_path)}
    result = CliRunner(env=env).invoke(cli, ["--server", address, *args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_nothing_that_a_server_says_moves_the_terminal(tmp_path: Path, args: tuple[str, ...]) -> None:
    """Neither as a table, nor as a sentence."""
    with misbehaving((200, JSON, ANSWER)) as there:
        code, printed = ran(there.address, tmp_path, *args)

    assert 0 == code, printed
    assert not {"\x1b", "\x07"} & set(printed)


def test_only_a_web_page_is_opened(tmp_path: Path) -> None:
    """A file is none, and neither is a text that hides something."""
    with misbehaving((200, JSON, ANSWER)) as there:
        code, printed = ran(there.address, tmp_path, "open", "demo")

    assert (2, True) == (code, "demo has no link yet" in printed)


def test_a_server_that_goes_away_ends_a_wait_for_a_merge_in_time() -> None:
    """Nobody waits for longer than they said, whoever else is silent."""
    written = WrittenRequest("demo", pull_request="https://host.example.com/1")
    with misbehaving((500, "text/html", "no")) as there:
        found = until_merged(there.access(), written, until=monotonic() + 0.5)

    assert found is not None
    assert (WaitEnd.LATE, None) == (found.end, found.seen.row)
