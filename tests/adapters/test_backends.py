"""Finding backends: the contract of the port on the fake and on real folders, and what a folder may get wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.backends import FolderBackends, find
from helium.adapters.backends.manifest import read
from helium.core.fleet import Fleet
from helium.core.spec import COMMON_FIELDS
from helium.ports.backends import Backends
from tests.fakes import FakeBackends

GCP = "gcp-namespace"
SETTINGS = {
    "project": "acme-cloud",
    "zone": "us-east1-b",
    "cluster": "ci-cluster",
    "domain": "ws.example.com",
    "auth0Domain": "https://tenant.example.com/",
    "charts": {
        "pachyderm": {"chart": "charts/pachyderm", "version": "2.11.6", "digest": f"sha256:{'a' * 64}"},
        "jupyterhub": {"chart": "charts/jupyterhub", "version": "4.4.0", "digest": f"sha256:{'b' * 64}"},
    },
}
FLEET = Fleet("acme", clusters={"ci-cluster": {"gke": True}}, backends={GCP: SETTINGS})
PROGRAM = b"def declare(workspace):\n    return {}\n"
FORM = {"placement": ["cluster"], "pins": ["size"], "defaults": {"size": 1}, "locked": ["a.b"]}


def form(**changes: object) -> bytes:
    """A `backend.json`."""
    return json.dumps({**FORM, **changes}).encode()


def folder(name: str = "mine", **files: bytes) -> dict[str, bytes]:
    """A fleet's own backend, by paths in the repository; `files` replaces by the name before the dot, `b""` drops."""
    held = {"resources.py": PROGRAM, "backend.json": form()}
    held |= {
        {"program": "resources.py", "form": "backend.json", "spec": "spec.schema.json"}[key]: data
        for key, data in files.items()
    }
    return {f"stacks/{name}/{path}": data for path, data in held.items() if data}


def real(tmp_path: Path, files: Mapping[str, Mapping[str, bytes]] | None = None) -> FolderBackends:
    """The adapter; `files` by commit."""
    return FolderBackends(lambda commit: (files or {}).get(commit, {}), cache=tmp_path)


def issues_of(tmp_path: Path, files: Mapping[str, bytes], fleet: Fleet = FLEET) -> tuple[str, ...]:
    """What the backend `mine` in these files cannot do."""
    return real(tmp_path, {"c1": files}).recipes(fleet, commit="c1")["mine"].issues


@pytest.fixture(params=["fake", "real"])
def backends(request: pytest.FixtureRequest, tmp_path: Path) -> Backends:
    """A port with gcp-namespace at every commit and `mine` at the commit `with-mine` only."""
    folders = real(tmp_path, {"with-mine": folder()})
    if request.param == "real":
        return folders
    fake = FakeBackends({GCP: folders.recipes(FLEET, commit="c1")[GCP]})
    fake.at["with-mine"] = folders.recipes(FLEET, commit="with-mine")
    return fake


def test_a_backend_makes_the_same_at_every_commit(backends: Backends) -> None:
    """What did not change has the same program, place and make, however often it is asked for."""
    first, again = (backends.recipes(FLEET, commit=commit)[GCP] for commit in ("c1", "c2"))

    assert first == again
    assert () == first.issues


def test_a_fleet_s_own_backend_is_of_its_commit(backends: Backends) -> None:
    """It is there where the commit has its folder, and nowhere else."""
    there = [commit for commit in ("c1", "with-mine", "c2") if "mine" in backends.recipes(FLEET, commit=commit)]

    assert ["with-mine"] == there


def test_a_backend_that_nobody_has_is_an_error(backends: Backends) -> None:
    """A name that only `helium.yaml` knows is there, with a sentence, so that its workspaces are kept."""
    lost = replace(FLEET, backends={**FLEET.backends, "lost": {}})
    found = backends.recipes(lost, commit="c1")

    assert found["lost"].issues
    assert () == found[GCP].issues


