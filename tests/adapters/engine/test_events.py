"""What Pulumi's events say while they come in: by real runs against the sandbox, and event by event."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from helium.adapters.engine.events import EventsSoFar, follow
from helium.core.digest import Json
from helium.core.live import Doing
from helium.core.stack import StackId
from helium.sandbox import Sandbox
from helium.sandbox.testing import set_faults
from tests.adapters.engine.conftest import Warm, destroy, workspace


def event(key: str, name: str, kind: str = "gcp:storage/bucket:Bucket", *, custom: bool = True) -> dict[str, Json]:
    """An event of Pulumi's log."""
    urn = f"urn:pulumi:a::acme::{kind}::{name}"
    return {key: {"metadata": {"op": "create", "urn": urn, "type": kind, "new": {"custom": custom}}}}


def doing(*events: dict[str, Json]) -> Doing:
    """What these say together."""
    so_far = EventsSoFar()
    for each in events:
        so_far.take(each)
    return so_far.doing


def test_everything_waits_for_what_was_begun_first() -> None:
    """Of several at once, the oldest is named; what has failed is not waited for, and not done."""
    a, b = event("resourcePreEvent", "a"), event("resourcePreEvent", "b")
    kind = "gcp:storage/bucket:Bucket"
    assert Doing(kind, "a") == doing(a, b)
    assert Doing(kind, "b", done=1) == doing(a, b, event("resOutputsEvent", "a"))
    assert Doing(kind, "b", done=0) == doing(a, b, event("resOpFailedEvent", "a"))
    assert Doing(done=2) == doing(a, b, event("resOutputsEvent", "b"), event("resOutputsEvent", "a"))


def test_what_nobody_pays_for_is_not_counted() -> None:
    """The stack, its ownership and its providers; a component is done when it begins, since some never end."""
    assert Doing() == doing(event("resourcePreEvent", "s", "pulumi:pulumi:Stack", custom=False))
    assert Doing() == doing(event("resourcePreEvent", "p", "pulumi:providers:gcp"))
    assert Doing() == doing(event("resOutputsEvent", "w", "helium:index:Workspace", custom=False))
    assert Doing(done=1) == doing(event("resourcePreEvent", "c", "test:index:Thing", custom=False))
    assert Doing() == doing({"diagnosticEvent": {"message": "x"}}, {"preludeEvent": {}})


def test_a_log_is_followed_while_it_is_written(tmp_path: Path) -> None:
    """From before it is there, line by line, also of lines that are cut in two; at the end all was told."""
    told: list[Doing] = []
    over, path = threading.Event(), tmp_path / "events.log"
    named = {"over": over, "tell": told.append, "every": 0.01}
    thread = threading.Thread(target=follow, args=(path,), kwargs=named)
    thread.start()
    first = json.dumps(event("resourcePreEvent", "a")).encode()
    with path.open("wb", buffering=0) as log:
        log.write(first[:20])
        over.wait(0.1)
        assert [] == told
        log.write(first[20:] + b"\n")
        over.wait(0.1)
        assert [Doing("gcp:storage/bucket:Bucket", "a")] == told
        log.write(json.dumps(event("resOutputsEvent", "a")).encode() + b"\n")
    over.set()
    thread.join()
    assert Doing(done=1) == told[-1]


def test_pulumi_tells_each_resource_of_a_cloud_as_it_is_made(warm: Warm, sandbox: Sandbox) -> None:
    """While it runs, and not at its end: the first word comes before the last resource is done; also of a destroy."""
    told: list[tuple[StackId, Doing]] = []
    warm.engine.report_to(lambda stack, doing: told.append((stack, doing)))
    made = workspace("live", "cloud")
    set_faults(sandbox.folder, "slow before create always 600ms", "slow before delete always 600ms")
    built = warm.engine.up(made)
    total = sum(built.resources.values())
    up, told[:] = list(told), []
    destroy(warm.engine, made.stack)
    set_faults(sandbox.folder)

    assert {made.stack} == {stack for stack, _ in [*up, *told]}
    assert (4, 4, 4) == (total, up[-1][1].done, told[-1][1].done)
    assert (True, True) == (up[0][1].done < total, told[0][1].done < total)
    named = {str(doing) for _, doing in up if doing.type}
    assert named
    assert named <= {"Bucket bucket", "BucketIAMMember member", "Namespace namespace", "Secret secret"}
    counts = [doing.done for _, doing in up]
    assert sorted(counts) == counts
