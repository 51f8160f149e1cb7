"""`helium.yaml`, and the digest of how files are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.adapters.specs import Rules, YamlSpecs
from helium.core.fleet import Defaults, Fleet, Limits, PassSchedule, RoutineAmounts
from helium.core.job_access import JobRule, JobSettings
from helium.core.spec import Entry, InvalidSpec, Spec
from helium.errors import Issue, SpecError
from tests.adapters.specs.reading import FLEET, RULES, SPECS

WHOLE = """\
fleet: acme
sandbox: [gcp, kubernetes]
state: gs://acme-helium-state
secrets: gcpkms://projects/p/locations/l/keyRings/k/cryptoKeys/c
defaults: {backend: GCP_Namespace_Pulumi, lifetime: 12h, maxLifetime: 2w}
limits: {deletes: 0, parallel: 8, timeout: 90m}
write: pull-request
ledger: fleets/acme
paused: true
schedule: {every: 30m}
admins: [ada@example.com]
routine: {adds: 3, removes: 1}
people: {ada: ada@example.com}
jobs:
  issuer: https://token.actions.githubusercontent.com
  audience: https://helium.example.com
  allow:
    - {repository: 42, owner: ci@example.com}
    - {repository: 43, environment: it, ref: refs/heads/main, owner: ci@example.com, atOnce: 3, maxLifetime: 90m,
       backends: [GCP_Namespace_Pulumi]}
trustedValues: [pachd.storage]
clusters:
  ci-cluster: {stack: organization/ci-cluster/dev}
  home: {kubeconfig: kube/config}
  big: {gke: true}
backends:
  GCP_Namespace_Pulumi:
    project: my-project
    zone: us-east1-b
    cluster: ci-cluster
    domain: workspaces.example.com
    tlsSecret: wildcard-tls
    ingressClass: traefik
    auth0Domain: https://tenant.example.com/
    pachd: load-balancer
    charts:
      pachyderm:
        repo: https://c.example.com
        version: 2.3.9
        digest: sha256:3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d3f2a9c1d
        hosts: ["x.example.com:8443"]
      jupyterhub: {chart: "oci://x.example.com/hub", version: 4.4.0, credentialsName: HELIUM_CHARTS_ACME}
  own: {anything: [1, {goes: here}], clientSecret: the-name-of-one}
