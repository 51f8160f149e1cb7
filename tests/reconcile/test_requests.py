from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from helium.adapters.yaml_specs import YamlSpecs
from helium.adapters.yaml_specs.meaning import Rules
from helium.core.record import Illegible, Phase, Record
from helium.errors import (
    AdminsOnly,
    Broken,
    Changed,
    Deleting,
    HeliumError,
    IsProtected,
    NameTaken,
    NotFound,
    NotOwner,
    NotYet,
    SpecError,
)
from helium.reconcile import requests
from helium.reconcile.ports import Edit
from helium.reconcile.requests import Asker, Editing, Ground
from tests.fakes import FakeDoor, FakeRepo, FakeView, blob_of
from tests.made import BORN, NOW, record

SPECS = YamlSpecs({"gcp-namespace": Rules(locked=("ingress",)), "other": Rules()})
FLEET = b"fleet: acme\nbackends:\n  gcp-namespace: {}\n"
ADA, ROOT = Asker("ada@example.com"), Asker("root@example.com", admin=True)
PLAIN = b"# mine\nexpiry: 2026-12-01\nowner: ada@example.com # me\n"


def main(files: Mapping[str, bytes] | None = None, *, fleet: bytes = FLEET) -> FakeView:
    """Main with these files under `workspaces/`."""
    repo = FakeRepo()
    repo.land({"helium.yaml": fleet, **{f"workspaces/{path}": data for path, data in (files or {}).items()}})
    return FakeDoor(repo).view()


def ground(
    asker: Asker = ADA, *, records: Mapping[str, Record | Illegible] | None = None, born: datetime | None = None
) -> Ground:
    """What a wish is judged on."""
    plain = Ground(SPECS, asker, NOW, records or {})
    return plain if born is None else replace(plain, born=lambda _name: born)


def written(edit: Editing, view: FakeView) -> str:
    """The text of the one file that the edit writes."""
    (only,) = edit(view)
    return (only.data or b"").decode()


def faults(edit: Editing, view: FakeView) -> list[str]:
    """The pointers of the faults that the edit is refused for."""
    with pytest.raises(SpecError) as refused:
        edit(view)
    return [fault.pointer for fault in refused.value.faults]


def test_a_creation_writes_one_file_with_its_owner() -> None:
    """The owner is the asker, whatever the fields say; the rest is as asked for."""
    fields = {"expiry": "2026-12-01", "values": {"pachd": {"logLevel": "debug"}}, "owner": "eve@example.com"}
    edits = requests.creation("a", fields, ground=ground())(main())

    assert ["workspaces/a.yaml"] == [edit.path for edit in edits]
    assert ["expiry: 2026-12-01", "values:", "  pachd:", "    logLevel: debug", "owner: ada@example.com"] == (
        (edits[0].data or b"").decode().splitlines()[1:]
    )


def test_a_length_counts_from_now_for_a_new_file() -> None:
    """`+7d` of a workspace that is not there yet is a week from now."""
    text = written(requests.creation("a", {"expiry": "+7d"}, ground=ground()), main())

    assert "expiry: 2026-12-01T12:00:00Z" in text


@pytest.mark.parametrize("path", ["a.yaml", "team/a.yaml", "A.yml", "a.txt"])
def test_any_entry_takes_its_name(path: str) -> None:
    """A file in any folder, case or ending holds the name."""
    with pytest.raises(NameTaken, match=path):
        requests.creation("a", {}, ground=ground())(main({path: PLAIN}))


@pytest.mark.parametrize("known", [record("a", phase=Phase.GONE), Illegible("a", "records/a.json", "no JSON")])
def test_any_record_takes_its_name(known: Record | Illegible) -> None:
    """A record in any phase, or one that cannot be read, holds the name."""
    with pytest.raises(NameTaken):
        requests.creation("a", {}, ground=ground(records={"a": known}))(main())


def test_a_name_in_another_is_free() -> None:
    """`a` is not taken by `ab`, nor by the folder `a`."""
    assert requests.creation("a", {}, ground=ground())(main({"ab.yaml": b"{}\n", "a/b.yaml": b"{}\n"}))


@pytest.mark.parametrize(
    ("name", "fields", "pointers"),
    [
        ("../x", {}, ["/name"]),
        ("Upper", {}, ["/name"]),
        ("", {}, ["/name"]),
        ("a\n", {}, ["/name"]),
        ("default", {}, [""]),
        ("a", {"expiry": "2026-11-01"}, ["/expiry"]),
        ("a", {"expiry": "2027-06-01"}, ["/expiry"]),
        ("a", {"expiry": "+7y"}, ["/expiry"]),
        ("a", {"expiry": "+99999w"}, ["/expiry"]),
        ("a", {"expiry": 7}, ["/expiry"]),
        ("a", {"pachdVersion": 2.1}, ["/pachdVersion"]),
        ("a", {"expires": "2026-12-01"}, ["/expires"]),
        ("a", {"backend": "none"}, ["/backend"]),
        ("a", {"values": {"ingress": {"host": "x"}}}, ["/values/ingress"]),
    ],
)
def test_what_the_reader_refuses_is_not_written(name: str, fields: Mapping[str, Any], pointers: list[str]) -> None:
    """A new file is judged as a pass will judge it, and its date as a person's wish."""
    assert pointers == faults(requests.creation(name, fields, ground=ground()), main())


