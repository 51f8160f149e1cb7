"""`--wait` at a server whose main takes only pull requests: at a real Gitea, with a real `helium serve` and command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_pull_requests import HostedFleet, hosted, protected, pulls
from tests.cli.test_requests import RequestFleet, asked
from tests.cli.test_waiting import ended
from tests.serving.processes import ROOT, TOKEN, until

__all__ = ["asked", "hosted", "protected"]
pytestmark = pytest.mark.slow


def started(asked: RequestFleet, home: Path, *args: str) -> subprocess.Popen[str]:
    """`helium` of somebody who has no clone."""
    known = {name: text for name, text in os.environ.items() if not name.startswith("HELIUM_")}
    env = {**known, "HELIUM_TOKEN": TOKEN, "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "helium", "--server", f"http://127.0.0.1:{asked.port}", *args]
    return subprocess.Popen(command, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def requests_of(asked: RequestFleet, name: str) -> list[object]:
    """What was asked for it; nothing while nobody knows the name."""
    with asked.client() as client:
        return list(client.get(f"/workspace/{name}").json().get("Requests", ()))


def opened(hosted: HostedFleet) -> tuple[int, str]:
    """The one that is open, as soon as there is one."""
    until(lambda: bool(pulls(hosted)))
    (found,) = pulls(hosted)
    return int(found["number"]), str(found["html_url"])


def close(hosted: HostedFleet, number: int) -> None:
    """A person does."""
    hosted.gitea.call("PATCH", f"{hosted.path}/pulls/{number}", {"state": "closed"})


def test_a_wait_goes_over_the_merge(asked: RequestFleet, tmp_path: Path) -> None:
    """The address comes first; then it is requested, merged, created and ready. One that is closed ends the wait."""
    hosted = asked.hosted
    creating = started(asked, tmp_path, "new", "four", "--wait")
    number, url = opened(hosted)
    assert creating.stdout is not None
    lines = iter(creating.stdout.readline, "")
    assert f"four is requested by pull request {url}\n" == next(each for each in lines if "pull request" in each)
    hosted.merge(number)
    until(lambda: asked.requests("four")[0]["State"] == "merged")
    hosted.fleet("reconcile")
    code, out, err = ended(creating)
    assert (0, True) == (code, "four is ready\n" in out), err
    assert f"four requested: pull request {number} waits until somebody merges it" in err

    extending = started(asked, tmp_path, "extend", "four", "+1d", "--wait", "--json")
    number, url = opened(hosted)
    until(lambda: asked.requests("four")[0]["State"] == "requested")
    assert extending.poll() is None
    close(hosted, number)
    code, out, err = ended(extending)
    assert (5, url) == (code, (said := json.loads(out))["pull_request"]), err
    assert "somebody closed it without a merge" in said["reason"]

    asking, deleting = (started(asked, tmp_path, *args, "--wait") for args in (("new", "five"), ("delete", "three")))
    until(lambda: sum(len(requests_of(asked, each)) for each in ("five", "three")) == 2)

    def have_ended() -> bool:
        # Each may have one of its own, and the ledger knows a request before the host does.
        for found in pulls(hosted):
            close(hosted, int(found["number"]))
        return None not in (asking.poll(), deleting.poll())

    until(have_ended)
    for process, name in ((asking, "five"), (deleting, "three")):
        code, out, err = ended(process)
        assert 5 == code, err
        assert f"What you asked for {name} does not come: pull request " in err
        assert "closed it without a merge. See http://" in err
        assert "Pulumi" not in err