def test_place_and_make(tmp_path: Path) -> None:
    """Settings are told apart by what may move; what `helium.yaml` leaves out has a default."""
    recipe = real(tmp_path).recipes(FLEET, commit="c1")[GCP]

    assert {key: SETTINGS[key] for key in ("project", "zone", "cluster", "domain")} == recipe.placement
    assert "wildcard-tls" == recipe.pins["tlsSecret"]
    assert {"auth0Domain", "charts", "ingressClass", "tlsSecret"} == set(recipe.pins)


def test_a_setting_goes_over_its_default_key_by_key(tmp_path: Path) -> None:
    """Naming one leaves the other defaults as they are."""
    files = folder(form=form(defaults={"size": {"small": 1, "large": 2}}))
    mine = replace(FLEET, backends={"mine": {"size": {"large": 3}}})
    recipe = real(tmp_path, {"c1": files}).recipes(mine, commit="c1")["mine"]

    assert {"small": 1, "large": 3} == recipe.pins["size"]


@pytest.mark.parametrize("name", sorted(find.built_in()))
def test_a_built_in_backend_has_no_errors(name: str) -> None:
    """Its schemas too, which no command checks again."""
    assert () == read(name, find.files_of(find.built_in()[name]), installed=True).issues


def test_no_default_names_a_server_of_charts(tmp_path: Path) -> None:
    """Whoever owns such a name next would decide what is installed, with the pass's rights."""
    bare = replace(FLEET, backends={GCP: {key: value for key, value in SETTINGS.items() if key != "charts"}})
    recipe = real(tmp_path).recipes(bare, commit="c1")[GCP]

    assert [
        f"backends.gcp-namespace.charts.{name} in helium.yaml names no chart" for name in ("pachyderm", "jupyterhub")
    ] == [issue.partition(";")[0] for issue in recipe.issues]
    known = {name: read(name, find.files_of(path), installed=True) for name, path in find.built_in().items()}
    assert [] == [name for name, backend in known.items() if "://" in json.dumps(backend.manifest.defaults)]


def test_trust_is_part_of_the_make(tmp_path: Path) -> None:
    """The program must know what `helium.yaml` trusts, in the form that a record gives back."""
    trusting = replace(FLEET, trusted_values=("pachd.storage", "ingress.host"))
    pins = real(tmp_path).recipes(trusting, commit="c1")[GCP].pins

    assert ["ingress.host", "pachd.storage"] == pins["trusted"]
    assert pins == json.loads(json.dumps(pins))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"domain": None}, "helium.yaml does not set backends.gcp-namespace.domain"),
        (
            {"domain": "", "auth0Domain": None},
            "helium.yaml does not set backends.gcp-namespace.domain, backends.gcp-namespace.auth0Domain",
        ),
        ({"auth0Domain": ""}, "helium.yaml does not set backends.gcp-namespace.auth0Domain"),
        ({"tslSecret": "x"}, "backends.gcp-namespace.tslSecret in helium.yaml is not a setting of this backend"),
        (
            {"cluster": "far"},
            "clusters in helium.yaml does not say how the cluster far of backends",
        ),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, settings: dict[str, str | None], what: str) -> None:
    """Each is one sentence that says where it is."""
    (issue,) = real(tmp_path).recipes(replace(FLEET, backends={GCP: {**SETTINGS, **settings}}), commit="c1")[GCP].issues

    assert issue.startswith(what)


