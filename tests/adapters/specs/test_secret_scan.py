"""Secrets in plain text: which keys hold one, which only name one."""

from __future__ import annotations

import pytest

from helium.adapters.specs.secret_scan import is_secret
from tests.adapters.specs.reading import issues, spec


@pytest.mark.parametrize(
    "key",
    [
        "password", "adminPassword", "postgresqlPassword", "DB_PASSWORD", "PGPASSWORD", "db-password", "passwd", "pwd",
        "passphrase", "secret", "clientSecret", "client_secret", "oauthClientSecret", "cookieSecret", "token", "tokens",
        "rootToken", "secretToken", "authToken", "apiToken", "API_TOKEN", "credentials", "cred", "apiKey", "apikey",
        "api_key", "APIKey", "privateKey", "secretKey", "secret_key", "accessKey", "encryptionKey", "signingKey",
        "enterpriseLicenseKey", "JUPYTERHUB_CRYPT_KEY", "secrets", "passwords", "password2",
        "mysecret", "accesstoken", "jwt", "htpasswd", "hmacKey", "sshKey", "sessionKey",
    ],
)  # fmt: skip
def test_a_key_that_holds_a_secret(key: str) -> None:
    """A key whose last word is a password, a secret, a token or a key of that kind holds one."""
    assert is_secret(key)
    assert [f"/values/{key}"] == [issue.pointer for issue in issues(f"values: {{{key}: hunter2}}\n")]


@pytest.mark.parametrize(
    "key",
    [
        "secretName", "tlsSecretName", "existingSecret", "existingSecretName", "passwordKey", "secretPasswordKey",
        "tokenTTL", "tokenExpiry", "secretKeyRef", "imagePullSecret", "imagePullSecrets", "accessKeyId", "tokenFile",
        "enterpriseLicenseKeySecretName", "passwordPolicy", "keyName", "key", "keys", "secretRef", "monkey", "compass",
        "envFromSecret", "envFromSecrets", "postgresqlSSLSecret", "tlsSecret", "caSecret", "passwordFrom",
        "bypass", "tokenizer", "secretary", "tolerationKey", "topologyKey", "publicKey", "affinity", "author", "",
    ],
)  # fmt: skip
def test_a_key_that_names_one(key: str) -> None:
    """A key that names, points to or describes a secret holds none."""
    assert not is_secret(key)
    assert () == issues(f'values: {{"{key}": hunter2}}\n')


CLEAR = [
    ("{tokens: [hunter2]}", "/values/tokens/0"),
    ("{password: 12345}", "/values/password"),
    ("{secrets: {github: hunter2}}", "/values/secrets/github"),
    ("{secrets: {a: {value: hunter2, name: b}}}", "/values/secrets/a/value"),
    ("{env: [{name: DB_PASSWORD, value: hunter2}]}", "/values/env/0/value"),
    ("{config: {deep: [{password: hunter2}]}}", "/values/config/deep/0/password"),
    ('{x: "-----BEGIN RSA PRIVATE KEY-----\\nMII"}', "/values/x"),
    ("{url: 'postgres://ada:hunter2@db.example.com/x'}", "/values/url"),
    ("{headers: {Authorization: Bearer hunter2hunter2hunter2}}", "/values/headers/Authorization"),
    (f"{{a: eyJ{'hunter2' * 3}.eyJ{'hunter2' * 3}.c}}", "/values/a"),
    (f"{{a: ghp_{'hunter2' * 6}}}", "/values/a"),
    (f"{{args: [--log, --key=glpat-{'hunter2' * 3}]}}", "/values/args/1"),
    ("{registryCredentials: {server: quay.io, password: hunter2}}", "/values/registryCredentials/password"),
    ("{url: 'http://$(USER):hunter2@a/'}", "/values/url"),
    ("{url: 'http://a:$(hunter2@a/'}", "/values/url"),
    ("{password: {fromSecret: a b}}", "/values/password"),
    ("{password: {fromSecret: A, other: b}}", "/values/password"),
    ("{password: {fromSecret: 5}}", "/values/password"),
    ("{password: {fromSecret: null}}", "/values/password"),
]


@pytest.mark.parametrize(("values", "pointer"), CLEAR)
def test_a_secret_in_clear_is_refused_wherever_it_stands(values: str, pointer: str) -> None:
    """In lists, below a secret's key, beside its name, or by its shape: refused, and never quoted."""
    found = issues(f"values: {values}\n")

    assert [pointer] == [issue.pointer for issue in found]
    assert "fromSecret" in found[0].sentence
    assert "hunter2" not in found[0].sentence


HARMLESS = [
    "{password: {fromSecret: DB_PASSWORD}}", "{password: ''}", "{password: null}",
    "{automountServiceAccountToken: true}",
    "{maxTokens: 5}", "{imagePullSecrets: [{name: regcred}]}", "{secrets: {name: a, key: b}}",
    "{secret: {annotations: {a: b}, create: true}}",
    "{env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: a}}}]}",
    "{registryCredentials: {server: 'https://quay.io', username: ada}}",
    "{url: 'http://$(USER_NAME):$(PASS_WORD)@127.0.0.1/-/reload'}", "{url: 'http://${A}:${B}@a/'}",
    "{env: [{name: MODE, value: fast}]}", "{url: 'https://example.com/a:b@c'}", "{tokens: []}",
    "{cert: '-----BEGIN CERT'}", "{auth: basic}", "{text: Bearer of good news}", "{prefix: ghp_}", "{a: eyJ.eyJ.x}",
]  # fmt: skip


@pytest.mark.parametrize("values", HARMLESS)
def test_what_is_no_secret_passes(values: str) -> None:
    """References, switches, counts, emptiness and names are not secrets."""
    assert () == issues(f"values: {values}\n")


@pytest.mark.parametrize("field", ["description", "pachdVersion", "owner"])
def test_a_secret_in_clear_is_refused_in_every_field(field: str) -> None:
    """By its shape, outside of values too; there it can only go."""
    found = issues(f"{field}: 'postgres://ada:hunter2@db.example.com/x'\n")

    assert [(f"/{field}", "this looks like a secret in plain text; a spec must not have any, so remove it")] == [
        (issue.pointer, issue.sentence) for issue in found
    ]


def test_the_way_out_works() -> None:
    """What the sentence asks for is a valid spec."""
    assert {"password": {"fromSecret": "DB"}} == spec("values: {password: {fromSecret: DB}}\n").values
