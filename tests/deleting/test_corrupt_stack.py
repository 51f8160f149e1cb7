"""Whatever is wrong with one stack's state spoils its own name, and its sentence says what to do, and that works."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.deleting.real_fleet import KEPT, RealFleet, codes, summary

Damage = Callable[[Path], None]


def of_no_bytes(file: Path) -> None:
    """A full disk, or a power cut before the data was written."""
    file.write_bytes(b"")


def cut_off(file: Path) -> None:
    """A full disk, in the middle."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def no_file(file: Path) -> None:
    """Nobody can read it: a folder is in its place, since root may read every file."""
    file.unlink()
    (file / "within").mkdir(parents=True)


def pipe(file: Path) -> None:
    """Reading it would wait for ever."""
    file.unlink()
    os.mkfifo(file)


def leads_nowhere(file: Path) -> None:
    """A link to what is not there, as a copy of half a state leaves it."""
    file.unlink()
    file.symlink_to("elsewhere.json")


def no_json(file: Path) -> None:
    """An editor's or a merge's text."""
    file.write_text("<<<<<<< HEAD\n")


def no_state(file: Path) -> None:
    """JSON, and nothing that Pulumi wrote."""
    file.write_text("{}")


def zipped_with_nothing(file: Path) -> None:
    """The compressed form is none."""
    file.rename(file.with_name(f"{file.name}.gz"))
    file.with_name(f"{file.name}.gz").write_bytes(b"\x1f\x8bnot zipped at all")


def of_the_future(file: Path) -> None:
    """A newer Pulumi wrote it."""
    file.write_text(
        file.read_text().replace('"version": 3', '"version": 9', 1).replace('"version":3', '"version":9', 1)
    )


def over_a_stack(file: Path) -> None:
    """`stack init` was killed after its first write, over a stack that was there."""
    file.write_text(json.dumps({"version": 0, "checkpoint": {"stack": f"organization/acme.small/{file.stem}"}}))


def twice(file: Path) -> None:
    """Somebody copied it, or changed how Pulumi writes it."""
    file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))


