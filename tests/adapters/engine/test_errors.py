"""Pulumi's words: what is read of events and locks, and which error each failure becomes."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helium.adapters.engine import errors, events
from helium.adapters.engine.locks import Lock, is_dead, locks_in
from helium.adapters.engine.protocol import EventSummary, Reply
from helium.adapters.engine.redact import Redactor
from helium.adapters.engine.resource_ids import Candidate, fixed_id, is_ours
from helium.core.stack import StackId
from helium.errors import EngineError, StackBusyError, StackMissingError, WouldReplaceError

STACK = StackId("acme.cloud", "a")
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  file:///state/.pulumi/locks/x.json: created by ada@host (pid 12) at "
    "2026-11-24T13:00:00+01:00"
)


NO_PLUGIN = "no resource plugin 'pulumi-resource-kubernetes' found in the workspace at version v4.23.0 or on your $PATH"
INSTALL = (
    "Pulumi's provider kubernetes 4.23.0 is not on this machine. Install it: pulumi plugin install resource "
    "kubernetes v4.23.0, or build it in a clone of Helium: python3 -m tools setup pulumi-kubernetes"
)
HOLDER = "ada@host (pid 12) since 2026-11-24T12:00:00Z"


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        (
            Reply(255, stderr=LOCKED),
            StackBusyError,
            f"it is locked by {HOLDER}; if nobody works on it, run helium unlock a",
        ),
        (Reply(255, seen=EventSummary(diagnostics=(NO_PLUGIN,))), EngineError, INSTALL),
        (Reply(255, stderr="error: no stack named 'a' found"), StackMissingError, "the state has no such stack"),
        (
            Reply(255, stderr="error: getting secrets manager: incorrect passphrase, please set …"),
            EngineError,
            "its secrets were encrypted with another passphrase; see helium doctor",
        ),
        (
            Reply(
                255, seen=EventSummary(diagnostics=("error: sdk-v2/provider2.go:509: quota exceeded", "update failed"))
            ),
            EngineError,
            "quota exceeded",
        ),
        (
            Reply(
                255, seen=EventSummary(diagnostics=('Traceback (most recent call last):\n  File "x"', "update failed"))
            ),
            EngineError,
            "Pulumi ended with code 255 and said nothing",
        ),
        (Reply(1, stderr="error: something new\n"), EngineError, "something new"),
        (
            Reply(1, seen=EventSummary(diagnostics=("the quota protects this project",))),
            EngineError,
            "the quota protects this project",
        ),
    ],
)
def test_each_failure_has_its_error(reply: Reply, kind: type[EngineError], sentence: str) -> None:
    """The type says what to do, the sentence is the provider's own where there is one."""
    error = errors.error_of(str(STACK), reply, redact=Redactor())

    assert (kind, sentence) == (type(error), error.what)


def test_who_is_busy_is_a_fact() -> None:
    """Host and time stand beside the sentence, for who may break a lock by its age."""
    error = errors.error_of(str(STACK), Reply(255, stderr=LOCKED), redact=Redactor())

    assert isinstance(error, StackBusyError)
    assert ("host", datetime(2026, 11, 24, 12, tzinfo=UTC)) == (error.host, error.since)


def test_protection_is_told_apart_from_other_failures() -> None:
    """Protection is known by Pulumi's own sentence."""
    words = 'unable to replace resource "urn" as it is currently marked for protection.'

    error = errors.error_of(str(STACK), Reply(1, seen=EventSummary(diagnostics=(words,))), redact=Redactor())

    assert WouldReplaceError is type(error)


def test_an_error_is_short_and_says_no_secret() -> None:
    """At most 300 characters, redacted before it is cut, so no half of a secret is left at the end."""
    words = f"{'x' * 290} battery staple"

    error = errors.error_of("s", Reply(1, stderr=words), redact=Redactor.of(["battery staple"]))

    assert 300 >= len(error.what)
    assert "battery" not in error.what


