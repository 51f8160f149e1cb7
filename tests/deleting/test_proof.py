"""Proof of deletion on the real engine: nothing is called gone while it lives, nothing lives on unseen."""

from __future__ import annotations

import shutil

from helium.core.plan import Overrides
from tests.deleting.ground import KEPT, SETTINGS, Ground, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]
MOVED = f"{KEPT}pachdVersion: EU\n"


def test_a_removed_workspace_is_gone_with_its_data_and_nothing_else(ground: Ground) -> None:
    """Neither backend, program nor the secrets of the day of creation are needed; everybody else's stays.

    The log tells who asked for each end and beginning.
    """
    ground.settings(SETTINGS.replace("{backend: small}", "{}"))
    shutil.rmtree(ground.folder / "stacks")
    ground.land({"a.yaml": None}, author="Bob <bob@example.com>")
    ground.fresh({"HELIUM_SECRET_PASSWORD": "a later one"})
    shutil.rmtree(ground.environ["HELIUM_CACHE"], ignore_errors=True)

    assert summary(ground.go()) == [("destroy", "a", "file-removed", True)]
    assert (ground.buckets(), ground.stacks()) == (["acme-b", "acme-c"], ["b", "c", "marker"])
    assert ground.phases() == {"b": "ready", "c": "ready"}
    assert [(line.code, line.by) for line in ground.log("a")] == [
        ("new-file", "Ann <ann@example.com>"),
        ("file-removed", "Bob <bob@example.com>"),
        ("gone", "Bob <bob@example.com>"),
    ]
    assert "Bob <bob@example.com>" in ground.helium("history", "a")
    assert "file-removed" in ground.helium("audit", "--since", "1d", "--name", "a", "--csv")


def test_a_destroy_that_failed_is_tried_again_and_never_called_gone(ground: Ground) -> None:
    """The record stays `deleting` with the provider's words; the next pass goes on, and nothing is left.

    Neither is what comes back under that name, the same file: it is made anew, and holds nothing.
    """
    ground.faults("fail delete bucket named acme-a 1st: the cloud is away")
    ground.land({"a.yaml": None})
    assert summary(ground.go()) == [("destroy", "a", "file-removed", False)]
    record = ground.record("a")
    assert record is not None
    assert (record.phase.value, "the cloud is away" in record.error) == ("deleting", True)
    assert ground.buckets() == BUCKETS
    ground.land({"a.yaml": KEPT}, author="Bob <bob@example.com>")

    assert [each[:3] for each in summary(ground.go())] == [("destroy", "a", "replaced"), ("create", "a", "new-file")]
    assert ground.buckets() == ["acme-a", "acme-b", "acme-c"]


def test_what_would_replace_data_is_refused_until_a_person_names_it(ground: Ground) -> None:
    """Brake 11: Pulumi's own `protect` keeps bucket and object; `--allow-replace` lets that one go, this once."""
    ground.land({"a.yaml": MOVED})
    assert summary(ground.go()) == [("update", "a", "would-replace", False)]
    assert ground.buckets() == BUCKETS

    allowed = Overrides(allow_replace=frozenset({"a"}))
    assert [each[3] for each in summary(ground.go("a", overrides=allowed))] == [True]
    assert ground.buckets() == ["acme-a", "acme-b", "acme-c"]


def test_the_former_owners_data_never_reaches_the_next(ground: Ground) -> None:
    """Deleted and made again by another before the next pass: the bucket is another one, and empty."""
    ground.land({"a.yaml": None})
    ground.land({"a.yaml": f"{KEPT}description: mine\n"}, author="Bob <bob@example.com>")

    assert [each[:3] for each in summary(ground.go())] == [("destroy", "a", "replaced"), ("create", "a", "new-file")]
    assert ground.buckets() == ["acme-a", "acme-b", "acme-c"]
    record = ground.record("a")
    assert record is not None
    assert record.owner == "bob@example.com"


def test_what_nobody_made_here_is_counted_and_left_alone(ground: Ground) -> None:
    """A stack of somebody else in the same state is in every summary and in `orphans`, and is never touched."""
    folder = ground.folder / ".helium" / "state" / ".pulumi" / "stacks"
    (folder / "shop").mkdir()
    shutil.copy(next(folder.glob("*/b.json")), folder / "shop" / "prod.json")
    result = ground.go()

    assert result.plan.counts["foreign"] == 1
    assert "1 stacks of others" in ground.helium("plan")
    assert "organization/shop/prod" in ground.helium("orphans")
    ground.helium("orphans", "--destroy", "prod", code=2)
    assert ground.stacks() == ["a", "b", "c", "marker", "prod"]


def test_a_stack_whose_mark_is_anothers_is_kept(ground: Ground) -> None:
    """Brake 8: somebody put another workspace's state in its place; its file is gone, and it stays, with a sentence."""
    folder = next((ground.folder / ".helium" / "state" / ".pulumi" / "stacks").glob("*/a.json")).parent
    text = (folder / "b.json").read_text().replace("acme.small::b", "acme.small::a").replace("::b::", "::a::")
    (folder / "a.json").write_text(text)
    ground.land({"a.yaml": None})
    result = ground.go()

    assert (codes(result), result.outcomes) == (["no-record"], ())
    assert ground.buckets() == BUCKETS
