"""Proof of deletion on the real engine: nothing is called gone while it exists, and nothing stays unseen."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import cast

from helium.core.plan import Overrides
from helium.core.stack import StackId
from helium.errors import EngineError
from helium.ports.engine import Engine
from tests.deleting.real_fleet import KEPT, SETTINGS, KeptEngine, RealFleet, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]
CHANGED_MEANWHILE = f"{KEPT}pachdVersion: EU\n"


def test_a_removed_workspace_is_gone_with_its_data_and_nothing_else(fleet: RealFleet, tmp_path: Path) -> None:
    """Neither backend, program nor the secrets of the day of creation are needed; everybody else's stays.

    The log says who requested each end and each beginning.
    """
    fleet.settings(SETTINGS.replace("{backend: small}", "{}"))
    shutil.rmtree(fleet.folder / "stacks")
    fleet.land({"a.yaml": None}, author="Bob <bob@example.com>")
    fleet.fresh({"HELIUM_SECRET_PASSWORD": "a later one"})
    fleet.elsewhere(tmp_path / "cache")

    assert summary(fleet.go()) == [("destroy", "a", "file-removed", True)]
    assert (fleet.buckets(), fleet.stacks()) == (["acme-b", "acme-c"], ["b", "c", "marker"])
    assert fleet.phases() == {"b": "ready", "c": "ready"}
    assert fleet.files_of("a") == []
    assert [(line.code, line.by) for line in fleet.log("a")] == [
        ("new-file", "Ann <ann@example.com>"),
        ("file-removed", "Bob <bob@example.com>"),
    ]
    assert "Bob <bob@example.com>" in fleet.helium("history", "a")
    assert "file-removed" in fleet.helium("audit", "--since", "1d", "--name", "a", "--csv")


def test_a_destroy_that_failed_is_tried_again_and_never_called_gone(fleet: RealFleet) -> None:
    """The record stays `deleting` with the provider's words; the next pass goes on, and nothing is left.

    Neither is what comes back under that name, the same file: it is created again, and holds nothing.
    """
    fleet.faults("fail delete bucket named acme-a 1st: the cloud is away")
    fleet.land({"a.yaml": None})
    assert summary(fleet.go(once=True)) == [("destroy", "a", "file-removed", False)]
    record = fleet.record("a")
    assert record is not None
    assert (record.phase.value, "the cloud is away" in record.error) == ("deleting", True)
    assert fleet.buckets() == BUCKETS
    fleet.land({"a.yaml": KEPT}, author="Bob <bob@example.com>")

    assert [each[:3] for each in summary(fleet.go())] == [("destroy", "a", "replaced"), ("create", "a", "new-file")]
    assert fleet.buckets() == ["acme-a", "acme-b", "acme-c"]


def test_a_pass_that_is_killed_while_a_name_leaves_the_state_heals(fleet: RealFleet) -> None:
    """Pulumi removed the state, and no more of it. The record stays until history and backups are gone as well."""

    class KilledAtTheEnd(KeptEngine):
        """As if Pulumi were killed after the first file that it removes, and could not start again."""

        def remove(self, stack: StackId) -> None:
            """The state file goes."""
            fleet.lose(stack.name)
            raise EngineError(str(stack), "Pulumi was killed")

        def forget(self, stack: StackId) -> None:
            """Nothing goes."""
            raise EngineError(str(stack), "Pulumi was killed")

    assert fleet.ports is not None
    whole, fleet.ports = fleet.ports, replace(fleet.ports, engine=cast("Engine", KilledAtTheEnd(fleet.ports.engine)))
    fleet.land({"a.yaml": None})
    assert summary(fleet.go()) == [("destroy", "a", "file-removed", False)]
    assert ("a" in fleet.stacks(), fleet.phases()["a"], bool(fleet.files_of("a"))) == (False, "gone", True)
    fleet.ports = whole
    fleet.go()

    assert (fleet.files_of("a"), fleet.phases()) == ([], {"b": "ready", "c": "ready"})
    assert [line.sentence for line in fleet.log("a")].count("destroy: destroyed") == 1


def test_what_would_replace_data_is_refused_until_a_person_names_it(fleet: RealFleet) -> None:
    """Pulumi's own `protect` keeps bucket and object; `--allow-replace` lets that one go, this once."""
    fleet.land({"a.yaml": CHANGED_MEANWHILE})
    assert summary(fleet.go()) == [("update", "a", "would-replace", False)]
    assert fleet.buckets() == BUCKETS

    allowed = Overrides(allow_replace=frozenset({"a"}))
    assert [each[3] for each in summary(fleet.go("a", overrides=allowed))] == [True]
    assert fleet.buckets() == ["acme-a", "acme-b", "acme-c"]


def test_the_former_owners_data_never_reaches_the_next(fleet: RealFleet) -> None:
    """Deleted and made again by another before the next pass: the bucket is another one, and empty."""
    fleet.land({"a.yaml": None})
    fleet.land({"a.yaml": f"{KEPT}description: mine\n"}, author="Bob <bob@example.com>")

    assert [each[:3] for each in summary(fleet.go())] == [("destroy", "a", "replaced"), ("create", "a", "new-file")]
    assert fleet.buckets() == ["acme-a", "acme-b", "acme-c"]
    record = fleet.record("a")
    assert record is not None
    assert record.owner == "bob@example.com"


def test_what_nobody_created_here_is_counted_and_left_alone(fleet: RealFleet) -> None:
    """A stack of somebody else in the same state is in every summary and in `orphans`, and is never touched."""
    folder = fleet.folder / ".helium" / "state" / ".pulumi" / "stacks"
    (folder / "shop").mkdir()
    shutil.copy(next(folder.glob("*/b.json")), folder / "shop" / "prod.json")
    result = fleet.go()

    assert result.plan.counts["foreign"] == 1
    assert "1 stacks of others" in fleet.helium("plan")
    assert "organization/shop/prod" in fleet.helium("orphans")
    fleet.helium("orphans", "--destroy", "prod", code=2)
    assert fleet.stacks() == ["a", "b", "c", "marker", "prod"]


def test_a_stack_whose_mark_is_anothers_is_kept(fleet: RealFleet) -> None:
    """Safeguard `proven_ownership`: with another workspace's state in its place it stays, though its file is gone."""
    folder = next((fleet.folder / ".helium" / "state" / ".pulumi" / "stacks").glob("*/a.json")).parent
    text = (folder / "b.json").read_text().replace("acme.small::b", "acme.small::a").replace("::b::", "::a::")
    (folder / "a.json").write_text(text)
    fleet.land({"a.yaml": None})
    result = fleet.go()

    assert (codes(result), result.outcomes) == (["no-record"], ())
    assert fleet.buckets() == BUCKETS