def test_a_lock_is_read() -> None:
    """Who, where, which process, since when, and which file."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)

    assert (Lock("ada", "host", 12, noon, "file:///state/.pulumi/locks/x.json"),) == locks_in(LOCKED)


def test_a_lock_of_a_living_process_lives() -> None:
    """Of this machine, of a process that was there before the lock."""
    assert not is_dead(Lock("ada", socket.gethostname(), os.getpid(), datetime.now(UTC)))


def test_a_lock_older_than_its_process_is_dead() -> None:
    """The pid was given out again, or the machine was started since."""
    long_ago = datetime.now(UTC) - timedelta(days=400)

    assert is_dead(Lock("ada", socket.gethostname(), os.getpid(), long_ago))


def test_a_lock_of_a_process_that_waits_for_its_parent_is_dead() -> None:
    """A zombie holds nothing."""
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert is_dead(Lock("ada", socket.gethostname(), process.pid, datetime.now(UTC)))
    finally:
        process.wait()


def step(op: str, kind: str = "gcp:storage/bucket:Bucket", **new: Any) -> dict[str, Any]:
    """The metadata of one step."""
    return {"metadata": {"op": op, "urn": f"urn::{kind}", "type": kind, "new": new}}


def test_events_are_counted() -> None:
    """Resources by type, without ownership, stack and provider, and without what was deleted."""
    seen = events.fold(
        [
            {"resourcePreEvent": step("create")},
            {"resourcePreEvent": step("same", "kubernetes:core/v1:Namespace")},
            {"resourcePreEvent": step("delete", "gcp:old:Old")},
            {"resourcePreEvent": step("create", "helium:index:Workspace")},
            {"resourcePreEvent": step("create", "pulumi:providers:gcp")},
            {"summaryEvent": {"resourceChanges": {"create": 3, "same": 1, "delete": 1}}},
        ]
    )

    assert ({"gcp:storage/bucket:Bucket": 1, "kubernetes:core/v1:Namespace": 1}, 4) == (seen.resources, seen.changed)


def test_secret_outputs_are_none() -> None:
    """Not even masked, not even deep inside."""
    mask = {events.SECRET_SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
    outputs = {"plain": "x", "secret": mask, "deep": {"list": [mask]}}

    seen = events.fold([{"resOutputsEvent": step("create", events.STACK, outputs=outputs)}])

    assert {"plain": "x"} == seen.outputs


def test_a_failed_create_is_reported_without_masks() -> None:
    """As Pulumi's state would write it, but for secrets, which the events do not tell."""
    mask = {events.SECRET_SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
    failed = step("create", custom=True, urn="u", type="t", inputs={"name": "n", "password": mask})

    seen = events.fold([{"resOpFailedEvent": failed}, {"resOpFailedEvent": step("update", custom=True, urn="v")}])

    assert (
        {"urn": "u", "type": "t", "inputs": {"name": "n", "password": "[secret]"}, "custom": True, "error": ""},
    ) == seen.failed


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        ("gcp:storage/bucket:Bucket", {"name": "b"}, "b"),
        (
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            {"bucket": "b", "role": "roles/x", "member": "user:a"},
            "b/b/roles/x/user:a",
        ),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "n"}}, "n"),
        ("kubernetes:core/v1:Secret", {"metadata": {"name": "s", "namespace": "n"}}, "n/s"),
        ("kubernetes:helm.sh/v3:Release", {"name": "r", "namespace": "n"}, "n/r"),
        ("gcp:storage/bucket:Bucket", {}, None),
        ("gcp:sql/database:Database", {"name": "d"}, None),
        ("aws:s3/bucket:Bucket", {"name": "b"}, None),
    ],
)
def test_ids_follow_from_names(kind: str, inputs: dict[str, Any], expected: str | None) -> None:
    """As the provider's own create gives them; `None` where that is not certain."""
    assert expected == fixed_id(kind, inputs)


OURS = {"labels": {"helium-fleet": "acme", "helium-workspace": "a", "helium-incarnation": "7", "team": "x"}}


def labelled(**changes: str) -> dict[str, Any]:
    """What is there, with one label of ours that says something else."""
    return {"labels": {**OURS["labels"], **{f"helium-{key}": value for key, value in changes.items()}}}


@pytest.mark.parametrize(
    ("wanted", "there", "homes", "expected"),
    [
        (OURS, OURS, set(), True),
        (OURS, labelled(fleet="other"), set(), False),
        (OURS, labelled(workspace="b"), set(), False),
        (OURS, labelled(incarnation="6"), set(), False),
        (OURS, {}, set(), False),
        (OURS, {}, {"n"}, False),
        ({"bucket": "b"}, {}, {"b"}, True),
        ({"bucket": "b"}, {}, {"c"}, False),
        ({"metadata": {"namespace": "n"}}, {}, {"n"}, True),
        ({"labels": {"any": "thing"}}, {"labels": {"any": "thing"}}, set(), False),
        ({}, {}, set(), False),
    ],
)
def test_ours_is_what_is_labelled_so_or_lives_in_ours(
    wanted: dict[str, Any], there: dict[str, Any], homes: set[str], expected: bool
) -> None:
    """The labels of the engine decide; what takes none belongs to its bucket or namespace."""
    assert expected == is_ours(Candidate(wanted=wanted, there=there), homes=homes)


FORBIDDEN = (
    "failed to create resource: clusterroles.rbac.authorization.k8s.io is forbidden: User "
    '"system:serviceaccount:a:helium" cannot create resource "clusterroles" in API group "rbac.authorization.k8s.io"'
)


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (" at the cluster scope", "wants to create clusterroles in the whole cluster"),
        (' in the namespace "other"', "wants to create clusterroles in the namespace other"),
        (' in the namespace "a"', ""),
    ],
)
def test_a_chart_that_acts_outside_of_its_namespace_says_how_to_let_it(where: str, sentence: str) -> None:
    """What it wanted, and the setting; a right that it lacks in its own namespace is another matter."""
    reply = Reply(255, "", f"error: {FORBIDDEN}{where}")
    found = errors.error_of("organization/acme.shop/a", reply, redact=Redactor()).what

    assert sentence in found
    assert bool(sentence) == ("set clusterWide: true under backends.shop in helium.yaml" in found)


def test_a_chart_that_gives_rights_away_says_how_to_let_it() -> None:
    """A role may only have what its maker has: an ingress controller wants more than an admin of its namespace has."""
    said = (
        'error: Release release-traefik: roles.rbac.authorization.k8s.io "traefik" is forbidden: user '
        '"system:serviceaccount:a:helium" (groups=["system:serviceaccounts" "system:authenticated"]) is attempting to '
        'grant RBAC permissions not currently held:\n{APIGroups:["extensions"], Resources:["ingresses/status"], '
        'Verbs:["update"]}\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'
    )
    found = errors.error_of("organization/acme.edge/a", Reply(255, "", said), redact=Redactor()).what

    assert "wants to let others update ingresses/status" in found
    assert found.endswith("set clusterWide: true under backends.edge in helium.yaml")
