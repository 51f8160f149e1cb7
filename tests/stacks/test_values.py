"""The Helm values of Pachyderm: Helium's own, a user's over them, and what is Helium's alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.errors import UsageError
from tests.stacks.gcp_namespace import values
from tests.stacks.gcp_namespace.secrets import Secret, Secrets
from tests.stacks.workspaces import PINS, SECRETS, TEXTS, settings, workspace


def made(**changes: Any) -> dict[str, Any]:
    """The values for such a workspace."""
    demo = workspace(**changes)
    return values.pachyderm(demo, settings(pins=demo.pins), secrets=SECRETS)


def at(given: Any, path: str) -> Any:
    """What stands at a dotted path, or nothing."""
    for key in path.split("."):
        given = given.get(key) if isinstance(given, dict) else None
    return given


def whole(path: str, leaf: Any) -> dict[str, Any]:
    """Values that set just one path."""
    for key in reversed(path.split(".")):
        leaf = {key: leaf}
    found: dict[str, Any] = leaf
    return found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deployTarget", "GOOGLE"),
        ("console.enabled", True),
        ("console.config", {"oauthClientID": "console", "graphqlPort": 4000}),
        ("ingress.enabled", True),
        ("ingress.host", "demo.ws.example.com"),
        ("ingress.tls", {"enabled": True, "secretName": "wildcard-tls"}),
        ("pachd.externalService", {"enabled": True, "apiGRPCPort": 30651, "s3GatewayPort": 30601}),
        ("pachd.enterpriseLicenseKey", Secret("licence-key-52bd")),
        ("pachd.storage.google.bucket", "acme-demo"),
        ("pachd.pachAuthClusterRoleBindings", {"user:ada@example.com": ["clusterAdmin"]}),
        ("pachd.lokiDeploy", False),
        ("oidc.mockIDP", False),
        ("oidc.requireVerifiedEmail", True),
        ("proxy", {"enabled": False}),
    ],
)
def test_what_helium_sets(path: str, value: object) -> None:
    """The chart gets what a workspace of gcp-namespace promises."""

    assert value == at(made(), path)


def charted(version: str, **more: Any) -> dict[str, Any]:
    """Pins with the Pachyderm chart of another version, and more settings."""
    return {
        **PINS,
        "charts": {**PINS["charts"], "pachyderm": {**PINS["charts"]["pachyderm"], "version": version}},
        **more,
    }


@pytest.mark.parametrize(
    ("version", "url"),
    [("2.9.7", None), ("2.10.0", "gs://acme-demo"), ("v2.12.0-rc.3", "gs://acme-demo"), ("main", "gs://acme-demo")],
)
def test_newer_charts_want_the_bucket_as_a_url(version: str, url: str | None) -> None:
    """Without it nothing comes up from 2.10 on; before that, another part of the chart would read it."""
    assert url == at(made(pins=charted(version)), "pachd.storage.storageURL")


@pytest.mark.parametrize(("version", "licensed"), [("2.3.9", True), ("2.11.6", True), ("2.12.0-rc.3", False)])
def test_no_licence_is_demanded_where_the_chart_has_none(version: str, licensed: bool) -> None:
    """From 2.12 on there is none."""
    demo = workspace(pins=charted(version))
    without = Secrets({key: text for key, text in TEXTS.items() if key != "HELIUM_PACHYDERM_LICENSE"})

    assert licensed is ("enterpriseLicenseKey" in made(pins=demo.pins)["pachd"])
    assert licensed is ("pachd.enterpriseSecret" in values.drawn(demo, settings(pins=demo.pins)))
    if not licensed:
        assert values.pachyderm(demo, settings(pins=demo.pins), secrets=without)


@pytest.mark.parametrize(
    ("version", "pachd", "ingress"),
    [
        ("2.3.9", "", False),
        ("2.3.9", "ingress", True),
        ("2.5.0", "", True),
        ("2.11.6", "", True),
        ("2.11.6", "load-balancer", False),
    ],
)
def test_pachd_is_reached_over_tls_where_the_chart_can(version: str, pachd: str, ingress: bool) -> None:
    """Behind the ingress, by the chart's proxy. Else it has an address of its own, unencrypted."""
    found = made(pins=charted(version, pachd=pachd))

    assert ingress is found["proxy"]["enabled"]
    assert ingress is not found["pachd"]["externalService"]["enabled"]
    assert "ClusterIP" == at(found, "proxy.service.type") or not ingress


@pytest.mark.parametrize("version", ["2.11.6", ""])
def test_what_an_older_program_installed_is_reached_as_it_was(version: str) -> None:
    """A new deadline reaches such a workspace with the pins of that day. Its address must not change on paper alone."""
    of_that_day = {"pachyderm": {"repo": "https://charts.example.com", "version": version}, "jupyterhub": {}}

    assert not settings(pins={**PINS, "charts": of_that_day}).through_ingress


def test_what_a_spec_says_itself_is_not_kept_from_the_first_install() -> None:
    """A root token that a person rotates arrives."""
    users = {"pachd": {"rootToken": {"fromSecret": "DB"}}}
    every = values.drawn(workspace(), settings())
    rest = values.drawn(workspace(fields={"values": users}), settings())

    assert {"pachd.rootToken"} == {*every} - {*rest}
    assert "console.config.oauthClientSecret" in rest