def test_an_extension_counts_from_the_deadline_and_leaves_the_rest() -> None:
    """`+7d` moves the file's own deadline, and every other byte stays."""
    text = written(requests.extension("a", "+7d", ground=ground()), main({"a.yaml": PLAIN}))

    assert "# mine\nexpiry: 2026-12-08T23:59:59Z\nowner: ada@example.com # me\n" == text


def test_an_extension_of_a_silent_file_counts_from_the_record() -> None:
    """Where the file leaves the deadline to the default, the record of this life has it."""
    known = record("a", deadline=NOW + timedelta(days=2))
    text = written(
        requests.extension("a", "+1d", ground=ground(records={"a": known})),
        main({"a.yaml": b"owner: ada@example.com\n"}),
    )

    assert "expiry: 2026-11-27T12:00:00Z" in text


@pytest.mark.parametrize("known", [{}, {"a": record("a", phase=Phase.GONE)}])
def test_an_extension_of_a_file_that_no_pass_saw_counts_from_its_birth(known: Mapping[str, Record]) -> None:
    """Without a record of this life, the deadline is the file's birth and the default lifetime."""
    given = ground(records=known, born=BORN)
    text = written(requests.extension("a", "+1d", ground=given), main({"a.yaml": b"owner: ada@example.com\n"}))

    assert "expiry: 2026-11-27T12:00:00Z" in text


def test_an_unknown_birth_is_now() -> None:
    """A file that was just added may be younger than what the clone can tell."""
    text = written(requests.extension("a", "+1d", ground=ground()), main({"a.yaml": b"owner: ada@example.com\n"}))

    assert "expiry: 2026-11-28T12:00:00Z" in text


def test_the_maximum_counts_from_birth() -> None:
    """An extension beyond 90 days after the birth is refused."""
    known = {"a": record("a", born=NOW - timedelta(days=89))}
    edit = requests.extension("a", "+7d", ground=ground(records=known))

    assert ["/expiry"] == faults(edit, main({"a.yaml": PLAIN}))


def test_an_update_of_an_old_file_leaves_its_past_deadline() -> None:
    """Only who asks for a date is told that it has passed."""
    text = written(
        requests.update("a", {"description": "later"}, ground=ground()),
        main({"a.yaml": b"expiry: 2026-11-01\nowner: ada@example.com\n"}),
    )

    assert "description: later" in text


def test_a_mapping_makes_the_file_anew() -> None:
    """New Helm values replace the old ones; the other fields stay."""
    text = written(requests.update("a", {"values": {"x": 1}}, ground=ground()), main({"a.yaml": PLAIN}))

    assert ["expiry: 2026-12-01", "owner: ada@example.com", "values:", "  x: 1"] == text.splitlines()[1:]


def test_a_workspace_in_a_team_is_edited_where_it_is() -> None:
    """The path is the file's own, and an old owner may write in any case."""
    edits = requests.extension("a", "+1d", ground=ground(Asker("Ada@Example.com")))(main({"team/a.yaml": PLAIN}))

    assert ["workspaces/team/a.yaml"] == [edit.path for edit in edits]


@pytest.mark.parametrize(
    ("change", "asker", "error"),
    [
        ({"protected": True}, ADA, AdminsOnly),
        ({"protected": False}, ADA, AdminsOnly),
        ({"description": "x"}, Asker("bob@example.com"), NotOwner),
        ({"backend": "other"}, ADA, SpecError),
    ],
)
def test_an_update_has_its_rights(change: Mapping[str, Any], asker: Asker, error: type[HeliumError]) -> None:
    """Another's workspace, the protection and the backend are not everybody's to change."""
    with pytest.raises(error):
        requests.update("a", change, ground=ground(asker))(main({"a.yaml": PLAIN}))


def test_the_same_backend_by_its_old_name_is_no_change() -> None:
    """A backend's old name is accepted for ever."""
    edit = requests.update("a", {"backend": "GCP_Namespace_Pulumi"}, ground=ground())

    assert "GCP_Namespace_Pulumi" in written(edit, main({"a.yaml": PLAIN}))


def test_an_admin_protects_anybodys() -> None:
    """An admin may touch all, and what is protected too."""
    edit = requests.update("a", {"protected": True}, ground=ground(ROOT))

    assert "protected: true" in written(edit, main({"a.yaml": PLAIN}))


