"""Part 6 on the real engine: what echoes a secret, and everything that was printed or stored afterwards."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from helium.adapters.charts import small
from helium.errors import EngineError
from helium.ports.engine import Resolved
from tests.deleting.real_fleet import KEPT, SECRET, RealFleet, summary
from tests.fakes import FakeEngine
from tests.reconcile.harness import Stage

LICENCE = "licence-key-52bd-e8d0"
PACHYDERM = """
fleet: acme
sandbox: [gcp, kubernetes]
limits: {{parallel: 1}}
backends:
  gcp-namespace:
    project: acme-cloud
    zone: us-east1-b
    cluster: ci-cluster
    domain: ws.example.com
    tlsSecret: wildcard-tls
    ingressClass: traefik
    auth0Domain: https://t.example/
    charts:
      pachyderm: {{chart: charts/pachyderm, version: 2.3.9, digest: "{pachyderm}"}}
      jupyterhub: {{chart: charts/jupyterhub, version: 2.0.0, digest: "{jupyterhub}"}}
"""
RUN = re.compile(rb"[A-Za-z0-9+/]{8,}")


def forms() -> set[bytes]:
    """The secret in plain text, in base64, JSON-escaped."""
    data = SECRET.encode()
    return {data, base64.b64encode(data).rstrip(b"="), json.dumps(SECRET)[1:-1].encode(), b"s3cret"}


def decoded(data: bytes) -> bytes:
    """Whatever base64 is in it, read from each of its places."""
    runs = {run[start:] for run in RUN.findall(data) for start in range(4)}
    return b"\n".join(base64.b64decode(run[: len(run) // 4 * 4]) for run in runs)


def files_in(folder: Path) -> bytes:
    """All that is there, and stays for as long as it takes to read it."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError, IsADirectoryError):
            found.append(path.read_bytes())
    return b"".join(found)


def printed_or_stored(folder: Path) -> bytes:
    """Every object of every branch, and every file under `.helium` but Pulumi's encrypted state."""
    command = ("git", "cat-file", "--batch-all-objects", "--batch", "--unordered")
    objects = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    state = folder / ".helium" / "state"
    files = [path for path in (folder / ".helium").rglob("*") if path.is_file() and state not in path.parents]
    return objects + b"".join(path.read_bytes() for path in files)


class WildBackend(FakeEngine):
    """Ends in errors that are not Helium's, and in long ones."""

    def up(self, workspace: object, *options: object) -> object:  # type: ignore[override]
        """Never good."""
        raise KeyError(SECRET)

    def destroy(self, resolved: Resolved) -> None:
        """Nor this."""
        raise EngineError(str(resolved.stack), "x" * 400)


def test_no_secret_is_printed_or_stored(fleet: RealFleet) -> None:
    """A provider that echoes its inputs, a program that prints its environment: no form of the secret is anywhere."""
    fleet.faults("echo secret create bucket named acme-d")
    fleet.land({"d.yaml": f"{KEPT}description: secret\n", "e.yaml": f"{KEPT}description: tell\n"})
    result = fleet.go(once=True)
    printed = "".join([*fleet.progress.lines, repr(result), repr(fleet.shown)])
    printed += "".join(fleet.helium(*command) for command in (("list",), ("why", "d"), ("why", "e"), ("audit",)))
    record = fleet.record("d")

    assert summary(result) == [("create", "d", "new-file", False), ("create", "e", "new-file", False)]
    assert record is not None
    assert "[secret]" in record.error
    for form in forms():
        assert form not in printed.encode()
        assert form not in printed_or_stored(fleet.folder)


def test_no_secret_is_in_clear_in_the_state(fleet: RealFleet) -> None:
    """What a program makes of a secret is encrypted in Pulumi's state, and sealed in the sandbox."""
    fleet.land({"a.yaml": f"{KEPT}description: secret\n"})
    assert summary(fleet.go()) == [("update", "a", "spec-changed", True)]
    state = b"".join(path.read_bytes() for path in (fleet.folder / ".helium").rglob("*") if path.is_file())

    assert not [form for form in forms() if form in state]


def test_what_nobody_foresaw_is_reported_without_its_text() -> None:
    """Nobody knows what such a text holds. The sentence names its kind and place, and none of its words."""
    stage = Stage()
    stage.land({"a.yaml": KEPT})
    stage.engine.__class__ = WildBackend
    (outcome,) = stage.go(once=True).outcomes
    record = stage.record("a")
    assert record is not None

    for text in (outcome.sentence, record.error, stage.ledger.lines[-1].sentence, stage.progress.lines[-1]):
        assert "KeyError in tests.deleting.test_secrets, line" in text
        assert "s3cret" not in text


