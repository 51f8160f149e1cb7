from __future__ import annotations

from typing import Any

import pytest

from helium.adapters.engine.export import State
from helium.conformance.clock import reads_of_the_clock
from helium.conformance.holdings import holds_data, moved, was_named_by_pulumi
from helium.conformance.real_cluster import PlantedNamespace, of_trial
from helium.conformance.rows import RULES
from helium.conformance.verdicts import Listener, RowResult, Verdict, Verdicts
from helium.core.stack import StackId


def held(kind: str, called: str, *, id: str = "", **inputs: Any) -> dict[str, Any]:
    """A resource of a state."""
    return {
        "urn": f"urn:pulumi:one::acme.web::{kind}::{called}",
        "type": kind,
        "custom": True,
        "id": id,
        "inputs": inputs,
    }


def test_only_what_says_that_it_is_the_trial_s_is_cleaned_up() -> None:
    """A namespace of somebody else may have any name, and the label of another fleet."""
    metas: list[dict[str, Any]] = [
        {"name": "life-c1", "uid": "1", "labels": {"helium-fleet": "c1"}},
        {"name": "theirs-c1", "uid": "2", "labels": {"helium-fleet": "acme"}},
        {"name": "bare-c1", "uid": "3"},
    ]

    assert (PlantedNamespace("life-c1", "1"),) == of_trial(metas, "c1")


@pytest.mark.parametrize(
    ("one", "drawn"),
    [
        (held("gcp:storage/bucket:Bucket", "data", id="data-0a1b2c3", name="data-0a1b2c3"), True),
        (held("gcp:storage/bucket:Bucket", "data", id="x", name="x", __defaults=["name"]), True),
        (held("kubernetes:core/v1:ConfigMap", "note", id="a/note-0a1b2c3d", metadata={"name": "note-0a1b2c3d"}), True),
        (
            held(
                "kubernetes:core/v1:ConfigMap",
                "note",
                metadata={"name": "x", "annotations": {"pulumi.com/autonamed": "true"}},
            ),
            True,
        ),
        (held("gcp:storage/bucket:Bucket", "data", id="acme-one", name="acme-one"), False),
        (
            held("kubernetes:core/v1:Namespace", "namespace", id="life-c0a1b2c", metadata={"name": "life-c0a1b2c"}),
            False,
        ),
    ],
)
def test_a_drawn_name_is_told_from_a_fixed_one(one: dict[str, Any], drawn: bool) -> None:
    """By what Pulumi notes, or by how it ends: the program's own name and some hex digits."""
    assert drawn == was_named_by_pulumi(one)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("gcp:storage/bucket:Bucket", True),
        ("gcp:sql/databaseInstance:DatabaseInstance", True),
        ("kubernetes:core/v1:PersistentVolumeClaim", True),
        ("gcp:storage/bucketIAMMember:BucketIAMMember", False),
        ("kubernetes:core/v1:ConfigMap", False),
    ],
)
def test_what_holds_data_is_known(kind: str, data: bool) -> None:
    """Of what Google Cloud and Kubernetes have."""
    assert data == holds_data(held(kind, "one"))


def test_what_moved_is_what_was_added_taken_away_or_has_other_inputs() -> None:
    """Providers and components are nothing in a cloud."""
    stack = StackId("acme.web", "one")
    kind, provider = "kubernetes:core/v1:ConfigMap", "pulumi:providers:gcp"
    before = [held(kind, "same", a=1), held(kind, "gone"), held(kind, "changed", a=1), held(provider, "p", a=1)]
    after = [held(kind, "same", a=1), held(kind, "new"), held(kind, "changed", a=2), held(provider, "p", a=2)]
    states = [State(stack, {"deployment": {"resources": each}}) for each in (before, after)]

    assert ["changed", "gone", "new"] == [each["urn"].rpartition("::")[2] for each in moved(states[0], states[1])]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("datetime.now(UTC)", "datetime.now"),
        ("datetime.datetime.utcnow()", "datetime.utcnow"),
        ("time.time()", "time.time"),
        ("workspace.deadline.date()", ""),
    ],
)
def test_a_clock_is_found_where_it_is_read(line: str, found: str) -> None:
    """With the file and the line."""
    said = [*reads_of_the_clock({"resources.py": f"x = 1\ny = {line}\n".encode(), "README.md": b"datetime.now()"})]

    assert [True] * bool(found) == [each.startswith(f"resources.py:2 reads the clock ({found})") for each in said]


def test_a_row_that_was_not_tried_is_not_passed() -> None:
    """Only what does not apply is left out of the count; the first verdict on a row stays."""
    told: list[RowResult] = []
    verdicts = Verdicts(RULES, Listener(lambda _: None, told.append))
    verdicts.judge("create", ())
    verdicts.judge("labels", ["one is wrong", "another is wrong"])
    verdicts.judge("labels", ())
    verdicts.not_applicable("schema", "it has none")
    score = verdicts.score("it ended")

    assert (1, len(RULES) - 1, False) == (score.passed, score.applicable, score.conforms)
    assert "one is wrong (1 more like this)" == next(each.sentence for each in score.rows if each.key == "labels")
    assert ["create", "labels", "schema"] == [each.key for each in told]
    assert {Verdict.NOT_TRIED} == {each.verdict for each in score.rows if each.sentence == "it ended"}


def test_a_row_about_things_applies_where_there_are_any() -> None:
    """Each of them is judged, and what has none of them is not called good."""
    verdicts = Verdicts(RULES, Listener(lambda _: None, lambda _: None))
    for row, things in {"labels": ["good", "bad", "bad"], "protect": ["good"], "outputs": list[str]()}.items():
        problems = {"good": (), "bad": ("it is bad",)}.__getitem__
        verdicts.judge_each(row, things, problems=problems, without_any="it has none")
    found = {each.key: (each.verdict, each.sentence) for each in verdicts.score("").rows}

    assert (Verdict.FAILED, "it is bad (1 more like this)") == found["labels"]
    assert (Verdict.PASSED, "") == found["protect"]
    assert (Verdict.NOT_APPLICABLE, "it has none") == found["outputs"]