def test_a_workspace_without_owner_is_for_admins() -> None:
    """Where neither file nor record names an owner, nobody but an admin may."""
    with pytest.raises(NotOwner, match="no owner"):
        requests.removal("a", ground=ground())(main({"a.yaml": b"{}\n"}))


@pytest.mark.parametrize("data", [b"{}\n", b"wrong: [\n"])
def test_the_record_tells_the_owner_where_the_file_does_not(data: bytes) -> None:
    """Also of a file with faults."""
    edit = requests.removal("a", ground=ground(records={"a": record("a", owner="ada@example.com")}))

    assert (Edit("workspaces/a.yaml", None),) == edit(main({"a.yaml": data}))


def test_a_removal_takes_all_files_of_the_name() -> None:
    """Two files for one name both go."""
    edit = requests.removal("a", ground=ground(ROOT))

    assert 2 == len(edit(main({"a.yaml": PLAIN, "team/a.yaml": PLAIN})))


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b"protected: true\nowner: ada@example.com\n", {}),
        (PLAIN, {"a": record("a", protected=True)}),
    ],
)
def test_what_is_protected_is_not_removed(data: bytes, known: Mapping[str, Record]) -> None:
    """By the file or by the record, until an admin takes it off and a pass saw that."""
    with pytest.raises(IsProtected):
        requests.removal("a", ground=ground(ROOT, records=known))(main({"a.yaml": data}))


def test_what_is_being_destroyed_is_not_changed() -> None:
    """An extension that comes when the record says deleting is refused before anything is written."""
    known = {"a": record("a", phase=Phase.DELETING)}
    with pytest.raises(Deleting):
        requests.extension("a", "+1d", ground=ground(records=known))(main({"a.yaml": PLAIN}))


def test_the_file_of_what_is_being_destroyed_may_go() -> None:
    """Removing the file of an expired workspace is only the bookkeeping."""
    known = {"a": record("a", phase=Phase.DELETING)}

    assert requests.removal("a", ground=ground(records=known))(main({"a.yaml": PLAIN}))


@pytest.mark.parametrize(
    "edit", [requests.removal("a", ground=ground()), requests.extension("a", "+1d", ground=ground())]
)
def test_what_has_no_file_is_not_found(edit: Editing) -> None:
    """A README holds no name either."""
    with pytest.raises(NotFound):
        edit(main({"README.md": b"a"}))


@pytest.mark.parametrize("blobs", [(blob_of(PLAIN),), ("other", blob_of(PLAIN)), ("*",), ()])
def test_the_spec_that_the_asker_saw_may_change(blobs: tuple[str, ...]) -> None:
    """By its blob, by any, or without a condition."""
    assert requests.extension("a", "+1d", ground=ground(), blobs=blobs)(main({"a.yaml": PLAIN}))


def test_another_spec_than_the_asker_saw_does_not() -> None:
    """An edit that came between is not written over."""
    view = main({"a.yaml": PLAIN})
    for edit in (
        requests.extension("a", "+1d", ground=ground(), blobs=("old",)),
        requests.removal("a", ground=ground(), blobs=("old",)),
        requests.creation_or_update("a", {}, ground=ground(), blobs=("old",)),
    ):
        with pytest.raises(Changed, match=blob_of(PLAIN)):
            edit(view)


def test_create_or_update_does_what_is_due() -> None:
    """It creates where there is no file, updates where there is one, and with a condition only updates."""
    view = main({"a.yaml": PLAIN})

    assert "# mine" in written(requests.creation_or_update("a", {"description": "x"}, ground=ground()), view)
    assert "description: x" in written(requests.creation_or_update("b", {"description": "x"}, ground=ground()), view)
    with pytest.raises(Changed, match="no spec"):
        requests.creation_or_update("b", {}, ground=ground(), blobs=("x",))(view)


def test_a_file_with_faults_is_not_edited() -> None:
    """The faults on main are told, with their place."""
    known = {"a": record("a", owner="ada@example.com")}
    with pytest.raises(Broken) as refused:
        requests.extension("a", "+1d", ground=ground(records=known))(main({"a.yaml": b"nmae: a\n"}))

    assert [("workspaces/a.yaml", 1, "/nmae")] == [
        (fault.path, fault.line, fault.pointer) for fault in refused.value.faults
    ]


@pytest.mark.parametrize(
    ("fleet", "error"), [(b"flet: x\n", Broken), (b"", Broken), (FLEET + b"write: pull-request\n", NotYet)]
)
def test_nothing_is_written_without_good_settings(fleet: bytes, error: type[HeliumError]) -> None:
    """A `helium.yaml` with faults, or one that asks for pull requests, stops every wish."""
    for edit in (requests.creation("b", {}, ground=ground()), requests.removal("a", ground=ground())):
        with pytest.raises(error):
            edit(main({"a.yaml": PLAIN}, fleet=fleet))
