"""The program of a kubeconfig, as a real process: asked once, asked again when its answer no longer counts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from httpx2 import Request, Response
from lightkube.config.models import NameValue, UserExec

from helium.adapters.kubernetes.exec_credentials import VERSIONS, ExecCredential, ExecCredentialError, token_of

SECRET = "S3CRET-token"


def program(script: str, *, version: str = VERSIONS[0]) -> UserExec:
    """A shell that runs this."""
    return UserExec(apiVersion=version, command="sh", args=["-c", script], env=[NameValue(name="OWN", value="own")])


def gives(token: str) -> str:
    """A script that gives it."""
    return f"echo '{json.dumps({'status': {'token': token}})}'"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_known(version: str) -> None:
    """Clouds write `v1beta1`, newer programs `v1`."""
    assert SECRET == token_of(program(gives(SECRET), version=version))


def test_it_is_told_what_it_needs_and_nothing_of_the_pass(tmp_path: Path) -> None:
    """Its own variables and what kind of answer is wanted; no token of the API, no passphrase."""
    environ = {**os.environ, "HELIUM_TOKEN": SECRET, "PULUMI_CONFIG_PASSPHRASE": SECRET}
    token_of(program(f"env > {tmp_path}/env; {gives('t')}"), environ=environ)
    env = dict(each.split("=", 1) for each in (tmp_path / "env").read_text().splitlines() if "=" in each)

    assert ("own", VERSIONS[0]) == (env["OWN"], json.loads(env["KUBERNETES_EXEC_INFO"])["apiVersion"])
    assert "interactive" in json.loads(env["KUBERNETES_EXEC_INFO"])["spec"]
    assert SECRET not in f"{env}"


@pytest.mark.parametrize("script", ["echo nothing", "echo '{}'", "echo '[]'", gives(""), "true", "cat"])
def test_what_gives_no_token_is_an_error_that_repeats_nothing(script: str) -> None:
    """It may be half of one. And it has no terminal to read from."""
    with pytest.raises(ExecCredentialError, match=r"^the program sh gave no token$"):
        token_of(program(script))


def test_what_cannot_be_run_is_named() -> None:
    """With the words of whoever wrote the kubeconfig."""
    missing = UserExec(apiVersion=VERSIONS[0], command="no-such-program", installHint="Get\n  it.")

    with pytest.raises(ExecCredentialError, match=r"is not on the PATH; install it\. Get it\.$"):
        token_of(missing)
    with pytest.raises(ExecCredentialError, match=r"cannot be run \(PermissionError\)$"):
        token_of(UserExec(apiVersion=VERSIONS[0], command="/"))


def test_it_is_asked_once_and_again_when_its_answer_no_longer_counts(tmp_path: Path) -> None:
    """A token of an hour must not cost a process for each request."""
    log = tmp_path / "asked"
    counts = f'echo x >> {log}; n=$(wc -l < {log}); echo "{{\\"status\\": {{\\"token\\": \\"t$n\\"}}}}"'
    credential = ExecCredential(program(counts))

    def sent(*statuses: int) -> list[str]:
        request = Request("GET", "https://a.example.com")
        flow, seen = credential.auth_flow(request), []
        next(flow)
        for status in statuses:
            seen.append(request.headers["Authorization"])
            try:
                flow.send(Response(status))
            except StopIteration:
                break
        return seen

    assert [["Bearer t1"], ["Bearer t1"], ["Bearer t1", "Bearer t2"], ["Bearer t2"]] == [
        sent(200),
        sent(200),
        sent(401, 200),
        sent(200),
    ]
