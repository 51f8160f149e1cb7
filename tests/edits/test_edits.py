from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from helium import edits
from helium.adapters.specs import YamlSpecs
from helium.adapters.specs.rules import Rules
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Addition
from helium.edits import EditContext, Editing, Requester
from helium.edits.extending import extension
from helium.errors import (
    AdminsOnlyError,
    BeingDeletedError,
    BrokenFileError,
    ChangedError,
    HeliumError,
    NameTakenError,
    NotFoundError,
    NotOwnerError,
    NotSupportedError,
    ProtectedError,
    RefusedError,
    SpecError,
)
from helium.ports.repo import Edit
from tests.backend_rules import GCP
from tests.builders import ADDED_AT, NOW, record
from tests.fakes import FakeCommitQueue, FakeRepo, FakeView, blob_of

SPECS = YamlSpecs({"gcp-namespace": replace(GCP, locked=("ingress",)), "other": GCP})
FLEET = b"fleet: acme\nbackends:\n  gcp-namespace: {}\n"
ADA, ROOT = Requester("ada@example.com"), Requester("root@example.com", admin=True)
PLAIN = b"# mine\nexpiry: 2026-12-01\nowner: ada@example.com # me\n"


def main(files: Mapping[str, bytes] | None = None, *, fleet: bytes = FLEET) -> FakeView:
    """Main with these files under `workspaces/`."""
    repo = FakeRepo()
    repo.land({"helium.yaml": fleet, **{f"workspaces/{path}": data for path, data in (files or {}).items()}})
    return FakeCommitQueue(repo).view()


def context(
    requester: Requester = ADA,
    *,
    records: Mapping[str, Record | CorruptRecord] | None = None,
    added_at: datetime | None = None,
    author: str = "Root <root@example.com>",
) -> EditContext:
    """What an edit is judged by; `added_at` and `author` are those of the commit that added the file."""
    plain = EditContext(SPECS, requester, NOW, records or {})
    if added_at is None:
        return plain
    return replace(plain, addition=lambda name: Addition(name, added_at, "c" * 40, author, blob_of(PLAIN)))


def written(edit: Editing, view: FakeView) -> str:
    """The text of the one file that the edit writes."""
    (only,) = edit(view)
    return (only.data or b"").decode()


def issues(edit: Editing, view: FakeView) -> list[str]:
    """The pointers of the errors that the edit is refused for."""
    with pytest.raises(SpecError) as refused:
        edit(view)
    return [issue.pointer for issue in refused.value.issues]


def test_a_creation_writes_one_file_with_its_owner() -> None:
    """The owner is the requester, whatever the fields say; the rest is as asked for."""
    fields = {"expiry": "2026-12-01", "values": {"pachd": {"logLevel": "debug"}}, "owner": "eve@example.com"}
    written_edits = edits.creation("a", fields, context=context())(main())

    assert ["workspaces/a.yaml"] == [edit.path for edit in written_edits]
    assert ["expiry: 2026-12-01", "values:", "  pachd:", "    logLevel: debug", "owner: ada@example.com"] == (
        (written_edits[0].data or b"").decode().splitlines()[1:]
    )


def test_a_length_counts_from_now_for_a_new_file() -> None:
    """`+7d` of a workspace that is not there yet is a week from now."""
    text = written(edits.creation("a", {"expiry": "+7d"}, context=context()), main())

    assert "expiry: 2026-12-01T12:00:00Z" in text


@pytest.mark.parametrize("path", ["a.yaml", "team/a.yaml", "A.yml", "a.txt"])
def test_any_entry_takes_its_name(path: str) -> None:
    """A file in any folder, case or ending holds the name."""
    with pytest.raises(NameTakenError, match=path):
        edits.creation("a", {}, context=context())(main({path: PLAIN}))


@pytest.mark.parametrize("known", [record("a", phase=Phase.GONE), CorruptRecord("a", "records/a.json", "no JSON")])
def test_any_record_takes_its_name(known: Record | CorruptRecord) -> None:
    """A record in any phase, or one that cannot be read, holds the name."""
    with pytest.raises(NameTakenError):
        edits.creation("a", {}, context=context(records={"a": known}))(main())


def test_a_name_in_another_is_free() -> None:
    """`a` is not taken by `ab`, nor by the folder `a`."""
    assert edits.creation("a", {}, context=context())(main({"ab.yaml": b"{}\n", "a/b.yaml": b"{}\n"}))


