"""What differs between what was made and what lives, how it is said, and what of it a fleet wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helium.core.digest import Json
from helium.core.drift import (
    LINES,
    LONGEST,
    Drift,
    DriftedField,
    DriftLook,
    RepairWay,
    differences,
    is_ignored,
    noted,
    without_ignored,
)

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
SCALED = DriftedField("Deployment/app", "spec.replicas", "is 0 and was made as 2")
GONE = DriftedField("Ingress/app")


def test_numbers_and_switches_are_shown_and_texts_are_not() -> None:
    """A text may be a secret that somebody put into a setting. An image is none."""
    made = {"replicas": 2, "paused": False, "image": "web:1", "env": {"KEY": "one"}, "gone": 1, "empty": None}
    there = {"replicas": 0, "paused": True, "image": "web:2", "env": {"KEY": "two"}, "more": 1, "empty": 3}

    assert {
        "replicas": "is 0 and was made as 2",
        "paused": "is true and was made as false",
        "image": "is web:2 and was made as web:1",
        "env.KEY": "was changed",
        "gone": "was removed",
        "more": "was added",
        "empty": "is 3 and was made as empty",
    } == dict(differences(made, there))
    assert {"replicas": "was changed"} == dict(differences({"replicas": 2}, {"replicas": 0}, secret=True))


def test_true_is_not_one() -> None:
    """Python takes them for the same; the API does not."""
    assert ["a"] == [at for at, _ in differences({"a": 1}, {"a": True})]
    assert [] == list(differences({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 2.0}]}))


def test_things_in_a_list_are_told_apart_by_their_names() -> None:
    """One more in the middle is one difference; without names it is by where they stand."""
    made = [{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]
    there = [{"name": "web", "image": "web:1"}, {"name": "more"}, {"name": "log", "image": "log:2"}]

    assert {"[log].image", "[more]"} == {at for at, _ in differences(made, there)}
    assert ["a[1]", "a[2]"] == [at for at, _ in differences({"a": ["x", "y"]}, {"a": ["x", "z", "w"]})]
    assert ["[1].name"] == [at for at, _ in differences([{"name": "a"}] * 2, [{"name": "a"}, {"name": "b"}])]


@pytest.mark.parametrize(
    ("ignored", "place", "expected"),
    [
        ("Deployment/app:spec.replicas", "Deployment/app:spec.replicas", True),
        ("Deployment/app", "Deployment/app", True),
        ("Deployment/app", "Deployment/app:spec.replicas", True),
        ("Deployment/*:spec.replicas", "Deployment/app-demo:spec.replicas", True),
        ("*/app", "Ingress/app", True),
        (
            "Deployment/app:spec.template.spec.containers[*].image",
            "Deployment/app:spec.template.spec.containers[web].image",
            True,
        ),
        ("Deployment/app:spec.template", "Deployment/app:spec.template.spec.containers[web].image", True),
        ("Deployment/app:spec.containers", "Deployment/app:spec.containers[web].image", True),
        ("Deployment/app:spec.*.spec", "Deployment/app:spec.template.spec.x", True),
        ("Deployment/app:spec.rep", "Deployment/app:spec.replicas", False),
        ("Deployment/app:spec.*", "Deployment/app", False),
        ("Deployment/ap", "Deployment/app", False),
        ("Deployment/*", "StatefulSet/app", False),
    ],
)
def test_what_is_ignored(ignored: str, place: str, *, expected: bool) -> None:
    """A place and all that is inside of it; a star stands for any text without a dot."""
    assert expected is is_ignored(place, [ignored])


def test_ignored_fields_are_not_what_something_was_made_with() -> None:
    """So they are neither compared nor put back."""
    containers: Json = [{"name": "web", "image": "a", "tty": True}, {"name": "log"}]
    made: Json = {"spec": {"replicas": 2, "template": {"containers": containers}}}
    fields = ("spec.replicas", "spec.template.containers[log]", "*.template.containers[web].tty")
    ignored = [f"*/app:{field}" for field in fields]

    pruned = without_ignored(made, ignored, where="Deployment/app")
    assert {"spec": {"template": {"containers": [{"name": "web", "image": "a"}]}}} == pruned
    assert made is without_ignored(made, [], where="Deployment/app")
    assert made == without_ignored(made, ["Job/app"], where="Deployment/app")


def test_a_look_without_what_is_wanted_is_sorted_and_has_each_once() -> None:
    """Whatever the order in which the cluster answered."""
    look = DriftLook((GONE, SCALED, GONE), ("b", "a")) + DriftLook((DriftedField("Job/run"),))

    assert DriftLook((SCALED, GONE), ("a", "b")) == look.without(["Job/*"])
    assert ["Deployment/app: spec.replicas is 0 and was made as 2", "Ingress/app is gone"] == [
        str(each) for each in look.without(["Job/*"]).differences
    ]


def test_what_a_record_keeps() -> None:
    """A few lines, since when, and whether a repair would change anything."""
    many = DriftLook(tuple(DriftedField(f"ConfigMap/{number:03}", "x" * 300, "was changed") for number in range(20)))
    first = noted(DriftLook((SCALED,)), before=None, now=NOW)
    later = noted(DriftLook((SCALED, GONE)), before=first, now=NOW + timedelta(hours=1))

    assert Drift(NOW, NOW, (str(SCALED),), repairs=True, applies=True) == first
    assert (NOW, 2) == (later.since, len(later.found))
    assert Drift(NOW) == noted(DriftLook(), before=later, now=NOW)
    kept = noted(many, before=None, now=NOW).found
    assert (LINES + 1, "and 12 more", LONGEST) == (len(kept), kept[-1], len(kept[0]))
    gone = noted(DriftLook((SCALED,)).as_it_is_left, before=None, now=NOW)
    assert (True, False, True) == (gone.repairs, gone.applies, first.applies)
    nothing = DriftedField("PersistentVolumeClaim/data", "spec", "cannot be set back", RepairWay.NOTHING)
    assert not noted(DriftLook((nothing,)), before=None, now=NOW).repairs


def test_what_could_not_be_seen_takes_nothing_back() -> None:
    """A look that saw only half keeps what an earlier one found, unless it found something itself."""
    first = noted(DriftLook((SCALED,)), before=None, now=NOW)
    later = NOW + timedelta(hours=1)

    assert Drift(later, NOW, first.found, repairs=True, applies=True, unseen="away") == noted(
        DriftLook(unseen=("away",)), before=first, now=later
    )
    assert Drift(later, unseen="away") == noted(DriftLook(unseen=("away",)), before=None, now=later)
    both = noted(DriftLook((GONE,), ("away",)), before=first, now=later)
    assert ((str(GONE),), NOW, "away") == (both.found, both.since, both.unseen)