def test_no_sentence_is_longer_than_a_record_keeps() -> None:
    """An error has 300 characters in the record, in the log and on the terminal."""
    stage = Stage()
    stage.land({"a.yaml": KEPT, "b.yaml": KEPT})
    stage.go()
    stage.land({"a.yaml": None})
    stage.engine.__class__ = WildBackend
    (outcome,) = stage.go(once=True).outcomes
    record = stage.record("a")
    assert record is not None

    assert (300, 300, len("destroy: ") + 300) == tuple(
        len(text) for text in (outcome.sentence, record.error, stage.ledger.lines[-1].sentence)
    )


def test_words_of_pulumi_that_nobody_foresaw_are_not_shown(fleet: RealFleet, tmp_path: Path) -> None:
    """On the real engine: a lock whose time is none, and has a secret in it, ends in an error that no room expects."""
    fake = tmp_path / "pulumi"
    real = fleet.environ["HELIUM_PULUMI"]
    said = "error: the stack is currently locked by 1 lock(s): file:///x: created by me@here (pid 1) at hunter2-s3cret"
    fake.write_text(f'#!/bin/sh\ncase "$*" in *" up "*) echo \'{said}\' >&2; exit 255 ;; *) exec {real} "$@" ;; esac\n')
    fake.chmod(0o755)
    fleet.fresh({"HELIUM_PULUMI": str(fake), "HELIUM_SECRET_PASSWORD": "another"})
    fleet.land({"d.yaml": KEPT})
    result = fleet.go(once=True)

    assert summary(result) == [("create", "d", "new-file", False)]
    assert "s3cret" not in repr((result, fleet.progress.lines, fleet.log(), fleet.record("d")))


@pytest.mark.slow
def test_no_work_folder_holds_a_secret_in_clear_while_a_pass_runs(fleet: RealFleet, tmp_path: Path) -> None:
    """What a program printed to a worker is in no file that has a name: a kill at this moment would leave it there."""
    rest = tmp_path / "rest"
    rest.mkdir()
    fleet.faults("slow create bucket named acme-e 120s")
    fleet.land({"d.yaml": f"{KEPT}description: tell\n", "e.yaml": KEPT})
    command = (sys.executable, "-m", "helium", "-C", str(fleet.folder), "reconcile")
    environ = {**fleet.environ, "TMPDIR": str(rest)}
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], env=environ, stderr=subprocess.PIPE) as run:
        try:
            assert run.stderr is not None
            while b"failed d" not in run.stderr.readline():
                assert run.poll() is None
            held = files_in(rest)
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate()

    assert b"acme" in held
    assert not [form for form in forms() if form in held]


@pytest.mark.slow
def test_a_helm_error_with_the_values_in_it_tells_no_secret(empty: RealFleet, tmp_path: Path) -> None:
    """Client secret and licence in plain text, as a Secret's data, as JSON in JSON: none of them is printed or stored.

    Looked through: the terminal, every object of git, all files of the fleet (Pulumi's state too), all that the
    process left among the temporary files.
    """
    fleet, rest = empty.copied(tmp_path / "acme"), tmp_path / "rest"
    rest.mkdir()
    fleet.settings(PACHYDERM.format(**small.digests()), **small.files())
    fleet.faults(
        "echo secret create Release in d",
        "echo secret as base64 create Release in e",
        "echo secret as json create Release in f",
    )
    fleet.land({f"{name}.yaml": f"{KEPT}disableNotebooks: true\n" for name in "def"})
    own = {"HELIUM_CLIENT_ID": "id-7f3a", "HELIUM_CLIENT_SECRET": SECRET, "HELIUM_PACHYDERM_LICENSE": LICENCE}
    environ = {**fleet.environ, **own, "TMPDIR": str(rest)}
    command = (sys.executable, "-m", "helium", "-C", str(fleet.folder), "reconcile")
    done = subprocess.run(command, cwd=Path(__file__).parents[2], env=environ, capture_output=True, check=False)
    whole = (
        done.stdout
        + done.stderr
        + printed_or_stored(fleet.folder)
        + files_in(fleet.folder / ".helium")
        + files_in(rest)
    )

    assert (done.returncode, [*rest.iterdir()]) == (5, [])
    assert [b"Release" in done.stdout + done.stderr, b"[secret]" in done.stderr + done.stdout] == [True, True]
    assert {name: "refused" in record.error for name in "def" if (record := fleet.record(name))} == dict.fromkeys(
        "def", True
    )
    for secret in (b"s3cret", LICENCE.encode()):
        assert secret not in whole
        assert secret not in decoded(whole)