def test_the_sandbox_needs_no_way_to_a_cluster(tmp_path: Path) -> None:
    """A pretend cluster is reached without `clusters`."""
    pretend = replace(FLEET, clusters={}, sandbox=("gcp", "kubernetes"))

    assert () == real(tmp_path).recipes(pretend, commit="c1")[GCP].issues


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (folder(program=b""), "it has no resources.py"),
        (folder(program=b"def declare(:"), "its resources.py cannot be read"),
        (folder(program=b"\x00"), "its resources.py cannot be read"),
        (folder(program=b"x = 1"), "its resources.py has no declare(workspace)"),
        (folder(form=b""), "it has no backend.json"),
        (folder(form=b"{"), "its backend.json cannot be read"),
        (folder(form=b"[]"), "its backend.json cannot be read"),
        (folder(form=form(lockd=["a"])), "its backend.json cannot be read: Object contains unknown field `lockd`"),
        (folder(form=form(pins=["size", "cluster"])), "its backend.json has cluster in both placement and pins"),
        (folder(form=form(required=["nope"])), "its backend.json mentions nope"),
        (folder(form=form(charts={"charts.podinfo": ""})), "its backend.json has a chart at charts.podinfo"),
        (folder(form=form(secrets=["GITHUB_TOKEN"])), "its backend.json asks for the secret GITHUB_TOKEN"),
        (
            folder(form=form(secrets=["HELIUM_CLIENT_SECRET"])),
            "its backend.json asks for the secret HELIUM_CLIENT_SECRET",
        ),
        (folder(form=form(names={"{owner}-{name}": 63})), "its backend.json uses owner in a name"),
        (folder(spec=b"[1]"), "its spec.schema.json cannot be read"),
        (folder(spec=b'{"a": "\xff"}'), "its spec.schema.json cannot be read"),
        (folder(spec=b'{"type": "nonsense"}'), "its spec.schema.json is not a JSON Schema"),
        (folder(spec=b'{"pattern": "("}'), "its spec.schema.json is not a JSON Schema"),
        (
            folder(spec=b'{"$ref": "#/$defs/nope"}'),
            "its spec.schema.json is not a JSON Schema: #/$defs/nope is not in it",
        ),
        (
            folder(spec=b'{"$ref": "https://example.com/x"}'),
            "its spec.schema.json is not a JSON Schema: https://example.com",
        ),
    ],
)
def test_a_broken_folder_is_named(tmp_path: Path, files: dict[str, bytes], what: str) -> None:
    """A folder that cannot be used is a backend with an error; the others are as they were."""
    recipes = real(tmp_path, {"c1": files}).recipes(FLEET, commit="c1")
    (issue,) = recipes["mine"].issues

    assert issue.startswith(what)
    assert () == recipes[GCP].issues


CHART = {"chart": "charts/podinfo", "version": "6.14.1", "digest": f"sha256:{'a' * 64}"}


@pytest.mark.parametrize(
    ("chart", "said"),
    [
        (CHART, ()),
        (None, ("backends.mine.size.podinfo in helium.yaml names no chart; set its chart: ",)),
        ({**CHART, "digest": ""}, ("backends.mine.size.podinfo in helium.yaml has no digest; run helium chart pin",)),
    ],
)
def test_a_chart_has_version_and_digest(tmp_path: Path, chart: object, said: tuple[str, ...]) -> None:
    """A backend says where its settings name charts. One that could be any chart creates no workspace."""
    files = folder(form=form(charts={"size.podinfo": "helmVersion"}))
    fleet = replace(FLEET, backends={"mine": {"size": {"podinfo": chart}}})
    recipe = real(tmp_path, {"c1": files}).recipes(fleet, commit="c1")["mine"]

    assert len(said) == len(recipe.issues)
    assert all(issue.startswith(start) for issue, start in zip(recipe.issues, said, strict=True))
    assert {"size.podinfo": "helmVersion"} == recipe.charts


def test_own_settings_are_judged_by_the_backend(tmp_path: Path) -> None:
    """A fleet's own backend may bring a schema for its settings."""
    files = folder() | {"stacks/mine/settings.schema.json": b'{"properties": {"size": {"maximum": 5}}}'}
    fleet = replace(FLEET, backends={"mine": {"size": 9}})

    assert ("backends.mine.size in helium.yaml: 9 is greater than the maximum of 5",) == issues_of(
        tmp_path, files, fleet
    )


