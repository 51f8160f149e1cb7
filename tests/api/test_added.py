"""When a file was added, as the API counts it: the default deadline begins there, also for a file that came back."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from helium.api.parts import ApiParts
from helium.core.deadlines import format_instant
from tests.adapters.git_repos import begun, cloned, git, land
from tests.api.in_process import in_process
from tests.api.process import real
from tests.api.serving import ADA, client
from tests.builders import NOW

SETTINGS = b"fleet: acme\nstate: gs://acme-state\ndefaults: {lifetime: 3d}\nbackends: {gcp-namespace: {}}\n"
PATH, FILE = "workspaces/demo.yaml", b"owner: ada@example.com\n"


def _arrived(deps: ApiParts, head: str) -> None:
    """Wait until the API's mirror is at this commit."""
    end = time.monotonic() + 60
    while deps.commit_queue.view().commit != head:
        assert time.monotonic() < end, "the mirror does not follow main"
        time.sleep(0.02)


def test_the_same_bytes_that_came_back_between_two_looks_have_a_new_deadline(tmp_path: Path) -> None:
    """Removed and added again while nobody looked: the default lifetime counts from the second time."""
    remote = begun(tmp_path, {"helium.yaml": SETTINGS, "workspaces/.gitkeep": b""})
    clone = cloned(remote, tmp_path / "clone")
    deadlines = []
    with (
        real(remote, tmp_path / "mirrors", look=0.05) as deps,
        in_process(deps) as address,
        client(address, ADA) as caller,
    ):
        for files_and_hours_ago in (((FILE, 9),), ((None, 2), (FILE, 1))):
            for data, hours in files_and_hours_ago:
                land(clone, {PATH: data}, time=NOW - timedelta(hours=hours))
            git(clone, "push", "-q")
            _arrived(deps, git(clone, "rev-parse", "HEAD").strip())
            deadlines.append(caller.get("/workspace/demo").json()["Workspace"]["Expiry"])

    assert [format_instant(NOW + timedelta(days=3) - timedelta(hours=ago)) for ago in (9, 1)] == deadlines
