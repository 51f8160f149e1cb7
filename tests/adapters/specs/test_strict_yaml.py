"""The form of a file: strict YAML, and where each flaw is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.adapters.specs import strict_yaml
from helium.core.spec import InvalidSpec, Spec
from tests.adapters.specs.reading import PATH, issues, readings, spec

ONE_FLAW = [
    ("", 1, 1, "", "empty"),
    ("\n\n", 3, 1, "", "empty"),
    ("# only a comment\n", 2, 1, "", "{} to say all defaults"),
    ("---\n", 2, 1, "", "empty"),
    ("...\n", 1, 1, "", "not YAML"),
    ("{}\n---\n{}\n", 2, 1, "", "second document"),
    ("expiry: 2026-12-01\n--- {}\n", 2, 1, "", "second document"),
    ("%YAML 1.1\n---\n{}\n", 1, 1, "", "directives"),
    ("%TAG ! tag:example.com,2000:\n---\n{}\n", 1, 1, "", "directives"),
    ("description: &a text\n", 1, 14, "/description", "anchor"),
    ("values: &a {}\n", 1, 9, "/values", "anchor"),
    ("description: !!str 5\n", 1, 14, "/description", '"!!str" is a tag'),
    ("description: !ruby/object x\n", 1, 14, "/description", "tag"),
    ("values: !!python/object/apply:os.system [ls]\n", 1, 9, "/values", "tag"),
    ("!!map {}\n", 1, 1, "", "tag"),
    ("expiry: 2026-12-01\nexpiry: 2026-12-01\n", 2, 1, "/expiry", "already set at line 1"),
    ("values:\n  a: {b: 1,\n   b: 1}\n", 3, 4, "/values/a/b", "already set at line 2"),
    ('values: {"a": 1, a: 1}\n', 1, 18, "/values/a", "already set"),
    ("values: {<<: {a: 1}}\n", 1, 10, "/values/<<", "merges"),
    ("values: {1: a}\n", 1, 10, "/values/1", 'in quotes: "1"'),
    ("values: {on: a}\n", 1, 10, "/values/on", 'in quotes: "on"'),
    ("values: {null: a}\n", 1, 10, "/values/null", 'in quotes: "null"'),
    ("values: {~: a}\n", 1, 10, "/values/~0", 'in quotes: "~"'),
    ("values: {1.5: a}\n", 1, 10, "/values/1.5", 'in quotes: "1.5"'),
    ("values: {? [a] : b}\n", 1, 12, "/values", "a key must be text, not a mapping"),
    ("values: {? {a: b} : c}\n", 1, 12, "/values", "a key must be text, not a mapping"),
    ("values: {a: [}\n", 1, 14, "", "not YAML"),
    ("values: {a: b\n", 2, 1, "", "not YAML"),
    ("description: 'abc\n", 2, 1, "", "not YAML"),
    ("a: b: c\n", 1, 5, "", "not YAML"),
    ("values:\n\ta: b\n", 2, 1, "", "there is a tab here"),
    ("values:\r\n  a: 1\r\n\tb: 1\r\n", 3, 1, "", "use spaces"),
    ("values: {a: @b}\n", 1, 13, "", "not YAML"),
    (b"description: a\n\xff: b\n", 2, 1, "", "byte 16 (0xff) is not UTF-8"),
    (b"description: caf\xe9\n", 1, 17, "", "byte 17 (0xe9) is not UTF-8"),
    (b"\xef\xbb\xbfdescription: \xe9\n", 1, 17, "", "byte 17 (0xe9) is not UTF-8"),
    (b"\xff\xfe{\x00}\x00", 1, 1, "", "byte 1 (0xff) is not UTF-8"),
    (b"{\x00}", 1, 2, "", "U+0000"),
    ("description: a\x07b\n", 1, 15, "", "U+0007"),
    ("description: a\u202eb\n", 1, 15, "", "U+202E"),
    ("description: a\u200bb\n", 1, 15, "", "U+200B"),
    ("description: a\u200fb\n", 1, 15, "", "U+200F"),
    ("description: a\u2060b\n", 1, 15, "", "U+2060"),
    ("description: a\xadb\n", 1, 15, "", "U+00AD"),
    ("description: a\U000e0041b\n", 1, 15, "", "U+E0041"),
    ("description: a\u2028b\n", 1, 15, "", "U+2028"),
    ("description: a\x85b\n", 1, 15, "", "U+0085"),
    ('description: "a\\0b"\n', 1, 14, "/description", "U+0000"),
    ('description: "a\\x1b[31m"\n', 1, 14, "/description", "U+001B"),
    ('values: {"a\\0": 1}\n', 1, 10, "/values/a\0", "U+0000"),
    ("description: " + "x" * 65536, 1, 1, "", "larger than 64 KiB"),
    ("values: {a:\n " + "[" * 31 + "]" * 31 + "}\n", 2, 32, "/values/a" + "/0" * 30, "more than 32 levels deep"),
    ("- a\n", 1, 1, "", "must be a mapping, not a list; for example {}"),
    ("x-team: a\n", 1, 1, "/x-team", "known are access, backend, consoleVersion"),
    ("text\n", 1, 1, "", "must be a mapping, not text"),
    ("[]\n", 1, 1, "", "must be a mapping, not a list"),
    ("null\n", 1, 1, "", "must be a mapping"),
    ("5\n", 1, 1, "", "must be a mapping, not a number"),
    ('""\n', 1, 1, "", "must be a mapping"),
]


@pytest.mark.parametrize(("text", "line", "column", "pointer", "words"), ONE_FLAW)
def test_each_flaw_has_its_place_and_its_sentence(
    text: str | bytes, line: int, column: int, pointer: str, words: str
) -> None:
    """One flaw in a file is told once, with file, line, column, pointer and what to do."""
    found = issues(text)

    assert [(PATH, line, column, pointer)] == [(issue.path, issue.line, issue.column, issue.pointer) for issue in found]
    assert words in found[0].sentence


UNSURE = [
    "on", "On", "ON", "off", "yes", "Yes", "no", "NO", "y", "N", "True", "TRUE", "False", "Null", "NULL", "~", "=",
    "010", "0o17", "08", "0x1F", "0b11", "1_000", "12:30", "12:30:00", "190:20:30", "190:20:30.15", "+5", "-0", "007",
    "2.10", "1.0", "1.", ".5", "+.5", "1.50", "1e3", "1.5e3", "1E3", "6.02e23", "1_0.5", "904e4965", "1e400",
    "9007199254740993", "99999999999999999999999", "0.00001", "2026-12-01 18:00:00", "2001-12-14t21:59:43.10-05",
    "0x_", ".inf", "-.INF", ".nan", ".NaN",
]  # fmt: skip


@pytest.mark.parametrize("text", UNSURE)
def test_what_yaml_may_read_in_another_way_is_refused(text: str) -> None:
    """A plain scalar that any reader of YAML or JSON takes for something else is refused, and its quotes named."""
    found = issues(f"values: {{a: {text}}}\n")

    assert ["/values/a"] == [issue.pointer for issue in found]
    assert "quotes" in found[0].sentence


@pytest.mark.parametrize("text", UNSURE)
def test_in_quotes_it_is_text(text: str) -> None:
    """What the sentence says to do works."""
    assert {"a": text} == spec(f"values: {{a: '{text}'}}\n").values


SURE: list[tuple[str, object]] = [
    ("true", True), ("false", False), ("null", None), ("0", 0), ("5", 5), ("-5", -5), ("9007199254740991", 2**53 - 1),
    ("0.5", 0.5), ("2.3", 2.3), ("-0.25", -0.25), ("123.456", 123.456), ("2.3.9", "2.3.9"), ("10.0.0.1", "10.0.0.1"),
    ("2026-12-01", "2026-12-01"), ("2026-12-01T18:00:00Z", "2026-12-01T18:00:00Z"), ("1Gi", "1Gi"), ("100m", "100m"),
    ("v1", "v1"), ("-a", "-a"), ("a:b", "a:b"), ("none", "none"), ("onwards", "onwards"), ("5d", "5d"), ("é", "é"),
    ("904d4965029e35a434c7c049a0470d9e4800c990", "904d4965029e35a434c7c049a0470d9e4800c990"), ("a b", "a b"),
    ("{}", {}), ("[]", []), ("''", ""), ('"\\u00e9"', "é"), ("[1, a]", [1, "a"]), ("1.2.3-rc.1", "1.2.3-rc.1"),
    ("👩\u200d💻", "👩\u200d💻"), ("NaN", "NaN"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SURE)
def test_what_every_reader_agrees_on_is_read(text: str, value: object) -> None:
    """Booleans, null, whole numbers and decimals that print back, and text that is no number, need no quotes."""
    read = spec(f"values: {{a: {text}}}\n").values["a"]

    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize("field", ["pachdVersion", "consoleVersion", "notebooksVersion", "helmVersion"])
@pytest.mark.parametrize("text", ["2.10", "2.3", "2", "2.0", "1e3", "010"])
def test_a_version_is_never_a_number(field: str, text: str) -> None:
    """A number in a version's place is refused once, with the quotes to write."""
    found = issues(f"{field}: {text}\n")

    assert [f"/{field}"] == [issue.pointer for issue in found]
    assert f'write it in quotes: "{text}"' in found[0].sentence