def test_a_folder_is_what_the_commit_says(tmp_path: Path) -> None:
    """The engine gets exactly the commit's files; another commit's are another folder."""
    at = {"c1": folder(), "c2": folder(program=PROGRAM + b"# more\n")}
    backends = real(tmp_path, at)
    programs, texts = [], []
    for commit in ("c1", "c2", "c1"):
        programs.append(backends.recipes(FLEET, commit=commit)["mine"].program)
        texts.append((backends.at(commit).folders["mine"] / "resources.py").read_bytes())

    assert [PROGRAM, PROGRAM + b"# more\n", PROGRAM] == texts
    assert programs[0] == programs[2] != programs[1]


def test_nothing_of_a_fleet_s_program_runs_here(tmp_path: Path) -> None:
    """This process holds git's tokens: a folder is read, and never imported."""
    trace = tmp_path / "ran"
    program = f"open({str(trace)!r}, 'w').close()\n".encode() + PROGRAM

    assert () == issues_of(tmp_path, folder(program=program))
    assert not trace.exists()


def test_a_fleet_s_own_folder_goes_before_a_built_in_one(tmp_path: Path) -> None:
    """Of the same name and other bytes: the fleet's. Of the same bytes: the built-in, with its rights to secrets."""
    built_in = {f"stacks/{GCP}/{path}": data for path, data in find.files_of(find.built_in()[GCP]).items()}
    backends = real(tmp_path, {"other": folder(GCP), "same": built_in})

    assert backends.at("other").folders[GCP].is_relative_to(tmp_path)
    assert () == backends.recipes(FLEET, commit="same")[GCP].issues
    assert find.built_in()[GCP] == backends.at("same").folders[GCP]


def test_programs_get_listed_secrets_only(tmp_path: Path) -> None:
    """What a built-in backend lists and what is there for specs; no token, and nothing empty."""
    environment = {
        "HELIUM_CLIENT_ID": "id",
        "HELIUM_CLIENT_SECRET": "",
        "HELIUM_SECRET_DB": "db",
        "HELIUM_TOKEN": "token",
        "GITHUB_TOKEN": "token",
    }
    backends = real(tmp_path).of({})

    assert {"HELIUM_CLIENT_ID": "id", "HELIUM_SECRET_DB": "db"} == backends.secret_environment(environment)


COPY = folder("copy", form=form(secrets=["HELIUM_CLIENT_ID", "HELIUM_SECRET_OWN"]))


@pytest.mark.parametrize(
    ("listed", "issue"),
    [
        ([], "its backend.json asks for the secret HELIUM_CLIENT_ID; add HELIUM_CLIENT_ID to backends.copy.secrets"),
        (["HELIUM_CLIENT_ID"], ""),
        (
            ["HELIUM_CLIENT_ID", "HELIUM_GIT_TOKEN"],
            "backends.copy.secrets in helium.yaml lists HELIUM_GIT_TOKEN, which is not a secret of a built-in backend",
        ),
    ],
)
def test_a_copy_reads_the_secrets_that_helium_yaml_lets_it(tmp_path: Path, listed: list[str], issue: str) -> None:
    """The line names secrets of built-in backends, and no token of the pass."""
    fleet = replace(FLEET, backends={"copy": {"size": 1, "secrets": listed}})
    recipe = real(tmp_path, {"c1": COPY}).recipes(fleet, commit="c1")["copy"]

    assert [True] * bool(issue) == [each.startswith(issue) for each in recipe.issues]
    assert "secrets" not in recipe.pins