"""


def errors_in(text: str) -> tuple[Issue, ...]:
    """What is wrong with the settings."""
    try:
        SPECS.fleet(text.encode())
    except SpecError as error:
        return error.issues
    return ()


RULE = "repository: 1, owner: ci@example.com"


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (f"{{{RULE}, maxLifetime: 91d}}", "longer than maxLifetime under defaults"),
        ("{repository: 1, owner: 1+ci@users.noreply.github.com}", "nobody reads mail to"),
        (f"{{{RULE}}}, {{{RULE}, environment: it}}", "an earlier rule lets in all that this one would"),
        (f"{{{RULE}, ref: a}}, {{{RULE}, ref: a, environment: it}}", "an earlier rule lets in all that this one would"),
        (f"{{{RULE}, ref: a}}, {{{RULE}, ref: b}}, {{{RULE}}}, {{repository: 2, owner: ci@example.com}}", ""),
        (f"{{{RULE}, maxLifetime: 90d}}", ""),
        ("{repository: x/y, owner: ci@example.com}", "must be a whole number"),
        ("{repository: 1}", '"owner" is missing'),
        ("5", "must be a mapping"),
    ],
)
def test_a_rule_for_jobs_can_be_kept(rules: str, says: str) -> None:
    """It promises nothing that the fleet does not give, and comes to its turn."""
    text = f"fleet: acme\njobs: {{issuer: https://i.example.com, audience: x, allow: [{rules}]}}\n"
    found = [each.sentence for each in errors_in(text) if each.pointer.startswith("/jobs")]

    assert [bool(says)] * len(found) == [says in sentence for sentence in found]
    assert bool(says) == bool(found), found


@pytest.mark.parametrize(
    ("issuer", "is_right"),
    [
        ("https://token.actions.githubusercontent.com", True),
        ("https://git.example.com/api/actions", True),
        ("http://127.0.0.1:8080", True),
        ("http://git.example.com", False),
        ("https://git.example.com/", False),
        ("https://user@git.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("file:///etc/keys", False),
    ],
)
def test_the_issuer_of_jobs_is_asked_by_https(issuer: str, is_right: bool) -> None:
    """Or on this machine: whoever answers in its place could sign for every job."""
    assert is_right == (() == errors_in(f"fleet: acme\njobs: {{issuer: '{issuer}', audience: x}}\n"))


def test_all_settings_are_read() -> None:
    """Each key of the sketch has its place in the fleet; old names of backends become new ones."""
    fleet = SPECS.fleet(WHOLE.encode())

    assert (
        Fleet(
            "acme",
            sandbox=("gcp", "kubernetes"),
            state="gs://acme-helium-state",
            secrets="gcpkms://projects/p/locations/l/keyRings/k/cryptoKeys/c",
            defaults=Defaults("gcp-namespace", timedelta(hours=12), timedelta(weeks=2)),
            limits=Limits(0, 8, timedelta(minutes=90)),
            write="pull-request",
            ledger="fleets/acme",
            paused=True,
            schedule=PassSchedule(timedelta(minutes=30)),
            admins=("ada@example.com",),
            people={"ada": "ada@example.com"},
            routine=RoutineAmounts(adds=3, removes=1),
            jobs=JobSettings(
                issuer="https://token.actions.githubusercontent.com",
                audience="https://helium.example.com",
                allow=(
                    JobRule(repository=42, owner="ci@example.com"),
                    JobRule(
                        repository=43,
                        environment="it",
                        ref="refs/heads/main",
                        owner="ci@example.com",
                        at_once=3,
                        max_lifetime=timedelta(minutes=90),
                        backends=("gcp-namespace",),
                    ),
                ),
            ),
            trusted_values=("pachd.storage",),
            clusters=fleet.clusters,
            backends=fleet.backends,
        )
        == fleet
    )
    assert {"ci-cluster", "home", "big"} == set(fleet.clusters)
    assert ["my-project", {"anything": [1, {"goes": "here"}], "clientSecret": "the-name-of-one"}] == [
        fleet.backends["gcp-namespace"]["project"],
        fleet.backends["own"],
    ]


BAD = [
    ("", "", "empty"),
    ("{}", "", '"fleet" is missing'),
    ("fleet: 5", "/fleet", "must be text"),
    ("fleet: Acme", "/fleet", "not a fleet's name"),
    ("fleet: a.b", "/fleet", "not a fleet's name"),
    ("fleet: 9a", "/fleet", "not a fleet's name"),
    ("fleet: a-", "/fleet", "not a fleet's name"),
    ('fleet: "acme\\n"', "/fleet", "not a fleet's name"),
    ("fleet: " + "a" * 31, "/fleet", "not a fleet's name"),
    ("limit: {}", "/limit", 'did you mean "limits"?'),
    ("limits: {paralel: 4}", "/limits/paralel", 'did you mean "parallel"?'),
    ("limits: {parallel: 0}", "/limits/parallel", "at least 1"),
    ("limits: {parallel: 65}", "/limits/parallel", "at most 64"),
    ("limits: {parallel: four}", "/limits/parallel", "a whole number"),
    ("limits: {deletes: -1}", "/limits/deletes", "at least 0"),
    ("limits: {deletes: true}", "/limits/deletes", "a whole number"),
    ("limits: {timeout: 20}", "/limits/timeout", "must be text"),
    ("limits: {timeout: 20s}", "/limits/timeout", "not a length"),
    ("limits: {timeout: 0m}", "/limits/timeout", "not a length"),
    ("limits: {timeout: 25h}", "/limits/timeout", "a day at most"),
    ("routine: {adds: -1}", "/routine/adds", "at least 0"),
    ("routine: {}", "/routine", "one of these is needed"),
    ("routine: {add: 1}", "/routine/add", 'did you mean "adds"?'),
    ("defaults: {lifetime: forever}", "/defaults/lifetime", "not a length"),
    ("defaults: {lifetime: 91d}", "/defaults/lifetime", "longer than maxLifetime"),
    ("defaults: {maxLifetime: 2d}", "/defaults/maxLifetime", "longer than maxLifetime"),
    ("defaults: {maxLifetime: 600w}", "/defaults/maxLifetime", "ten years"),
    ("defaults: {backend: gcp-namespac}", "/defaults/backend", 'did you mean "gcp-namespace"?'),
    ("sandbox: gcp", "/sandbox", "must be a list"),
    ("sandbox: [aws]", "/sandbox/0", "not one of"),
    ("sandbox: [gcp, gcp]", "/sandbox", '"gcp" is listed twice; keep one'),
    ("state: .helium/state", "/state", "not the URL of a state"),
    ("state: https://app.pulumi.com/acme", "/state", "not the URL of a state"),
    ("state: postgres://ada:hunter2@db.example.com/x", "/state", "a secret in plain text"),
    ("secrets: hunter2", "/secrets", "goes into HELIUM_PASSPHRASE"),
    ("write: push", "/write", "not one of"),
    ("ledger: main", "/ledger", "not the name of a branch other than main"),
    ("ledger: a..b", "/ledger", "not the name of a branch other than main"),
    ("ledger: -a", "/ledger", "not the name of a branch other than main"),
    ("paused: on", "/paused", "write true or false"),
    ("clusters: {a: {}}", "/clusters/a", "one of these is needed"),
    ("clusters: {a: {gke: true, kubeconfig: b}}", "/clusters/a", "only one of these"),
    ("clusters: {a b: {gke: true}}", "/clusters/a b", "not a cluster's name"),
    ("clusters: {a: {gke: false}}", "/clusters/a/gke", "this can only be true, not false"),
    ("clusters: {a: {gke: 'yes'}}", "/clusters/a/gke", 'this can only be true, not "yes"'),
    ("clusters: {a: {stack: dev}}", "/clusters/a/stack", "not a stack"),
    ("backends: {gcp-namespace: {projct: a}}", "/backends/gcp-namespace/projct", 'did you mean "project"?'),
    ("backends: {gcp-namespace: {domain: A_b}}", "/backends/gcp-namespace/domain", "not a domain name"),
    ("backends: {gcp-namespace: {auth0Domain: http://a}}", "/backends/gcp-namespace/auth0Domain", "not an https URL"),
    ("backends: {gcp-namespace: {}, GCP_Namespace_Pulumi: {}}", "/backends/GCP_Namespace_Pulumi", "keep one"),
    ("fleet: google-labs", "/fleet", "which Google refuses"),
    ("fleet: goog", "/fleet", "which Google refuses"),
    ("fleet: my-g00gle", "/fleet", "which Google refuses"),
    ("backends: {a.b: {}}", "/backends/a.b", "not a backend's name"),
    ("backends: {own: {apiToken: hunter2}}", "/backends/own/apiToken", "in plain text; settings must not"),
    ("backends: {own: {a: [{password: hunter2}]}}", "/backends/own/a/0/password", "pass it in the environment"),
    (f"trustedValues: [{', '.join(f'a{n}' for n in range(101))}]", "/trustedValues", "at most 100 are allowed"),
    ("trustedValues: [a..b]", "/trustedValues/0", "not a path"),
    ("fleet: acme\nfleet: acme", "/fleet", "already set"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "pointer", "words"), BAD)
def test_a_wrong_setting_is_reported_once(text: str, pointer: str, words: str) -> None:
    """Each wrong setting is one error of helium.yaml, at its place, with what to do."""
    whole = text if text.startswith(("fleet", "{}")) or not text else f"fleet: acme\n{text}\n"
    found = errors_in(whole)

    assert [("helium.yaml", pointer)] == [(issue.path, issue.pointer) for issue in found]
    assert words in found[0].sentence
    assert "hunter2" not in found[0].sentence


def test_settings_are_parsed_again_when_they_change() -> None:
    """The same bytes are the same fleet; other bytes never are, and errors are told each time."""
    specs = YamlSpecs({})
    first = specs.fleet(b"fleet: acme\n")
    assert first is specs.fleet(b"fleet: acme\n")
    assert "other" == specs.fleet(b"fleet: other\n").name
    for _ in range(2):
        with pytest.raises(SpecError):
            specs.fleet(b"fleet: [\n")
    assert "acme" == specs.fleet(b"fleet: acme\n").name


def test_the_same_file_read_again_has_the_id_and_the_settings_of_now() -> None:
    """A file that was read a moment ago is not parsed again, unless the fleet, its place or its mode is another."""
    specs, data = YamlSpecs(RULES, keeps=1), b"owner: ada@example.com\n"
    other = replace(FLEET, defaults=Defaults("other"), backends={"other": {}})
    entries = (Entry("workspaces/a.yaml", "one"), Entry("workspaces/a.yaml", "two"))

    def read(entry: Entry, fleet: Fleet) -> Spec:
        (reading,) = specs.read((entry,), {entry.blob: data}, fleet=fleet).values()
        assert isinstance(reading, Spec)
        return reading

    first, again, changed = read(entries[0], FLEET), read(entries[1], FLEET), read(entries[1], other)
    assert ("one", "two", "two") == (first.blob, again.blob, changed.blob)
    assert ("gcp-namespace", "gcp-namespace", "other") == (first.backend, again.backend, changed.backend)
    assert first.fields is again.fields
    (link,) = specs.read((replace(entries[0], mode="120000"),), {"one": data}, fleet=FLEET).values()
    assert isinstance(link, InvalidSpec)


def test_every_error_of_the_settings_is_reported_at_once() -> None:
    """Wrong keys, wrong values and what does not go together are one list."""
    text = "fleet: A\nlimits: {parallel: 0, timeout: 2d}\nwrite: push\n"

    assert ["/fleet", "/limits/parallel", "/limits/timeout", "/write"] == [issue.pointer for issue in errors_in(text)]


@given(st.binary(max_size=200))
def test_any_bytes_are_settings_or_errors(data: bytes) -> None:
    """No file makes the reader raise anything but its errors, and what can be had of it is a fleet all the same."""
    text = b"fleet: acme\n" + data

    assert isinstance(SPECS.readable_part(text), Fleet)
    assert isinstance(errors_in(text.decode("latin-1")), tuple)


def test_what_can_be_had_of_bad_settings() -> None:
    """Specs are judged in the same run: by the keys without errors, and by every backend's name."""
    fleet = SPECS.readable_part(
        b"fleet: acme\nlimits: {parallel: 0}\nbackends: {own: 5, mine: {}}\nwrite: pull-request\n"
    )

    assert ("acme", Limits(), {"own", "mine"}, "pull-request") == (
        fleet.name,
        fleet.limits,
        set(fleet.backends),
        fleet.write,
    )


