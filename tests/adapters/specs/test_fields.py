"""The fields of a spec: their shape by the schema, and their meaning in the fleet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.adapters.specs.spec_text import text_of
from tests.adapters.specs.reading import FLEET, PATH, issues, spec

BAD = [
    ("pachVersion: 2.3.9", "/pachVersion", 'did you mean "pachdVersion"?'),
    ("PachdVersion: 2.3.9", "/PachdVersion", 'did you mean "pachdVersion"?'),
    ("pachd_version: 2.3.9", "/pachd_version", 'did you mean "pachdVersion"?'),
    ("expires: 2026-12-01", "/expires", 'did you mean "expiry"?'),
    ("zzz: 1", "/zzz", "unknown key"),
    ("name: b", "/name", "not the file's name"),
    ("name: A", "/name", "not the file's name"),
    ('name: "a\\n"', "/name", "not the file's name"),
    ("name: 5", "/name", "must be text"),
    ("backend: gcp-namespac", "/backend", 'did you mean "gcp-namespace"?'),
    ("backend: ../x", "/backend", "does not have the backend"),
    ("backend: {}", "/backend", "must be text"),
    ("expiry: tomorrow", "/expiry", "not a date"),
    ("expiry: 2026-13-01", "/expiry", "not a date that exists"),
    ("expiry: 2026-02-29", "/expiry", "not a date that exists"),
    ("expiry: 2026-1-1", "/expiry", "not a date"),
    ("expiry: 20261201", "/expiry", "must be text"),
    ('expiry: "20261201"', "/expiry", "not a date"),
    ('expiry: "2026-W01-1"', "/expiry", "not a date"),
    ('expiry: "2026-12-01\\n"', "/expiry", "not a date"),
    ("expiry: 2026-12-01T25:00:00Z", "/expiry", "not a date that exists"),
    ("expiry: 2026-12-01T10:00:00+99:00", "/expiry", "not a date that exists; look at its month, day, time and offset"),
    ("expiry: 2026-12-01T18:00:00", "/expiry", "not a date"),
    ("expiry: 2026-12-01T18:00Z", "/expiry", "not a date"),
    ("expiry: +7d", "/expiry", "not a date"),
    ("expiry: 0001-01-01T00:00:00+14:00", "/expiry", "not a date"),
    ("expiry: ٢٠٢٦-12-01", "/expiry", "not a date"),
    ("expiry: null", "/expiry", "must be text"),
    ("expiry:", "/expiry", "the value is missing"),
    ("pachdVersion: a b", "/pachdVersion", "not a version"),
    ("pachdVersion: -a", "/pachdVersion", "not a version"),
    ('pachdVersion: "2.3.9\\n"', "/pachdVersion", "not a version"),
    ('pachdVersion: ""', "/pachdVersion", "not a version"),
    ("pachdVersion: " + "a" * 129, "/pachdVersion", "not a version"),
    ("pachdVersion: [2.3.9]", "/pachdVersion", "must be text, not a list"),
    ("disableNotebooks: 1", "/disableNotebooks", "must be true or false"),
    ('disableNotebooks: "true"', "/disableNotebooks", "must be true or false"),
    ("disableNotebooks: yes", "/disableNotebooks", "write true or false"),
    ("protected: never", "/protected", "must be true or false"),
    ("values: []", "/values", "must be a mapping"),
    ("values: text", "/values", "must be a mapping"),
    ("owner: ada", "/owner", "not an e-mail address"),
    ("owner: ada@localhost", "/owner", "not an e-mail address"),
    ("owner: Ada <ada@example.com>", "/owner", "not an e-mail address"),
    ('owner: "ada@example.com\\n"', "/owner", "not an e-mail address"),
    ("owner: 1+ada@users.noreply.github.com", "/owner", "nobody reads mail"),
    ("owner: no-reply@example.com", "/owner", "nobody reads mail"),
    ("access: all", "/access", 'not one of "owner", "everyone"'),
    ("access: everyones", "/access", 'did you mean "everyone"?'),
    ("description: 5", "/description", "must be text"),
    ("description: " + "x" * 1001, "/description", "1001 characters"),
    ("labels: [a]", "/labels", "must be a mapping"),
    ("labels: {team: 5}", "/labels/team", 'write it in quotes: "5"'),
    ("labels: {team: true}", "/labels/team", "must be text"),
    ("labels: {team: a b}", "/labels/team", "not a label's value"),
    ("labels: {team: -a}", "/labels/team", "not a label's value"),
    ('labels: {team: "a\\n"}', "/labels/team", "not a label's value"),
    ("labels: {team: " + "a" * 64 + "}", "/labels/team", "not a label's value"),
    ("labels: {a b: c}", "/labels/a b", "not a label's key"),
    ('labels: {"": c}', "/labels/", "not a label's key"),
    ("labels: {a/b/c: d}", "/labels/a~1b~1c", "not a label's key"),
    ("labels: {A.B/c: d}", "/labels/A.B~1c", "not a label's key"),
    ("labels: {kubernetes.io/a: b}", "/labels/kubernetes.io~1a", "is reserved"),
    ("labels: {app.kubernetes.io/a: b}", "/labels/app.kubernetes.io~1a", "is reserved"),
    ("labels: {x.k8s.io/a: b}", "/labels/x.k8s.io~1a", "is reserved"),
    ("labels: {helium: b}", "/labels/helium", "is reserved"),
    ("labels: {helium-expiry: b}", "/labels/helium-expiry", "is reserved"),
    ("labels: {helium.io/a: b}", "/labels/helium.io~1a", "is reserved"),
    ("labels: {needs-ci-tls: b}", "/labels/needs-ci-tls", "is reserved"),
    ("labels: {Helium-Fleet: b}", "/labels/Helium-Fleet", "is reserved"),
    ("labels: {owner: b}", "/labels/owner", "is reserved"),
    ("labels: {Fleet: b}", "/labels/Fleet", "is reserved"),
    ("labels: {workspace: b}", "/labels/workspace", "is reserved"),
    ("labels: {team.io/a: b, team_io_a: c}", "/labels/team_io_a", "are both team_io_a in Google's cloud"),
    ("labels: {Team: b, team: c}", "/labels/team", "are both team in Google's cloud"),
    ("values: {mode: 0644}", "/values/mode", '"0644" for text, or 420 without quotes for the number'),
    ("values: {oidc: {mockIDP: true}}", "/values/oidc", "oidc is locked"),
    ("values: {oidc: null}", "/values/oidc", "oidc is locked"),
    ("values: {pachd: {storage: {google: {bucket: b}}}}", "/values/pachd/storage/google", "is locked"),
    ("values: {pachd: {storage: null}}", "/values/pachd/storage", "is locked"),
    ("values: {pachd: []}", "/values/pachd", "is locked"),
    ("values: {singleuser: {memory: {guarantee: 4G}}}", "/values/singleuser", "notebooks: {values: {singleuser: …}}"),
    ("notebooks: {values: {hub: {config: {}}}}", "/notebooks/values/hub", "notebooks.values.hub is locked"),
    ("notebooks: {values: {singleuser: {token: hunter2}}}", "/notebooks/values/singleuser/token", "in plain text"),
    ("notebooks: {values: {singleuser: {a: '{{ x }}'}}}", "/notebooks/values/singleuser/a", "as a template"),
    ("notebooks: {value: {}}", "/notebooks/value", 'did you mean "values"?'),
    ("{backend: own, size: small, notebooks: {values: {a: 1}}}", "/notebooks", "only the backend gcp-namespace has it"),
    ("backend: own", "", '"size" is missing'),
    ("{backend: own, size: smal}", "/size", 'did you mean "small"?'),
    ("size: small", "/size", "unknown key"),
]


@pytest.mark.parametrize(("text", "pointer", "words"), BAD)
def test_a_wrong_field_is_reported_once_and_with_the_way_out(text: str, pointer: str, words: str) -> None:
    """Each wrong field is one error, at its place, with a sentence that says what to write."""
    found = issues(text + "\n")

    assert [pointer] == [issue.pointer for issue in found]
    assert words in found[0].sentence


GOOD = [
    "{}", "name: a", "backend: gcp-namespace", "backend: GCP_Namespace_Pulumi", "expiry: 2026-12-01",
    'expiry: "2026-12-01"', "expiry: 2026-12-01T18:00:00Z", "expiry: 2026-12-01t18:00:00.5+02:00",
    "expiry: 2028-02-29", 'pachdVersion: "2.10"', "pachdVersion: 2.3.9-rc.1_a", "disableNotebooks: true",
    "values: {}", "owner: ada.l+x@example.co.uk", "access: everyone", 'description: ""', "description: a, b",
    "labels: {}", "labels: {a: '', A.b-c_d: x.Y_z-1, example.com/team: field}", "protected: false",
    "{backend: own, size: small}", "values: {pachd: {storage: {other: 1}}}",
    "backend: own\nsize: large\nvalues: {oidc: 1}", "notebooks: {values: {singleuser: {memory: {guarantee: 4G}}}}",
    "backend: own\nsize: large\nvalues: {singleuser: 1}",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_a_right_field_is_read(text: str) -> None:
    """What the reference allows is a spec without an error."""
    assert () == issues(text + "\n")


def test_a_spec_says_what_its_file_says() -> None:
    """Fields go over as read; the name is the file's, the backend's old name becomes the new one."""
    text = (
        "name: a\nbackend: GCP_Namespace_Pulumi\nexpiry: 2026-12-01\nowner: ada@example.com\naccess: everyone\n"
        "protected: true\ndescription: demo\nlabels: {team: field}\nvalues: {x: 1}\npachdVersion: 2.3.9\n"
    )
    read = spec(text)

    assert ("a", "gcp-namespace", datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)) == (
        read.name,
        read.backend,
        read.expiry,
    )
    assert ("ada@example.com", "everyone", True, "demo", {"team": "field"}) == (
        read.owner,
        read.access,
        read.protected,
        read.description,
        read.labels,
    )
    assert ({"x": 1}, "2.3.9", False) == (read.values, read.text("pachdVersion"), "name" in read.fields)


def test_trusted_values_unlock() -> None:
    """What helium.yaml trusts may be set although the backend locks it; its neighbours stay locked."""
    fleet = replace(FLEET, trusted_values=("pachd.storage",))
    text = "values: {pachd: {storage: {google: {bucket: b}}}, oidc: {}}\n"

    assert ["/values/oidc"] == [issue.pointer for issue in issues(text, fleet=fleet)]


def test_an_unknown_default_backend_is_reported_where_none_is_named() -> None:
    """A spec that names no backend cannot be read when the fleet's default is not known."""
    fleet = replace(FLEET, defaults=replace(FLEET.defaults, backend="gone"))

    assert [True] == ["'gone' of helium.yaml does not exist" in issue.sentence for issue in issues("{}", fleet=fleet)]
    assert () == issues("backend: gcp-namespace", fleet=fleet)


