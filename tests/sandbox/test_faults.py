from __future__ import annotations

import pytest

from helium.sandbox import FaultLineError
from helium.sandbox.fault_rules import Action, Call, FaultRule, due, read

BUCKET = Call("create", "gcp:storage/bucket:Bucket", "demo-bucket")
RELEASE = Call("create", "kubernetes:helm.sh/v3:Release", "pachyderm", "demo")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("fail create 2nd", FaultRule("", Action.FAIL, False, "create", ordinal=2)),
        (
            "fail create bucket always: quota: exceeded",
            FaultRule("", Action.FAIL, False, "create", "bucket", message="quota: exceeded"),
        ),
        ("fail after update", FaultRule("", Action.FAIL, True, "update")),
        ("slow delete 3s", FaultRule("", Action.SLOW, False, "delete", seconds=3)),
        ("slow after create Release 200ms", FaultRule("", Action.SLOW, True, "create", "release", seconds=0.2)),
        ("unreachable", FaultRule("", Action.UNREACHABLE)),
        ("unreachable kubernetes:", FaultRule("", Action.UNREACHABLE, fragment="kubernetes:")),
        ("die after create in demo 1st", FaultRule("", Action.DIE, True, "create", within="demo", ordinal=1)),
        ("die before delete named x", FaultRule("", Action.DIE, False, "delete", name="x")),
        ("echo secret", FaultRule("", Action.ECHO)),
        ("echo secret create Release", FaultRule("", Action.ECHO, False, "create", "release")),
        ("echo secret as base64 create", FaultRule("", Action.ECHO, False, "create", form="base64")),
    ],
)
def test_a_line_is_understood(line: str, fault: FaultRule) -> None:
    """Each form of a line means one fault."""
    (found,) = read([line])

    assert line == found.line
    assert fault == FaultRule(
        "",
        found.action,
        found.after,
        found.operation,
        found.fragment,
        found.name,
        found.within,
        found.ordinal,
        found.seconds,
        found.message,
        found.form,
    )


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        ("fial create", "unknown action “fial”"),
        ("fail", "the operation is missing"),
        ("fail craete", "unknown operation “craete”"),
        ("die create", "before or after"),
        ("die after", "the operation is missing"),
        ("slow delete", "a duration"),
        ("fail delete 3s", "a duration"),
        ("slow delete 3s: why", "only `fail` and `unready` take a message"),
        ("fail create named", "the name is missing"),
        ("fail create bucket namespace", "unexpected word “namespace”"),
        ("echo", "the word secret is missing"),
        ("echo secret as", "the form is missing"),
        ("echo secret as gzip", "unknown form “gzip”"),
    ],
)
def test_a_line_that_means_nothing_is_refused(line: str, piece: str) -> None:
    """A line that cannot be understood is an error that names it and its number, never no fault."""
    with pytest.raises(FaultLineError) as caught:
        read(["# a comment", line])

    assert f"fault 2, “{line}”" in str(caught.value)
    assert piece in str(caught.value)


def test_empty_lines_and_comments_ask_for_nothing() -> None:
    """A file of comments is a file of no faults."""

    assert () == read(["", "  ", "# fail create", "   # unreachable"])


@pytest.mark.parametrize(
    ("line", "bucket", "release"),
    [
        ("fail create", True, True),
        ("fail any", True, True),
        ("fail delete", False, False),
        ("fail create bucket", True, False),
        ("fail create helm.sh", False, True),
        ("fail create named pachyderm", False, True),
        ("fail create in demo", False, True),
        ("fail create Release named other", False, False),
        ("unreachable gcp:", True, False),
    ],
)
def test_scope(line: str, bucket: bool, release: bool) -> None:
    """A fault strikes the calls that fit every part of its scope, and no others."""
    (fault,) = read([line])

    assert (bucket, release) == (fault.matches(BUCKET), fault.matches(RELEASE))


def test_ordinal_strikes_once() -> None:
    """`2nd` strikes the second matching call alone; without an ordinal every call is struck."""
    second, each = read(["fail create 2nd", "fail create"])

    assert [False, True, False] == [second in due([(second, count)]) for count in (1, 2, 3)]
    assert [True, True, True] == [each in due([(each, 0)]) for _ in range(3)]