CHANGES = [
    replace(FLEET, name="other"),
    replace(FLEET, defaults=replace(FLEET.defaults, lifetime=timedelta(days=4))),
    replace(FLEET, defaults=replace(FLEET.defaults, max_lifetime=timedelta(days=4))),
    replace(FLEET, defaults=replace(FLEET.defaults, backend="own")),
    replace(FLEET, backends={}),
    replace(FLEET, trusted_values=("a",)),
]


@pytest.mark.parametrize("fleet", CHANGES)
def test_files_are_read_again_when_the_fleet_judges_otherwise(fleet: Fleet) -> None:
    """Whatever may change a reading changes the digest of how files are read."""
    assert SPECS.read_with(FLEET) != SPECS.read_with(fleet)


def test_files_are_read_again_when_a_backend_judges_otherwise() -> None:
    """A backend's locks, names and fields are in the digest too."""
    others = [Rules(locked=("a",)), Rules(names={"a-{name}": 5}), Rules(schema={"properties": {}})]
    digests = {YamlSpecs({**RULES, "own": rules}).read_with(FLEET) for rules in others}

    assert 3 == len(digests - {SPECS.read_with(FLEET)})


def test_files_are_not_read_again_for_what_judges_nothing() -> None:
    """Pausing a fleet, or another number of workers, reads no file again; nor does another order of keys."""
    paused = replace(FLEET, paused=True, limits=Limits(parallel=9))

    assert SPECS.read_with(FLEET) == SPECS.read_with(paused)
    assert SPECS.read_with(FLEET) == YamlSpecs(dict(reversed(RULES.items()))).read_with(FLEET)