def test_every_error_of_a_file_is_reported_at_once() -> None:
    """Form, shape and meaning are judged in one go, in the file's order."""
    text = "pachVersion: 2.10\nowner: nobody\nprotected: on\nvalues:\n  a: &x 1\n  oidc: {}\noidc: *x\n"

    assert [
        (1, "/pachVersion"), (1, "/pachVersion"), (2, "/owner"), (3, "/protected"), (5, "/values/a"),
        (6, "/values/oidc"),
        (7, "/oidc"),
        (7, "/oidc"),
    ] == [(issue.line, issue.pointer) for issue in issues(text)]  # fmt: skip


def test_an_alias_bomb_costs_what_it_weighs() -> None:
    """Aliases are refused where they stand, and never followed."""
    rows = [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    found = issues("values:\n  a0: &a0 lol\n" + "\n".join(rows))

    assert 51 == len(found)
    assert "more errors from here on" in found[-1].sentence


def test_thirty_two_levels_are_read() -> None:
    """The limit itself is allowed."""
    assert () == issues("values: {a: " + "[" * 30 + "]" * 30 + "}")


def test_sixty_four_kibibytes_are_read() -> None:
    """The limit itself is allowed."""
    head = "{} #"

    assert () == issues(head + "x" * (65536 - len(head)))


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf{}", b"{}\r\n", b"--- {}\n", b"{}\n...\n", b"# a\n\n{}"])
def test_harmless_forms_are_read(text: bytes) -> None:
    """A byte-order mark, Windows' line ends and the marks of one document change nothing."""
    assert {} == spec(text).fields


def test_a_secret_is_not_quoted_by_another_error() -> None:
    """What stands under a secret's key is in no sentence, whatever else is wrong with it."""
    shown = str(issues("password: 0123\nvalues: {rootToken: 0x7f, token: hunter2}\n"))

    assert [False] * 3 == [secret in shown for secret in ("0123", "0x7f", "hunter2")]


HOSTILE = [
    "values: {a: " + "1" * 65000 + "x}", "values: {a: " + "1_" * 32000 + "x}", "values: {a: " + "a" * 65000 + "}",
    'values: {a: "' + "a://" * 16000 + '"}', "owner: a@" + "a-" * 32000, "owner: a@" + "a." * 32000, "\x01" * 65000,
    "values: [" + "on," * 21000 + "]", "values: {a: [" + "*a," * 21000 + "]}", "[" * 65000, "{" * 65000, "? " * 32000,
    "- " * 32000, "".join(f"k{number}: 1\n" for number in range(7000)), "a: 1\n" * 13000, "\n" * 65000, '"' * 65000,
    "values: {a: '" + "-eyJ" * 16000 + "'}", "values: {a: '" + "a://:" * 13000 + "'}",
    "values: {password: [" + "a," * 32000 + "]}", "labels:\n" + "".join(f" -k{number}: 1\n" for number in range(6000)),
]  # fmt: skip


HARMLESS = "values:\n" + "".join(f"  k{number}: text\n" for number in range(4500))
"""An ordinary file, nearly as large as the limit."""


def seconds_of_reading(text: str) -> float:
    """What the reader costs, as time of this thread: other work on the machine does not count."""
    began = time.thread_time()
    assert len(issues(text)) <= 51
    return time.thread_time() - began


@pytest.mark.timeout(300)  # only a reader that hangs takes so long
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_costs_little(text: str) -> None:
    """No file within the limit keeps the reader busy, whatever its author was up to.

    The worst costs about five times what a harmless file costs. A fixed number of seconds would fail on a slow machine.
    """
    assert seconds_of_reading(text) < 30 * seconds_of_reading(HARMLESS)


@given(st.binary(max_size=400))
def test_any_bytes_have_a_reading(data: bytes) -> None:
    """No file makes the reader raise."""
    (reading,) = readings({PATH: data}).values()

    assert isinstance(reading, Spec | InvalidSpec)


@given(st.lists(st.sampled_from([*"{}[]:,-?!&*#|>%@'\"\\ \n\tab01.~<=", "values: ", "expiry: ", "- "])))
def test_any_yaml_has_a_reading(parts: list[str]) -> None:
    """No shape of YAML makes the reader raise, and every error has a place in the file."""
    text = "".join(parts)
    lines = text.count("\n") + 1

    assert [True] * len(issues(text)) == [
        1 <= issue.line <= lines + 1 and issue.column >= 1 and issue.sentence != "" for issue in issues(text)
    ]


@given(st.text(alphabet="0123456789.eE+-_:xob", min_size=1, max_size=12))
def test_a_number_that_is_read_prints_back(text: str) -> None:
    """What is taken for a number is written in JSON exactly as it stood in the file."""
    document = strict_yaml.read(f"[{text}]".encode())

    numbers = [value for value in document.value or () if isinstance(value, int | float)] if document.whole else []
    assert [text] * len(numbers) == [str(number) for number in numbers]