def test_a_backend_of_the_fleet_is_known_without_rules() -> None:
    """A key under backends in helium.yaml is enough to name it."""
    fleet = replace(FLEET, backends={"mine": {}})

    assert "mine" == spec("backend: mine", fleet=fleet).backend


@pytest.mark.parametrize(("length", "words"), [(48, None), (49, "48 characters fit"), (59, "too many for its bucket")])
def test_a_name_fits_every_resource_made_from_it(length: int, words: str | None) -> None:
    """The shortest room counts: 48 characters where a release is called pach-NAME."""
    found = issues("{}", path=f"workspaces/{'a' * length}.yaml")

    assert (words is not None) == any(words in issue.sentence for issue in found if words)
    assert (words is not None) == bool(found)


KEYS = ["expiry", "pachdVersion", "values", "owner", "labels", "access"]
VALUES = {
    "expiry": "2026-12-01", "pachdVersion": "2.10", "values": {"b": 1, "a": {"d": [1, 2], "c": None}},
    "owner": "ada@example.com", "labels": {"x": "1", "a": "b"}, "access": "everyone",
}  # fmt: skip


@given(st.permutations(KEYS))
def test_the_order_of_keys_changes_nothing(keys: list[str]) -> None:
    """A spec's digest is of what it says, not of how its file is arranged."""
    fields = {key: VALUES[key] for key in keys}

    assert spec(text_of(VALUES, path=PATH)).digest == spec(text_of(fields, path=PATH)).digest


def test_a_light_field_is_not_in_the_digest() -> None:
    """Expiry, description and protected change nothing that was made."""
    light = "expiry: 2026-12-01\ndescription: demo\nprotected: true\n"

    assert spec("pachdVersion: 2.3.9\n").digest == spec(light + "pachdVersion: 2.3.9\n").digest
    assert spec("pachdVersion: 2.3.9\n").digest != spec("pachdVersion: 2.3.8\n").digest