def test_a_secret_that_a_folder_may_not_have_reaches_no_program(tmp_path: Path) -> None:
    """All programs of a pass share one environment, so a folder that lists a token must not put it there."""
    environment = {"HELIUM_GIT_TOKEN": "token", "HELIUM_SECRET_OWN": "own", "HELIUM_CLIENT_ID": "id"}
    thief = folder("thief", form=form(secrets=["HELIUM_GIT_TOKEN", "HELIUM_SECRET_OWN"]))
    granted = replace(FLEET, backends={"thief": {"secrets": ["HELIUM_GIT_TOKEN"]}})

    found = real(tmp_path).of(thief).secret_environment(environment, fleet=granted)

    assert {"HELIUM_SECRET_OWN": "own", "HELIUM_CLIENT_ID": "id"} == found


def test_an_instance_gives_the_right_to_its_program(tmp_path: Path) -> None:
    """The line may stand at the instance, since that is where its settings are."""
    fleet = replace(FLEET, backends={"shop": {"backend": "copy", "size": 1, "secrets": ["HELIUM_CLIENT_ID"]}})

    assert () == real(tmp_path, {"c1": COPY}).recipes(fleet, commit="c1")["shop"].issues


def test_the_sandbox_has_stand_ins_for_secrets(tmp_path: Path) -> None:
    """A demo needs no secret; one that is set is used."""
    found = real(tmp_path).of({}).secret_environment({"HELIUM_CLIENT_ID": "id"}, pretend=True)

    assert {
        "HELIUM_CLIENT_ID": "id",
        "HELIUM_CLIENT_SECRET": "sandbox-helium-client-secret",
        "HELIUM_PACHYDERM_LICENSE": "sandbox-helium-pachyderm-license",
    } == found


def test_the_built_in_is_in_order(tmp_path: Path) -> None:
    """gcp-namespace has no error, and locks host, TLS, bucket, OIDC, licence and service accounts."""
    known = real(tmp_path).of({}).known[GCP]

    assert () == known.issues
    assert {"ingress.host", "ingress.tls", "oidc", "pachd.enterpriseLicenseKey", "pachd.serviceAccount"} <= set(
        known.manifest.locked
    )


def test_the_schema_of_the_fleet_knows_the_same_settings() -> None:
    """`fleet.schema.json` and the built-in's `backend.json` speak of the same settings."""
    schema = json.loads((Path(__file__).parents[2] / "schema" / "fleet.schema.json").read_text())
    described = schema["properties"]["backends"]["properties"][GCP]["properties"]
    form = json.loads((find.built_in()[GCP] / "backend.json").read_text())

    assert set(described) == {*form["placement"], *form["pins"], "amounts", "drift", "ready", "secrets"}


def test_the_schema_of_specs_has_the_fields_of_every_spec() -> None:
    """`common.schema.json` and the names that no backend may give another meaning."""
    schema = json.loads((Path(__file__).parents[2] / "schema" / "common.schema.json").read_text())

    assert COMMON_FIELDS == tuple(schema["properties"])


def test_what_every_entry_may_have_is_not_judged_by_a_backend_s_schema(tmp_path: Path) -> None:
    """A schema that knows its own settings alone refuses others of its own, and no description."""
    strict = {"type": "object", "properties": {"size": {"type": "integer"}}, "additionalProperties": False}
    files = {**folder("mine"), "stacks/mine/settings.schema.json": json.dumps(strict).encode()}
    entry = {"size": 1, "description": "Ours", "drift": {"ignore": ["Pod/*"]}}
    fleet = replace(FLEET, backends={"mine": entry})

    assert () == real(tmp_path, {"c1": files}).recipes(fleet, commit="c1")["mine"].issues


def test_another_package_s_backend_is_found(tmp_path: Path) -> None:
    """What an installed package brings is there under its name, and its own folder is opened."""
    placement = tmp_path / "package"
    placement.mkdir()
    for path, data in (("resources.py", PROGRAM), ("backend.json", form())):
        (placement / path).write_bytes(data)
    backends = FolderBackends(lambda _: {}, cache=tmp_path / "cache", installed={"theirs": placement})

    assert ("theirs",) == tuple(backends.recipes(Fleet("acme"), commit="c1"))
    assert placement == backends.of({}).folders["theirs"]
