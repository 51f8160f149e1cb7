"""What somebody changed in a cloud, found and put right, on the real engine with the sandbox: nothing is deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from click.testing import CliRunner

from helium.cli import cli
from helium.core.drift import DriftLook
from helium.core.stack import StackId
from helium.errors import ExitCode
from helium.ports.engine import Engine
from helium.sandbox import Resource, change, remove, resources
from tests.deleting.real_fleet import KEPT, SETTINGS, RealFleet, summary


def cloud(fleet: RealFleet, name: str) -> dict[str, Resource]:
    """What a workspace has in the pretend cloud, by one word for each kind."""
    found = resources(fleet.folder / ".helium" / "sandbox")
    mine = [each for each in found if f"acme-{name}" in (each.identity.name, each.identity.within)]
    return {"bucket" if each.identity.kind == "storage.Bucket" else "member": each for each in mine}


def relabel(fleet: RealFleet, name: str) -> None:
    """Somebody gives the bucket another label, and changes one."""
    bucket = cloud(fleet, name)["bucket"]
    labels = {**bucket.inputs["labels"], "fleet": "globex", "more": "added"}
    change(fleet.folder / ".helium" / "sandbox", bucket, labels=labels)


def lose(fleet: RealFleet, name: str) -> None:
    """Somebody takes the right on the bucket away."""
    remove(fleet.folder / ".helium" / "sandbox", cloud(fleet, name)["member"].identity)


def state(fleet: RealFleet) -> Mapping[str, str]:
    """The digest of every file of the state."""
    files = [path for path in (fleet.folder / ".helium" / "state").rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_look_finds_what_is_in_no_cluster_and_writes_nothing(fleet: RealFleet) -> None:
    """A label and a right, by their fields; the state, its locks and its history stay as they are."""
    before = state(fleet)
    assert "3 in step" in fleet.helium("drift")
    assert before == state(fleet)

    relabel(fleet, "a")
    lose(fleet, "b")
    said = json.loads(fleet.helium("drift", "--json", code=ExitCode.DRIFTED))["workspaces"]
    assert before == state(fleet)
    assert {
        "a": [("Bucket/acme-a", "labels.fleet", "was changed")],
        "b": [("BucketIAMMember/member", "", "is gone")],
        "c": [],
    } == {row["name"]: [(one["object"], one["field"], one["what"]) for one in row["differences"]] for row in said}


def test_what_cannot_be_looked_at_is_never_in_step(fleet: RealFleet) -> None:
    """A provider that fails, a workspace on its way: an exit code of its own, whatever else was found."""
    lose(fleet, "b")
    fleet.faults("fail read bucket named acme-a")
    rows = json.loads(fleet.helium("drift", "--json", code=ExitCode.FAILED))["workspaces"]
    assert {"a": "unknown", "b": "drifted", "c": "in step"} == {row["name"]: row["state"] for row in rows}
    assert "There is no workspace called 'z'" in fleet.helium("drift", "z", code=ExitCode.USAGE)


class Overtaken:
    """The engine of a fleet on which a pass runs while somebody looks."""

    def __init__(self, fleet: RealFleet) -> None:
        assert fleet.ports is not None
        self.fleet, self.engine, self.passes = fleet, fleet.ports.engine, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """First the pass."""
        self.passes += 1
        if self.passes == 1:
            self.fleet.go()
        return self.engine.drift(stack, ignored=ignored)

    def close(self) -> None:
        """It is the fleet's."""


def test_what_a_pass_changes_meanwhile_is_not_judged(fleet: RealFleet) -> None:
    """It was seen between two states. The others were looked at."""
    fleet.land({"a.yaml": f"{KEPT}description: edited\n"})
    engine = cast("Engine", Overtaken(fleet))
    args = ["-C", str(fleet.folder), "drift", "--json"]
    done = CliRunner(env=dict(fleet.environ)).invoke(cli, args, obj=lambda _settings: engine)

    assert 0 == done.exit_code, done.output
    said = json.loads(done.stdout)
    assert ["b", "c"] == [row["name"] for row in said["workspaces"]]
    assert [{"name": "a", "why": "a pass changed it meanwhile"}] == said["not_looked_at"]


def test_a_pass_puts_right_what_is_in_no_cluster(fleet: RealFleet) -> None:
    """A label and a right, by an update with what made them. What the workspaces hold stays; the next look is clean."""
    held = fleet.buckets()
    fleet.settings(f"{SETTINGS}drift: {{every: 1h}}\n")
    relabel(fleet, "a")
    lose(fleet, "b")
    assert [("update", "a", "drifted", True), ("update", "b", "drifted", True)] == summary(fleet.go())

    labels = cloud(fleet, "a")["bucket"].inputs["labels"]
    assert ("acme", "a", False) == (labels["fleet"], labels["workspace"], "more" in labels)
    assert ({"bucket", "member"}, held) == ({*cloud(fleet, "b")}, fleet.buckets())
    fleet.now += timedelta(hours=2)
    assert [] == summary(fleet.go())
    records = [fleet.record(name) for name in "abc"]
    assert [()] * 3 == [one.drift.found for one in records if one and one.drift]


def test_a_cloud_that_does_not_answer_leads_to_nothing(fleet: RealFleet) -> None:
    """The record says that nobody could look, and keeps what was found before; nothing is planned by that."""
    fleet.settings(f"{SETTINGS}drift: {{every: 1h, repair: false}}\n")
    relabel(fleet, "a")
    fleet.go()
    fleet.now += timedelta(hours=2)
    fleet.faults("fail read bucket named acme-a : the cloud is away")
    fleet.go()
    record = fleet.record("a")
    assert record is not None
    assert record.drift is not None
    assert ("Bucket/acme-a: labels.fleet was changed",) == record.drift.found
    assert "the cloud is away" in record.drift.unseen

    fleet.settings(f"{SETTINGS}drift: {{every: 1h}}\n")
    assert [] == summary(fleet.go())
    assert "could not be looked at" in fleet.helium("show", "a")