@pytest.mark.parametrize(
    ("name", "fields", "pointers"),
    [
        ("../x", {}, ["/name"]),
        ("Upper", {}, ["/name"]),
        ("", {}, ["/name"]),
        ("a\n", {}, ["/name"]),
        ("default", {}, ["/name"]),
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
    """A new file is judged as a pass will judge it, and its date as a new request."""
    assert pointers == issues(edits.creation(name, fields, context=context()), main())


def test_an_extension_counts_from_the_deadline_and_leaves_the_rest() -> None:
    """`+7d` moves the file's own deadline, and every other byte stays."""
    text = written(edits.update("a", {"expiry": "+7d"}, context=context()), main({"a.yaml": PLAIN}))

    assert "# mine\nexpiry: 2026-12-08T23:59:59Z\nowner: ada@example.com # me\n" == text


def test_an_extension_of_a_silent_file_counts_from_the_record() -> None:
    """Where the file leaves the deadline to the default, the record of this incarnation has it."""
    known = record("a", deadline=NOW + timedelta(days=2))
    text = written(
        edits.update("a", {"expiry": "+1d"}, context=context(records={"a": known})),
        main({"a.yaml": b"owner: ada@example.com\n"}),
    )

    assert "expiry: 2026-11-27T12:00:00Z" in text


@pytest.mark.parametrize("known", [{}, {"a": record("a", phase=Phase.GONE)}])
def test_an_extension_of_a_file_that_no_pass_saw_counts_from_its_addition(known: Mapping[str, Record]) -> None:
    """Without a record of this incarnation, the deadline is the default lifetime after the file was added."""
    given = context(records=known, added_at=ADDED_AT)
    text = written(edits.update("a", {"expiry": "+1d"}, context=given), main({"a.yaml": b"owner: ada@example.com\n"}))

    assert "expiry: 2026-11-27T12:00:00Z" in text


def test_an_unknown_addition_is_now() -> None:
    """A file that was just added may be younger than what the clone can tell."""
    text = written(
        edits.update("a", {"expiry": "+1d"}, context=context()), main({"a.yaml": b"owner: ada@example.com\n"})
    )

    assert "expiry: 2026-11-28T12:00:00Z" in text


def test_the_maximum_counts_from_the_addition() -> None:
    """An extension beyond 90 days after the file was added is refused."""
    known = {"a": record("a", added_at=NOW - timedelta(days=89))}
    edit = edits.update("a", {"expiry": "+7d"}, context=context(records=known))

    assert ["/expiry"] == issues(edit, main({"a.yaml": PLAIN}))


def test_an_update_of_an_old_file_leaves_its_past_deadline() -> None:
    """Only a request for a date is refused because it has passed."""
    text = written(
        edits.update("a", {"description": "later"}, context=context()),
        main({"a.yaml": b"expiry: 2026-11-01\nowner: ada@example.com\n"}),
    )

    assert "description: later" in text


def test_a_field_can_be_taken_away() -> None:
    """`None` takes it away, where it stands or in a file that has all on one line; not what is not one's own."""
    flow = b"{expiry: 2026-12-01, owner: ada@example.com, description: A demo}"
    for text in (b"expiry: 2026-12-01\nowner: ada@example.com\ndescription: A demo\n", flow):
        left = written(edits.update("a", {"description": None}, context=context()), main({"a.yaml": text}))
        assert ["expiry: 2026-12-01", "owner: ada@example.com"] == left.splitlines()[-2:]


@pytest.mark.parametrize("key", ["backend", "expiry", "owner"])
def test_what_decides_whether_it_stays_is_not_taken_away(key: str) -> None:
    """Without its date it could end at once, without its backend it would be destroyed there and made elsewhere."""
    text = b"expiry: 2026-12-01\nowner: ada@example.com\nbackend: gcp-namespace\n"
    with pytest.raises(SpecError, match=f"{key} cannot be taken away"):
        written(edits.update("a", {key: None}, context=context()), main({"a.yaml": text}))


def test_a_mapping_is_set_where_it_stands() -> None:
    """New Helm values replace the old ones; the other fields stay, and their comments."""
    text = written(edits.update("a", {"values": {"x": 1}}, context=context()), main({"a.yaml": PLAIN}))

    assert ["expiry: 2026-12-01", "owner: ada@example.com # me", "values:", "  x: 1"] == text.splitlines()[1:]


def test_a_workspace_in_a_team_is_edited_where_it_is() -> None:
    """The path is the file's own, and an old owner may write in any case."""
    written_edits = edits.update("a", {"expiry": "+1d"}, context=context(Requester("Ada@Example.com")))(
        main({"team/a.yaml": PLAIN})
    )

    assert ["workspaces/team/a.yaml"] == [edit.path for edit in written_edits]


@pytest.mark.parametrize(
    ("change", "requester", "error"),
    [
        ({"protected": True}, ADA, AdminsOnlyError),
        ({"protected": False}, ADA, AdminsOnlyError),
        ({"description": "x"}, Requester("bob@example.com"), NotOwnerError),
        ({"backend": "other"}, ADA, SpecError),
    ],
)
def test_an_update_has_its_rights(change: Mapping[str, Any], requester: Requester, error: type[HeliumError]) -> None:
    """Another's workspace, the protection and the backend are not everybody's to change."""
    with pytest.raises(error):
        edits.update("a", change, context=context(requester))(main({"a.yaml": PLAIN}))


def test_the_same_backend_by_its_old_name_is_no_change() -> None:
    """A backend's old name is accepted for ever."""
    edit = edits.update("a", {"backend": "GCP_Namespace_Pulumi"}, context=context())

    assert "GCP_Namespace_Pulumi" in written(edit, main({"a.yaml": PLAIN}))


def test_an_admin_protects_anybodys() -> None:
    """An admin may touch all, and what is protected too."""
    edit = edits.update("a", {"protected": True}, context=context(ROOT))

    assert "protected: true" in written(edit, main({"a.yaml": PLAIN}))


@pytest.mark.parametrize("data", [b"{}\n", b"wrong: [\n"])
def test_the_author_owns_a_file_that_names_nobody(data: bytes) -> None:
    """Who added it may change it before any pass saw it, whatever the case of its letters; others read whose it is."""
    view = main({"a.yaml": data})
    own = context(added_at=ADDED_AT, author="Ada <Ada@example.com>")
    other = context(Requester("bob@example.com"), added_at=ADDED_AT, author="Ada <ada@example.com>")

    assert (Edit("workspaces/a.yaml", None),) == edits.removal("a", context=own)(view)
    with pytest.raises(NotOwnerError, match=r"ada@example\.com"):
        edits.removal("a", context=other)(view)


def test_the_author_extends_a_file_that_names_nobody() -> None:
    """From the deadline that the fleet's default gives it."""
    own = context(added_at=ADDED_AT, author="Ada <ada@example.com>")

    assert "expiry: 2026-11-27T12:00:00Z" in written(
        edits.update("a", {"expiry": "+1d"}, context=own), main({"a.yaml": b"{}\n"})
    )


def test_a_workspace_without_owner_is_for_admins() -> None:
    """Where neither file nor record nor history names an owner, nobody but an admin may."""
    with pytest.raises(NotOwnerError, match="no known owner"):
        edits.removal("a", context=context())(main({"a.yaml": b"{}\n"}))


@pytest.mark.parametrize("data", [b"{}\n", b"wrong: [\n"])
def test_the_record_tells_the_owner_where_the_file_does_not(data: bytes) -> None:
    """Also of a file with errors."""
    edit = edits.removal("a", context=context(records={"a": record("a", owner="ada@example.com")}))

    assert (Edit("workspaces/a.yaml", None),) == edit(main({"a.yaml": data}))


def test_a_removal_takes_all_files_of_the_name() -> None:
    """Two files for one name both go."""
    edit = edits.removal("a", context=context(ROOT))

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
    with pytest.raises(ProtectedError):
        edits.removal("a", context=context(ROOT, records=known))(main({"a.yaml": data}))


def test_what_is_being_destroyed_is_not_changed() -> None:
    """An extension that comes when the record says deleting is refused before anything is written."""
    known = {"a": record("a", phase=Phase.DELETING)}
    with pytest.raises(BeingDeletedError):
        edits.update("a", {"expiry": "+1d"}, context=context(records=known))(main({"a.yaml": PLAIN}))


def test_the_file_of_what_is_being_destroyed_may_go() -> None:
    """Removing the file of an expired workspace is only the bookkeeping."""
    known = {"a": record("a", phase=Phase.DELETING)}

    assert edits.removal("a", context=context(records=known))(main({"a.yaml": PLAIN}))


@pytest.mark.parametrize(
    "edit", [edits.removal("a", context=context()), edits.update("a", {"expiry": "+1d"}, context=context())]
)
def test_what_has_no_file_is_not_found(edit: Editing) -> None:
    """A README holds no name either."""
    with pytest.raises(NotFoundError):
        edit(main({"README.md": b"a"}))


@pytest.mark.parametrize("blobs", [(blob_of(PLAIN),), ("other", blob_of(PLAIN)), ("*",), ()])
def test_the_spec_that_the_asker_saw_may_change(blobs: tuple[str, ...]) -> None:
    """By its blob, by any, or without a condition."""
    assert edits.update("a", {"expiry": "+1d"}, context=context(), blobs=blobs)(main({"a.yaml": PLAIN}))


def test_another_spec_than_the_asker_saw_does_not() -> None:
    """An edit that came between is not written over."""
    view = main({"a.yaml": PLAIN})
    for edit in (
        edits.update("a", {"expiry": "+1d"}, context=context(), blobs=("old",)),
        edits.removal("a", context=context(), blobs=("old",)),
        edits.creation_or_update("a", {}, context=context(), blobs=("old",)),
    ):
        with pytest.raises(ChangedError, match=blob_of(PLAIN)):
            edit(view)


def test_create_or_update_does_what_is_due() -> None:
    """It creates where there is no file, updates where there is one, and with a condition only updates."""
    view = main({"a.yaml": PLAIN})

    assert "# mine" in written(edits.creation_or_update("a", {"description": "x"}, context=context()), view)
    assert "description: x" in written(edits.creation_or_update("b", {"description": "x"}, context=context()), view)
    with pytest.raises(ChangedError, match="its file is gone"):
        edits.creation_or_update("b", {}, context=context(), blobs=("x",))(view)


def test_a_file_with_errors_is_not_edited() -> None:
    """The error has the errors on main, with their places."""
    known = {"a": record("a", owner="ada@example.com")}
    with pytest.raises(BrokenFileError) as refused:
        edits.update("a", {"expiry": "+1d"}, context=context(records=known))(main({"a.yaml": b"nmae: a\n"}))

    assert [("workspaces/a.yaml", 1, "/nmae")] == [
        (issue.path, issue.line, issue.pointer) for issue in refused.value.issues
    ]


@pytest.mark.parametrize(
    ("fleet", "error"),
    [(b"flet: x\n", BrokenFileError), (b"", BrokenFileError), (FLEET + b"write: pull-request\n", NotSupportedError)],
)
def test_nothing_is_written_without_good_settings(fleet: bytes, error: type[HeliumError]) -> None:
    """A `helium.yaml` with errors, or one that asks for pull requests, stops every edit."""
    for edit in (edits.creation("b", {}, context=context()), edits.removal("a", context=context())):
        with pytest.raises(error):
            edit(main({"a.yaml": PLAIN}, fleet=fleet))


INSTANCE = b"""\
fleet: acme
defaults: {backend: shop}
backends:
  shop: {backend: helm, fields: {replicas: {type: integer, default: 1}, debug: {type: boolean, default: false}}}
"""


def test_fields_of_an_instance_are_written_in_their_types() -> None:
    """Every door gives texts; the file has a number, in a creation and in an update, for the default backend too."""
    one = replace(context(), specs=YamlSpecs({"helm": Rules(fields=True)}))
    new = written(edits.creation("mine", {"replicas": "3"}, context=one), main(fleet=INSTANCE))
    files = {"mine.yaml": b"replicas: 1\nowner: ada@example.com\n"}
    changed = written(
        edits.update("mine", {"replicas": "2", "debug": "true"}, context=one), main(files, fleet=INSTANCE)
    )

    assert "replicas: 3" in new.splitlines()
    assert {"replicas: 2", "debug: true"} <= set(changed.splitlines())
    assert ["/replicas"] == issues(edits.creation("mine", {"replicas": "many"}, context=one), main(fleet=INSTANCE))


def extended(length: str, data: bytes, *, requester: Requester = ADA) -> str:
    """What a comment makes of the file."""
    asked = context(requester, added_at=ADDED_AT)
    change = edits.update("a", {"expiry": length}, context=asked)
    return written(extension("a", length, context=asked, change=change), main({"a.yaml": data}))


def test_whoever_the_file_names_gets_more_time() -> None:
    """And an admin, for anybody."""
    assert "expiry: 2026-12-08T23:59:59Z" in extended("7d", PLAIN)
    assert "expiry: 2026-12-08T23:59:59Z" in extended("7d", PLAIN, requester=ROOT)


def test_more_time_is_for_the_owner_by_the_file_alone() -> None:
    """Whom a record or an author's line names does not count: anybody can type that."""
    with pytest.raises(RefusedError, match="a belongs to eve@"):
        extended("7d", b"expiry: 2026-12-01\nowner: eve@example.com\n")
    with pytest.raises(RefusedError, match="names no owner"):
        extended("7d", b"expiry: 2026-12-01\n")


@pytest.mark.parametrize("length", ["2026-12-01", "2026-11-30"])
def test_more_time_is_never_less(length: str) -> None:
    """Whoever wants an earlier end edits the file."""
    with pytest.raises(RefusedError, match="which is not earlier"):
        extended(length, PLAIN)