def edited(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """As Pulumi reads it again."""
    state = json.loads(file.read_text())
    edit(state["checkpoint"]["latest"])
    file.write_text(json.dumps(state, indent=4))


def owned(latest: dict[str, Any]) -> dict[str, Any]:
    """What the stack says of itself."""
    found: dict[str, Any] = next(each for each in latest["resources"] if each["type"] == "helium:index:Workspace")
    return found


def of_nobody(file: Path) -> None:
    """The list of resources is gone, as after an import of half a state."""
    edited(file, lambda latest: latest.update(resources=None))


def without_zone(file: Path) -> None:
    """An instant that compares with no other."""
    edited(file, lambda latest: owned(latest)["inputs"].update(deadline="2026-12-24T00:00:00"))


def of_another(file: Path) -> None:
    """The file of another stack was copied over it."""
    shutil.copy(file.with_name("c.json"), file)


def without_names(file: Path) -> None:
    """An export shows it, and nothing else can read it."""
    edited(file, lambda latest: [each.pop("urn") for each in latest["resources"][1:]])


def of_other_secrets(file: Path) -> None:
    """Its secrets are kept by a provider that this fleet does not have."""
    kept_by = {"type": "service", "state": {"url": "https://127.0.0.1:9", "owner": "x", "project": "y", "stack": "z"}}
    edited(file, lambda latest: latest.update(secrets_providers=kept_by))


def slowly(*kinds: Damage) -> list[ParameterSet]:
    """Kinds that are tried on the whole command line at leisure; `test_folder_scan.py` has each of them."""
    return [pytest.param(damage, marks=pytest.mark.slow) for damage in kinds]


SEEN = (cut_off, *slowly(of_no_bytes, no_file, leads_nowhere, pipe, no_json, no_state, over_a_stack))
"""What is seen without Pulumi, so a workspace in step is kept as well."""
OPENED = tuple(slowly(of_the_future, zipped_with_nothing))
"""What Pulumi finds when it opens the stack."""


def file_of(fleet: RealFleet, name: str) -> Path:
    """Its state file."""
    return fleet.folder / ".helium" / "state" / ".pulumi" / "stacks" / "acme.small" / f"{name}.json"


def kept(fleet: RealFleet, name: str) -> tuple[str, str]:
    """The code and the reason of a name in `helium plan`."""
    plan = json.loads(fleet.helium("plan", "--json"))
    return next((each["code"], each["reason"]) for each in plan["changes"] if each["name"] == name)


@pytest.mark.parametrize("damage", [*SEEN, *OPENED])
def test_a_stack_that_cannot_be_opened_spoils_its_own_name(fleet: RealFleet, damage: Damage) -> None:
    """Its file is removed, and it is kept; everything else goes on, and each command still answers."""
    damage(file_of(fleet, "b"))
    fleet.land({"b.yaml": None, "a.yaml": None, "d.yaml": KEPT})
    result = fleet.go()

    assert summary(result) == [("create", "d", "new-file", True), ("destroy", "a", "file-removed", True)]
    assert kept(fleet, "b")[0] == "corrupt-stack"
    assert "corrupt-stack" in fleet.helium("why", "b", "--state")
    assert "stack that cannot be opened" in fleet.helium("orphans")
    assert '"b"' in fleet.helium("list", "--json")
    assert (fleet.buckets(), fleet.phases()["b"]) == (["acme-b", "acme-c", "acme-d"], "ready")


@pytest.mark.parametrize("damage", SEEN)
def test_a_corrupt_stack_in_step_is_kept(fleet: RealFleet, damage: Damage) -> None:
    """Neither an update nor a new file for the name touches it, and its place is named."""
    file = file_of(fleet, "b")
    damage(file)
    fleet.land({"b.yaml": f"{KEPT}description: changed\n"})

    assert summary(fleet.go()) == []
    assert (kept(fleet, "b")[0], str(file) in kept(fleet, "b")[1]) == ("corrupt-stack", True)


def test_a_torn_file_of_attributes_hides_no_stack(fleet: RealFleet) -> None:
    """Beside it Pulumi would open nothing, and create the stack a second time over the first."""
    torn = file_of(fleet, "b").with_name("b.json.attrs")
    torn.write_bytes(torn.read_bytes()[:50])
    fleet.land({"b.yaml": None})

    assert summary(fleet.go()) == [("destroy", "b", "file-removed", True)]


def test_a_stack_of_which_only_the_name_was_written_goes(fleet: RealFleet) -> None:
    """Killed between the two writes of `stack init`, and its file was removed since: it never held anything."""
    fleet.faults("fail create bucket named acme-d")
    fleet.land({"d.yaml": KEPT})
    fleet.go()
    fleet.lose("d")
    over_a_stack(file_of(fleet, "d"))
    fleet.land({"d.yaml": None})

    assert summary(fleet.go()) == [("destroy", "d", "file-removed", True)]
    assert "d" not in fleet.stacks()


@pytest.mark.parametrize("damage", [of_no_bytes, *slowly(no_file, of_the_future)])
def test_a_corrupt_stack_is_restored_from_the_backup_that_the_reason_names(fleet: RealFleet, damage: Damage) -> None:
    """Pulumi writes one beside the state, and after that the workspace goes as any other."""
    file = file_of(fleet, "b")
    damage(file)
    fleet.land({"b.yaml": None})
    assert summary(fleet.go()) == []
    assert "b.json.bak" in kept(fleet, "b")[1] or damage is of_the_future
    shutil.rmtree(file) if file.is_dir() else file.unlink()
    shutil.copy(file.with_name("b.json.bak"), file)

    assert summary(fleet.go()) == [("destroy", "b", "file-removed", True)]
    assert fleet.buckets() == ["acme-a", "acme-a/data", "acme-c"]


@pytest.mark.parametrize("damage", [of_no_bytes, *slowly(no_file, of_the_future)])
def test_a_corrupt_stack_is_given_up_by_a_person(fleet: RealFleet, damage: Damage) -> None:
    """Its state file is renamed. Whoever takes the name afterwards does not get what the old one left."""
    damage(file_of(fleet, "b"))
    assert "a is not lost" in fleet.helium("ledger", "accept-loss", "a", code=2)
    where = fleet.helium("ledger", "accept-loss", "b")

    (aside,) = [path for path in file_of(fleet, "b").parent.glob("b.json.*") if path.suffix[1:].isdigit()]
    assert (str(aside) in where, aside.with_name(f"{aside.name}.bak").exists()) == (True, True)
    assert not file_of(fleet, "b").with_name("b.json.bak").exists()
    fleet.land({"b.yaml": None})
    fleet.go()
    fleet.land({"b.yaml": KEPT}, author="Bob <bob@example.com>")
    for _ in range(3):
        # The first one meets the bucket, and the second one looks whose it is.
        fleet.now += timedelta(hours=1)
        assert [(each.name, each.kind, each.ok) for each in fleet.go(once=True).outcomes] == [("b", "create", False)]
    assert ("acme-b" in fleet.buckets(), getattr(fleet.record("b"), "owner", "")) == (True, "bob@example.com")


@pytest.mark.parametrize("damage", [without_zone, *slowly(of_nobody, of_another)])
def test_a_stack_that_does_not_say_whose_it_is_is_given_up_by_a_person(fleet: RealFleet, damage: Damage) -> None:
    """It spoils its own name, its sentence says what to do, and that works: nothing of it is destroyed."""
    damage(file_of(fleet, "b"))
    fleet.land({"b.yaml": None, "a.yaml": None})
    assert summary(fleet.go()) == [("destroy", "a", "file-removed", True)]
    assert "accept-loss b" in fleet.helium("plan", code=4)
    assert "b.json." in fleet.helium("ledger", "accept-loss", "b")

    assert summary(fleet.go()) == []
    assert ("b" in fleet.stacks(), "b" in fleet.phases(), fleet.buckets()) == (False, False, ["acme-b", "acme-c"])


@pytest.mark.slow
def test_a_stack_with_two_files_is_given_up_by_a_person(fleet: RealFleet) -> None:
    """Pulumi reads the newer one, which is a guess. Both are there afterwards, and nothing lists them."""
    twice(file_of(fleet, "b"))
    fleet.land({"b.yaml": None})
    assert summary(fleet.go()) == []
    code, reason = kept(fleet, "b")
    assert (code, "accept-loss b" in reason, fleet.stacks()) == ("corrupt-stack", True, ["a", "b", "c", "marker"])
    given_up = fleet.helium("ledger", "accept-loss", "b")

    assert ("b.json.gz." in given_up, "b" in fleet.stacks()) == (True, False)


@pytest.mark.parametrize("damage", slowly(without_names, of_other_secrets))
def test_a_stack_that_pulumi_can_only_export_is_given_up_by_a_person(fleet: RealFleet, damage: Damage) -> None:
    """Its destroy fails, and says what to do. A stack that is well is not given up by the same words."""
    damage(file_of(fleet, "b"))
    fleet.land({"b.yaml": None})
    (failed,) = fleet.go(once=True).outcomes
    assert (failed.ok, "accept-loss b" in failed.sentence) == (False, True)
    assert "c is not lost" in fleet.helium("ledger", "accept-loss", "c", code=2)
    assert "b.json." in fleet.helium("ledger", "accept-loss", "b")

    fleet.go()
    assert ("b" in fleet.stacks(), "b" in fleet.phases(), "acme-b" in fleet.buckets()) == (False, False, True)


@pytest.mark.slow
def test_a_lock_that_a_killed_pulumi_left_torn_is_broken_by_a_person(fleet: RealFleet) -> None:
    """Nothing was begun, so nothing failed: its name waits for the command that the sentence names."""
    locks = fleet.folder / ".helium" / "state" / ".pulumi" / "locks" / "organization" / "acme.small" / "b"
    locks.mkdir(parents=True, exist_ok=True)
    (locks / "torn.json").write_bytes(b"")
    fleet.land({"b.yaml": None})
    (busy,) = fleet.go(once=True).outcomes
    assert (busy.code, "helium unlock b" in busy.sentence, fleet.phases()["b"]) == ("busy", True, "ready")
    fleet.helium("unlock", "b")

    assert summary(fleet.go()) == [("destroy", "b", "file-removed", True)]


def test_a_corrupt_stack_without_a_record_is_forgotten_by_a_person(fleet: RealFleet) -> None:
    """Nobody can tell whose it is, so it is never destroyed; a person can take it out of the listing."""
    file = file_of(fleet, "stray")
    shutil.copy(file_of(fleet, "a"), file)
    of_no_bytes(file)
    assert "corrupt-stack" in fleet.helium("orphans", "--destroy", "stray", code=2)
    fleet.helium("orphans", "--forget", "stray")

    assert "no orphans" in fleet.helium("orphans")


def test_a_corrupt_marker_is_named_and_made_again_by_a_person(fleet: RealFleet) -> None:
    """It is no workspace's stack: nothing is begun without its proof, and a person writes it again."""
    marker = fleet.folder / ".helium" / "state" / ".pulumi" / "stacks" / "acme.marker" / "marker.json"
    cut_off(marker)
    fleet.land({"a.yaml": None})
    assert "accept-loss --state" in fleet.helium("reconcile", code=5)
    fleet.helium("ledger", "accept-loss", "--state")

    result = fleet.go()
    assert (codes(result), summary(result)) == ([], [("destroy", "a", "file-removed", True)])


def test_without_pulumi_nothing_is_called_corrupt(fleet: RealFleet) -> None:
    """An engine that cannot start at all says so, and the pass ends."""
    fleet.fresh({"HELIUM_PULUMI": str(fleet.folder / "no-pulumi")})
    fleet.land({"a.yaml": None})

    assert "Pulumi cannot be started" in fleet.helium("reconcile", code=5)
