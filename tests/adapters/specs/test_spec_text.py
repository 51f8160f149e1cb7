"""Writing spec files: new ones, and edits that leave a person's text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.adapters.specs import strict_yaml
from helium.adapters.specs.spec_text import edited, text_of
from helium.errors import SpecError, UsageError
from tests.adapters.specs.reading import PATH, SPECS, spec

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf", "Cn", "Co"]), max_size=30)
TRICKY = st.sampled_from(
    ["2.10", "on", "010", "1e3", "~", "", " a", "a: b", "# a", "a #b", "- a", "2026-12-01", "y", "{"]
)
SCALAR = st.one_of(TEXT, TRICKY, st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.none())
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | TRICKY, inner, max_size=3)
)
PLAIN = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.@_:+/-]{0,110}", fullmatch=True) | TRICKY


def test_a_new_file_reads_well() -> None:
    """The editor's line first, plain text where it is sure, quotes where it is not."""
    fields = {"expiry": "2026-12-01", "pachdVersion": "2.10", "protected": True, "values": {"a": ["on", 1, 0.5, None]}}
    wanted = (
        "# yaml-language-server: $schema=../schema/workspace.schema.json\n"
        "expiry: 2026-12-01\npachdVersion: '2.10'\nprotected: true\nvalues:\n  a:\n    - 'on'\n    - 1\n    - 0.5\n"
        "    - null\n"
    )

    assert wanted == text_of(fields, path=PATH).decode()


@given(st.dictionaries(PLAIN, PLAIN, min_size=1))
def test_simple_fields_are_written_as_the_library_writes_them(fields: dict[str, str]) -> None:
    """Most specs are plain words, which are written without it. One mapping among them, and the library writes all."""
    fields.pop("labels", None)
    assert text_of({**fields, "labels": {}}, path=PATH) == text_of(fields, path=PATH) + b"labels: {}\n"


def test_a_teams_file_finds_the_schema() -> None:
    """The editor's line is relative to the file."""
    assert b"$schema=../../schema/" in text_of({}, path="workspaces/team/a.yaml")


def test_all_defaults_are_written() -> None:
    """A spec without fields is not an empty file."""
    assert {} == spec(text_of({}, path=PATH)).fields


@given(st.dictionaries(TEXT | TRICKY, VALUE, max_size=4))
def test_what_is_written_reads_back(fields: dict[str, object]) -> None:
    """Whatever a reader would let through is written so that it reads back as it was."""
    document = strict_yaml.read(text_of(fields, path=PATH))

    assert (fields, ()) == (document.value, document.findings)


@pytest.mark.parametrize("value", [float("nan"), 1e22, "a\0b", "a\u202eb", 2**60])
def test_what_could_not_be_read_is_not_written(value: object) -> None:
    """A value that the strict reader refuses is refused when it is written."""
    with pytest.raises(SpecError):
        text_of({"values": {"a": value}}, path=PATH)


EDITS = [
    ("expiry: 2026-12-01\n", "expiry: 2026-12-08\n"),
    ("# why\nexpiry: 2026-12-01  # soon\nowner: a@b.c\n", "# why\nexpiry: 2026-12-08  # soon\nowner: a@b.c\n"),
    ('expiry: "2026-12-01"\n', "expiry: 2026-12-08\n"),
    ("'expiry':   '2026-12-01'", "'expiry':   2026-12-08"),
    ("expiry: >-\n  2026-12-01\nowner: a@b.c\n", "expiry: 2026-12-08\nowner: a@b.c\n"),
    ("{}\n", "{expiry: 2026-12-08}\n"),
    ("# all\n{} # defaults\n", "# all\n{expiry: 2026-12-08} # defaults\n"),
    ("{owner: a@b.c}\n", "{expiry: 2026-12-08, owner: a@b.c}\n"),
    ('{"expiry":"2026-12-01","owner":"a@b.c"}', '{"expiry": 2026-12-08,"owner":"a@b.c"}'),
    ("owner: a@b.c\n", "owner: a@b.c\nexpiry: 2026-12-08\n"),
    ("owner: a@b.c", "owner: a@b.c\nexpiry: 2026-12-08\n"),
    ("owner: a@b.c\r\n", "owner: a@b.c\r\nexpiry: 2026-12-08\r\n"),
    ("  owner: a@b.c\n", "  owner: a@b.c\n  expiry: 2026-12-08\n"),
    ("values:\n  a:\n    - b\n# end\n", "values:\n  a:\n    - b\n# end\nexpiry: 2026-12-08\n"),
    ("owner: a@b.c\n...\n", "expiry: 2026-12-08\nowner: a@b.c\n...\n"),
    ("description: |+\n  a", "expiry: 2026-12-08\ndescription: |+\n  a"),
    ("\ufeffexpiry: 2026-12-01\n", "\ufeffexpiry: 2026-12-08\n"),
    ("description: é 😀\nexpiry: 2026-12-01\n", "description: é 😀\nexpiry: 2026-12-08\n"),
    ("values: {expiry: x}\n", "values: {expiry: x}\nexpiry: 2026-12-08\n"),
]


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_an_edit_moves_only_what_it_says(before: str, after: str) -> None:
    """One value changes; comments, order, quotes and line ends of all else stay."""
    assert after == edited(before.encode(), {"expiry": "2026-12-08"}, path=PATH).decode()