def test_ingress_class_is_the_fleet_s() -> None:
    """The class of the ingress comes from `helium.yaml`."""
    found = made(pins={**PINS, "ingressClass": "nginx"})["ingress"]["annotations"]

    assert "nginx" == found["kubernetes.io/ingress.class"]


def test_one_identity_provider_with_its_secret_hidden() -> None:
    """Auth0 is the only upstream, and its settings are one secret JSON text."""
    (provider,) = made()["oidc"]["upstreamIDPs"]
    connector = provider.pop("jsonConfig")

    assert {"id": "auth0", "name": "auth0", "type": "oidc"} == provider
    assert isinstance(connector, Secret)
    assert {
        "issuer": "https://tenant.example.com/",
        "clientID": "client-id-7f3a",
        "clientSecret": "client-secret-9c1e",
        "redirectURI": "https://demo.ws.example.com/dex/callback",
    } == json.loads(connector.text)


@pytest.mark.parametrize(
    ("field", "path"), [("pachdVersion", "pachd.image.tag"), ("consoleVersion", "console.image.tag")]
)
def test_versions_are_image_tags(field: str, path: str) -> None:
    """A version in the spec is that image's tag; without one the chart decides."""

    assert "2.4.1" == at(made(fields={field: "2.4.1"}), path)
    assert at(made(), path) is None


def test_everyone_may_work_and_not_rule() -> None:
    """Where everyone may log in, everyone reads and writes; the owner alone administers."""
    bindings = made(access="everyone")["pachd"]["pachAuthClusterRoleBindings"]

    assert {"user:ada@example.com": ["clusterAdmin"], "allClusterUsers": ["repoWriter"]} == bindings


def test_a_user_s_values_win() -> None:
    """Key by key, over Helium's own too; a null takes the chart's default away."""
    users = {"pachd": {"resources": {"requests": {"cpu": 1}}, "logLevel": None}, "console": {"enabled": False}}
    found = made(fields={"values": users, "pachdVersion": "2.4.1"})

    assert {"requests": {"cpu": 1}} == found["pachd"]["resources"]
    assert found["pachd"]["logLevel"] is None
    assert False is found["console"]["enabled"]
    assert "2.4.1" == found["pachd"]["image"]["tag"]
    assert "console" == found["console"]["config"]["oauthClientID"]


@given(path=st.sampled_from(values.LOCKED), leaf=st.sampled_from([None, "x", [], {"x": 1}, {"fromSecret": "DB"}]))
def test_locked_values_never_change(path: str, leaf: object) -> None:
    """Neither the path nor what lies above it can be set: all stays as if the spec had not said it."""
    keys = path.split(".")
    above = ".".join(keys[:-1]) or path
    for touched in (path, above):
        if touched == path or not isinstance(leaf, dict) or "fromSecret" in leaf:
            assert at(made(), path) == at(made(fields={"values": whole(touched, leaf)}), path)


def test_trusted_values_may_be_set() -> None:
    """What `helium.yaml` trusts is the user's, and nothing beside it."""
    users = {"ingress": {"host": "own.example.com", "tls": {"enabled": False}}}
    found = made(fields={"values": users}, pins={**PINS, "trusted": ["ingress.host"]})

    assert "own.example.com" == found["ingress"]["host"]
    assert True is found["ingress"]["tls"]["enabled"]


def test_a_user_s_secret_comes_by_name() -> None:
    """`{fromSecret: NAME}` is the variable HELIUM_SECRET_NAME, as a leaf that hides its text."""
    users = {"global": {"postgresql": {"postgresqlPassword": {"fromSecret": "DB"}}}}
    found = at(made(fields={"values": users}), "global.postgresql.postgresqlPassword")

    assert Secret("database-password-e8d0") == found
    assert "e8d0" not in repr(found)


@pytest.mark.parametrize("name", ["CLIENT_SECRET", "../HELIUM_CLIENT_SECRET", "NOPE"])
def test_a_spec_reaches_no_other_secret(name: str) -> None:
    """Only what was put there for specs can be named; anything else is an error that names the variable."""

    with pytest.raises(UsageError, match=f"not set: HELIUM_SECRET_{name};"):
        made(fields={"values": {"a": {"fromSecret": name}}})


@pytest.mark.parametrize("name", ["HELIUM_CLIENT_ID", "HELIUM_CLIENT_SECRET", "HELIUM_PACHYDERM_LICENSE"])
def test_a_missing_secret_is_named(name: str) -> None:
    """No workspace is made with an empty secret."""
    given = Secrets({**TEXTS, name: ""})

    with pytest.raises(UsageError, match=f"not set: {name};"):
        values.pachyderm(workspace(), settings(), secrets=given)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"placement": {}}, "project"),
        ({"pins": {**PINS, "auth0Domain": None}}, "auth0Domain"),
    ],
)
def test_a_missing_setting_is_named(changes: dict[str, Any], what: str) -> None:
    """A workspace from a fleet whose settings lack one says which."""

    with pytest.raises(UsageError, match=f"has no {what};"):
        settings(**changes)


def test_secrets_do_not_show() -> None:
    """Neither a leaf nor the whole environment prints what it holds."""
    shown = repr([SECRETS, made()])

    assert [] == [text for text in TEXTS.values() if text in shown]
