from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core.spec import Entry, fields_with, in_the_past, is_noreply, longest_name, too_long
from tests.builders import NOW, spec

LONGEST = timedelta(days=90)
YEARS = (datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01"))
ADDED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("workspaces/a.yaml", "a"),
        ("workspaces/team/a.yaml", "a"),
        ("workspaces/x/y/z/a.yml", "a"),
        ("workspaces/A.YAML", "a"),
        ("workspaces/.a.yaml.swp", "a"),
        ("workspaces/a.b.yaml", "a"),
        ("workspaces/a", "a"),
    ],
)
def test_an_entry_holds_the_name_of_its_stem(path: str, name: str) -> None:
    """Whatever its ending, depth or case."""
    assert name == Entry(path, "x").name


def test_the_maximum_counts_from_birth() -> None:
    """The last instant allowed is born and the maximum; a second more is refused with the last day that fits."""
    last = ADDED_AT + LONGEST
    issue = too_long(spec(expiry=last + timedelta(seconds=1)), added_at=ADDED_AT, longest=LONGEST, now=ADDED_AT)

    assert None is too_long(spec(expiry=last), added_at=ADDED_AT, longest=LONGEST, now=ADDED_AT)
    assert None is too_long(spec(expiry=None), added_at=ADDED_AT, longest=LONGEST, now=ADDED_AT)
    assert issue is not None
    assert ("workspaces/a.yaml", "/expiry") == (issue.path, issue.pointer)
    assert "write 2027-02-21 or earlier" in issue.sentence


@given(st.datetimes(YEARS[0], YEARS[1], timezones=st.just(UTC)), st.integers(1, 5000))
def test_the_day_that_is_named_fits(added_at: datetime, hours: int) -> None:
    """The date that the sentence tells a person to write is not refused in turn."""
    longest = timedelta(hours=hours)
    much = spec(expiry=added_at + longest + timedelta(days=1))
    issue = too_long(much, added_at=added_at, longest=longest, now=added_at - timedelta(days=1))
    assert issue is not None
    day = datetime.fromisoformat(issue.sentence.split("write ")[1].split(" ")[0]).replace(tzinfo=UTC)
    end = day + timedelta(days=1, seconds=-1)

    assert end <= added_at + longest < end + timedelta(days=1)


@pytest.mark.parametrize(
    ("hours", "advice"),
    [
        (2, "write 2026-11-24T14:00:00Z or earlier"),
        (1, "it has had that time already, so put the former expiry back"),
    ],
)
def test_no_day_is_named_that_has_passed(hours: int, advice: str) -> None:
    """Whoever did as the sentence says would end a workspace that lives."""
    added_at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    much = spec(expiry=added_at + timedelta(days=3))
    longest, now = timedelta(hours=hours), added_at + timedelta(hours=1)
    issue = too_long(much, added_at=added_at, longest=longest, now=now)

    assert issue is not None
    assert issue.sentence.endswith(f"when the file was added; {advice}")


def test_the_past_is_an_error_where_a_person_asks() -> None:
    """A deadline that is reached has passed; no deadline of its own never has."""
    assert None is in_the_past(spec(expiry=NOW + timedelta(seconds=1)), now=NOW)
    assert None is in_the_past(spec(expiry=None), now=NOW)
    assert [True, True] == [
        issue is not None and issue.pointer == "/expiry"
        for issue in (in_the_past(spec(expiry=NOW - length), now=NOW) for length in (timedelta(), LONGEST))
    ]


@pytest.mark.parametrize(("fleet", "longest"), [("a", 60), ("ab", 60), ("abc", 59), ("a" * 30, 32)])
def test_a_name_leaves_room_for_bucket_and_host(fleet: str, longest: int) -> None:
    """63 characters hold FLEET-NAME and jh-NAME."""
    assert longest == longest_name(fleet)


def test_fields_are_what_the_file_says() -> None:
    """A field that is absent, or of another type than a person may ask for, is nothing."""
    full = spec(fields={"pachdVersion": "2.3.9", "disableNotebooks": True, "values": {"a": 1}})

    assert ("2.3.9", None, None) == (
        full.text("pachdVersion"),
        full.text("helmVersion"),
        full.text("disableNotebooks"),
    )
    assert ({"a": 1}, {}, {}) == (full.values, spec().values, spec(fields={"values": None}).values)


def test_the_digest_is_of_what_makes_the_workspace() -> None:
    """Not of when it ends, why it is there or whether it is protected: such an edit leaves the make as it is."""
    plain = spec(fields={"pachdVersion": "2.3.9"})
    metadata_only = spec(
        fields={"pachdVersion": "2.3.9", "expiry": "2026-12-24", "description": "x", "protected": True}
    )

    assert plain.digest == metadata_only.digest
    assert plain.digest != spec(fields={"pachdVersion": "2.4.0"}).digest
    assert plain.digest != spec(fields={"pachdVersion": "2.3.9"}, backend="own").digest


@pytest.mark.parametrize(
    ("owner", "noreply"),
    [
        ("ada@example.com", False),
        ("1+ada@users.noreply.github.com", True),
        ("No-Reply@example.com", True),
        ("noreply@example.com", True),
    ],
)
def test_nobody_reads_mail_to_a_noreply_address(owner: str, noreply: bool) -> None:
    """Git hosts make such addresses for authors."""
    assert noreply == is_noreply(owner)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        ({"notebooks": {"values": {"singleuser": {"memory": 1}}}}, {"singleuser": {"memory": 1}}),
        ({"notebooks": {}}, {}),
        ({"notebooks": True}, {}),
        ({"notebooks": {"values": "text"}}, {}),
    ],
)
def test_the_values_for_the_notebooks_chart_are_a_mapping(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """Whatever else stands there is the schema's to judge."""
    assert spec(fields=fields).notebook_values == expected


def test_an_edit_sets_fields_and_takes_them_away() -> None:
    """What the file says besides stays, also a null."""
    fields = {"owner": "ada@example.com", "values": None, "description": "old"}

    assert {"owner": "ada@example.com", "values": None, "access": "everyone"} == fields_with(
        fields, {"description": None, "access": "everyone", "labels": None}
    )