@pytest.mark.parametrize("data", [b"", b"[", b"[]", b"expiry: on", b"\xff", b"a: &a 1"])
def test_what_is_no_spec_is_not_edited(data: bytes) -> None:
    """A file with flaws is for a person to mend first."""
    with pytest.raises(SpecError):
        edited(data, {"expiry": "2026-12-08"}, path=PATH)


def test_an_edit_that_cannot_be_applied_is_refused() -> None:
    """Where the text would not read back as asked, nothing is written."""
    with pytest.raises(UsageError, match="by hand"):
        edited(b"{}", {"description": float("inf")}, path=PATH)


@given(
    st.dictionaries(st.sampled_from(["values", "owner", "x", "description"]), VALUE, max_size=4),
    st.dictionaries(st.sampled_from(["expiry", "description", "protected"]), SCALAR, min_size=1),
)
def test_an_edit_keeps_every_other_value(fields: dict[str, object], changes: dict[str, object]) -> None:
    """Whatever stands in the file, after the edit it says the same and the change."""
    document = strict_yaml.read(edited(text_of(fields, path=PATH), changes, path=PATH))
    wanted = {key: value for key, value in {**fields, **changes}.items() if key not in changes or value is not None}

    assert (wanted, ()) == (document.value, document.findings)


COMMENTED = """\
# yaml-language-server: $schema=../schema/workspace.schema.json
owner: ada@example.com  # she asked in March
# What the customer pays for.
values:
  pachd:
    replicas: 2   # two, since one was slow
  notes: |
    a text
    of two lines
# Until the fair is over.
expiry: 2026-12-08
labels: {team: field}
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("changes", "gone", "lines"),
    [
        ({"values": {"pachd": {"replicas": 3}}}, 4, ["    replicas: 3"]),
        ({"values": None}, 6, []),
        ({"labels": {"team": "sales", "customer": "globex"}}, 1, ["labels:", "  team: sales", "  customer: globex"]),
        ({"labels": None, "expiry": "2026-12-09"}, 2, ["expiry: 2026-12-09"]),
        ({"notebooks": {"values": {"a": 1}}}, 0, ["notebooks:", "  values:", "    a: 1"]),
        ({"access": None}, 0, []),
    ],
)
def test_an_edit_leaves_the_comments_of_others(
    changes: dict[str, object], gone: int, lines: list[str], newline: str
) -> None:
    """A mapping is set or taken away where it stands; every other line is as it was."""
    before = COMMENTED.replace("\n", newline)
    after = edited(before.encode(), changes, path=PATH).decode()

    assert lines == [each for each in after.split(newline) if each not in before.split(newline)]
    assert gone == len([each for each in before.split(newline) if each not in after.split(newline)])
    assert newline == "\n" or "\n" not in after.replace("\r\n", "")


def test_a_null_that_stands_in_the_file_stays() -> None:
    """Only what the edit itself takes away goes."""
    assert b"values: null\nprotected: true\n" == edited(b"values: null\n", {"protected": True}, path=PATH)
    assert b"values: null\n" == edited(b"values: null\nowner: x@example.com\n", {"owner": None}, path=PATH)


def test_the_last_field_that_goes_leaves_an_empty_spec() -> None:
    """`{}`, which uses all the defaults."""
    assert b"# why\n{}\n" == edited(b"# why\nowner: ada@example.com\n", {"owner": None}, path=PATH)


@pytest.mark.parametrize(
    "text", [b"{owner: ada@example.com, values: {a: 1}}", b"  owner: x@example.com\n  values: {a: 1}\n"]
)
def test_what_stands_otherwise_is_not_torn(text: bytes) -> None:
    """Only fields on lines of their own are taken away one by one."""
    with pytest.raises(UsageError, match="lines of its own"):
        edited(text, {"values": None}, path=PATH)
    document = strict_yaml.read(edited(text, {"labels": {"team": "field"}}, path=PATH))
    assert ({"team": "field"}, ()) == (document.value["labels"], document.findings)


def test_values_of_their_own_are_read_as_strictly() -> None:
    """Helm values that a door is given as text are a mapping without a flaw, or errors with their places."""
    assert {"pachd": {"replicas": 1}} == SPECS.mapping(b"pachd: {replicas: 1}\n", path="valuesYaml")


@pytest.mark.parametrize(("text", "words"), [(b"", "empty"), (b"[]", "mapping of keys"), (b"a: on", "valuesYaml:1:4")])
def test_values_with_flaws_are_refused(text: bytes, words: str) -> None:
    """The errors name what the door was given, and where in it."""
    with pytest.raises(SpecError, match=words):
        SPECS.mapping(text, path="valuesYaml")


def test_the_port_writes_what_it_reads() -> None:
    """What the port writes and edits, it reads back."""
    data = SPECS.edited(SPECS.text({"owner": "ada@example.com"}, path=PATH), {"expiry": "2026-12-08"}, path=PATH)

    assert {"owner": "ada@example.com", "expiry": "2026-12-08"} == spec(data).fields


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "a\x9fb", "expiry": "2026-12-08"},
        {"description": "a\u202eb"},
        {"x: 1\nprotected": True, "expiry": "2026-12-08"},
        {"": "x"},
        {"a\x00": "x", "b": "y"},
    ],
)
def test_what_would_break_its_line_is_not_put_there(changes: dict[str, object]) -> None:
    """A key that is none and an invisible character are errors, before anything is written."""
    with pytest.raises(SpecError):
        edited(b"owner: ada@example.com\n", changes, path=PATH)
