"""A workspace is the same in `helium list`, at the API and on the pages, and its owner there may change it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from helium.adapters.commit_queue.local import LocalCommitQueue
from helium.adapters.git_repo import GitRepo, open_clone
from helium.adapters.ledger import GitLedger
from helium.adapters.ledger.serialization import record_path
from helium.adapters.specs import YamlSpecs
from helium.adapters.specs.rules import Rules
from helium.api.parts import ApiParts
from helium.api.tokens import Tokens
from helium.cli import cli
from helium.core.deadlines import format_instant
from helium.core.fleet_record import FleetRecord
from helium.core.record import Held, Phase, Record
from helium.core.spec import Removal
from helium.core.stack import StackId
from helium.ports.ledger import Writes
from tests.adapters.git_repos import ENVIRON, git, land, new_repo
from tests.api.serving import ADA, BOB, TOKENS, client, served
from tests.builders import record
from tests.cli.conftest import LIGHT
from tests.fakes import blob_of
from tests.pages.browsers import session

NOW = datetime.now(UTC).replace(microsecond=0)
AHEAD, PAST = NOW + timedelta(days=2), NOW - timedelta(hours=1)
ADDED = NOW - timedelta(days=1)
BY_ADA, BY_BOB = "Ada <ada@example.com>", "Bob <bob@example.com>"
SETTINGS = b"fleet: acme\ndefaults: {backend: light, lifetime: 5d}\nbackends: {light: {}}\n"
REMOVED = Removal("reborn", "d" * 40, PAST, origin="request")
ITS_FILE = b"owner: ada@example.com\nexpiry: %s\n" % format_instant(AHEAD).encode()
EXPIRED = b"owner: ada@example.com\nexpiry: %s\n" % format_instant(PAST).encode()


@dataclass(frozen=True, slots=True)
class OneRowCase:
    """A file and by whom, what the record says (`None`: there is none), and what everybody is to say of both.

    `answers`: to a PATCH by Ada and by Bob.
    """

    file: bytes | None
    author: str
    known: Mapping[str, Any] | None
    status: str
    owner: str = "ada@example.com"
    deadline: datetime | None = AHEAD
    answers: tuple[int, int] = (200, 403)
    reason: str = ""
    early: bool = False


CASES = {
    "fresh": OneRowCase(b"{}\n", BY_ADA, None, "requested", deadline=ADDED + timedelta(days=5)),
    "fresh-before-the-last-pass": OneRowCase(
        b"{}\n", BY_ADA, None, "requested", deadline=ADDED + timedelta(days=5), early=True
    ),
    "fresh-owned": OneRowCase(ITS_FILE, BY_BOB, None, "requested"),
    "protected": OneRowCase(ITS_FILE + b"protected: true\n", BY_BOB, None, "requested"),
    "in-step": OneRowCase(ITS_FILE, BY_BOB, {}, "ready"),
    "record-only": OneRowCase(None, "", {}, "deleting", answers=(409, 409)),
    "other-file": OneRowCase(
        b"description: x\n", BY_BOB, {"seen_blob": "b" * 40, "spec_blob": "b" * 40}, "updating", reason="file changed"),
    "reborn": OneRowCase(
        b"{}\n", BY_BOB, {"removed": REMOVED}, "deleting", owner="bob@example.com",
        deadline=ADDED + timedelta(days=5), answers=(403, 200)),
    "invalid": OneRowCase(b"nmae: x\n", BY_ADA, None, "failed", deadline=None, answers=(409, 409), reason="nmae"),
    "noreply": OneRowCase(
        b"{}\n", "ann <1+ann@users.noreply.github.com>", None, "failed", owner="1+ann@users.noreply.github.com",
        deadline=None, answers=(403, 403), reason="owner: you@example.com"),
    "corrupt": OneRowCase(b"{}\n", BY_ADA, {}, "failed", deadline=ADDED + timedelta(days=5), reason="record"),
    "expired": OneRowCase(EXPIRED, BY_BOB, {"deadline": PAST}, "expired", deadline=PAST, reason="has passed"),
    "held": OneRowCase(
        EXPIRED, BY_BOB, {"deadline": PAST, "held": Held(PAST, "limit")}, "expired", deadline=PAST,
        reason="held: limit"),
    "deleting": OneRowCase(
        ITS_FILE, BY_BOB, {"phase": Phase.DELETING, "reason": "expired"}, "deleting", answers=(409, 403),
        reason="expired"),
    "gone": OneRowCase(None, "", {"phase": Phase.GONE, "emptied": PAST}, "deleting", answers=(404, 404)),
    "asked-for-again": OneRowCase(
        b"{}\n", BY_ADA, {"phase": Phase.GONE, "emptied": PAST, "owner": "bob@example.com", "seen_blob": "b" * 40},
        "requested", deadline=ADDED + timedelta(days=5)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OneRowFleet:
    """Where the API of a fleet is, and what `helium list --json` says of it, by name."""

    address: str
    listed: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneRowFleet]:
    """A repository with a workspace for each case, served and listed."""
    folder = new_repo(tmp_path_factory.mktemp("fleets") / "acme")
    backend = {f"stacks/light/{file.name}": file.read_bytes() for file in LIGHT.iterdir() if file.is_file()}
    land(folder, {"helium.yaml": SETTINGS, **backend}, time=ADDED - timedelta(hours=1))
    _land_files(folder, early=True)
    seen = git(folder, "rev-parse", "HEAD").strip()
    _land_files(folder, early=False)
    deps = _deps(folder, seen)
    with served(deps) as address:
        yield OneRowFleet(address, _listed(folder))


def _land_files(folder: Path, *, early: bool) -> None:
    for name, case in CASES.items():
        if case.file is not None and case.early == early:
            land(folder, {f"workspaces/{name}.yaml": case.file}, time=ADDED, author=case.author, message=f"Add {name}")


def _deps(folder: Path, seen: str) -> ApiParts:
    specs, clone = YamlSpecs({"light": Rules()}), open_clone(folder, environ=ENVIRON)
    ledger = GitLedger(clone, specs.fleet(SETTINGS))
    records = {name: _record(name, case) for name, case in CASES.items() if case.known is not None}
    ledger.write(Writes(records=records, fleet_record=FleetRecord("acme", "created", seen, seen)), on=ledger.read())
    _spoil(folder, "corrupt")
    return ApiParts(
        commit_queue=LocalCommitQueue(clone),
        repo=GitRepo(clone),
        ledger=ledger,
        specs=specs,
        tokens=Tokens(given=TOKENS),
        clock=lambda: datetime.now(UTC),
        session_key=b"k" * 32,
    )


def _record(name: str, case: OneRowCase) -> Record:
    blob = blob_of(case.file or b"")
    plain = record(
        name, backend="light", stack=str(StackId.of("acme", "light", name=name)), added_at=ADDED, created_at=ADDED,
        updated_at=ADDED, observed_at=ADDED, deadline=AHEAD, seen_blob=blob, spec_blob=blob)  # fmt: skip
    if name == "reborn":
        plain = replace(plain, seen_blob="b" * 40, spec_blob="b" * 40)
    return replace(plain, **dict(case.known or {}))


def _spoil(folder: Path, name: str) -> None:
    """Write half a record, as a person with a bad merge does."""
    ledger = folder.parent / "ledger"
    git(folder, "worktree", "add", "-q", str(ledger), "helium-ledger")
    land(ledger, {record_path(name): b'{"name": '}, time=ADDED)


def _listed(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    done = CliRunner(env=ENVIRON).invoke(cli, ["-C", str(folder), "list", "--json"], catch_exceptions=False)
    return {row["name"]: row for row in json.loads(done.stdout)["workspaces"]}


def _on_the_page(fleet: OneRowFleet, name: str) -> tuple[str, str]:
    """Status and owner in the table."""
    html = httpx.get(f"{fleet.address}/", params={"q": name}, headers=session()[1], verify=False).text
    (line,) = re.findall(rf'<a id="w-{name}".*?</tr>', html, re.DOTALL)
    return re.findall(r'class="chip (\w+)"', line)[0], re.findall(r'class="owner">(.*?)</td>', line)[0]


@pytest.mark.parametrize("name", CASES)
def test_everybody_says_the_same(fleet: OneRowFleet, name: str) -> None:
    """The list of the command line, a read, the list of the API, the table and the workspace's own page."""
    case, row = CASES[name], fleet.listed[name]
    caller = client(fleet.address)
    read = caller.get(f"/workspace/{name}").json()["Workspace"]
    listed = caller.get("/workspaces", params={"detail": "true", "q": name}).json()["Workspaces"]
    page = httpx.get(f"{fleet.address}/workspace/{name}", headers=session()[1], verify=False).text

    deadline = format_instant(case.deadline) if case.deadline else ""
    expected = (case.status, case.owner, deadline)
    assert expected == (row["status"], row["owner"], row["deadline"] or "")
    assert expected == (read["Status"], read["CreatedBy"], read["Expiry"])
    assert read == next(each for each in listed if each["ID"] == name)
    assert (case.status, case.owner) == _on_the_page(fleet, name)
    assert f'class="chip {case.status}"' in page
    assert f"<dd>{case.owner}</dd>" in page


@pytest.mark.parametrize("name", CASES)
def test_everybody_gives_the_same_reason(fleet: OneRowFleet, name: str) -> None:
    """With backend, hold and protection; the reason is that of now."""
    case, row = CASES[name], fleet.listed[name]
    read = client(fleet.address).get(f"/workspace/{name}").json()["Workspace"]

    assert [row[key] for key in ("reason", "backend", "protected", "held")] == [
        read[key] for key in ("Reason", "Backend", "Protected", "Held")
    ]
    assert (name == "protected", True) == (row["protected"], case.reason in row["reason"])
    assert (case.status != "ready") == bool(row["reason"])


@pytest.mark.parametrize("name", CASES)
def test_its_owner_may_change_it(fleet: OneRowFleet, name: str) -> None:
    """Also before any pass saw it; another's change is refused with the owner's name."""
    case = CASES[name]
    ada, bob = (
        client(fleet.address, token).request("PATCH", f"/workspace/{name}", json={"description": token})
        for token in (ADA, BOB)
    )

    assert case.answers == (ada.status_code, bob.status_code)
    refused = [answer.json()["detail"] for answer in (ada, bob) if answer.status_code == 403]
    assert [True] * len(refused) == [f"belongs to {case.owner}" in each for each in refused]
