"""A GitHub App alone as Helium's account: git pushes with its token, which is another one each hour."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from helium.adapters.git_repo import Clone
from helium.adapters.git_repo.push import push
from helium.adapters.hosts.github_app import EARLY
from helium.app.compose import clone_in
from helium.app.git_sign_in import app_token
from helium.app.mirror import open_mirror
from helium.core.host_errors import HostAwayError
from helium.errors import ExitCode
from helium.ports.commit_queue import Request
from helium.ports.repo import Edit
from helium.settings import Settings
from helium.settings.serving import Serving
from tests.cli.conftest import CommandLineFleet
from tests.git_over_http import AppGitHub, app_github

SPEC = f"owner: ada@example.com\nexpiry: {datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}\n"
BY = "Ada <ada@example.com>"


@pytest.fixture(scope="module")
def pem() -> str:
    """The key that GitHub gives for an app."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[AppGitHub]:
    """One that nobody has pushed to."""
    with app_github(tmp_path / "github") as told:
        yield told


@pytest.fixture
def with_app(fleet: CommandLineFleet, github: AppGitHub, pem: str) -> CommandLineFleet:
    """A fleet that it keeps, pushed once by a person; Helium has the app and no other token."""
    settings = (fleet.folder / "helium.yaml").read_text().replace("state: file://.helium/state", "state: gs://bucket")
    host = f"host: {{kind: github, url: '{github.address}', repository: acme/fleet}}\n"
    fleet.land("helium.yaml", f"{settings}{host}")
    fleet.git("push", "-q", str(github.root / "acme/fleet.git"), "main")
    fleet.git("remote", "add", "origin", github.url)
    fleet.git("update-ref", "refs/remotes/origin/main", "main")
    env = {**fleet.env, "HELIUM_GITHUB_APP": "Iv1", "HELIUM_GITHUB_APP_KEY": pem, "HELIUM_PASSPHRASE": "a passphrase"}
    return replace(fleet, env=env)


def settings_of(fleet: CommandLineFleet) -> Settings:
    """As a process reads them."""
    return Settings.from_env({"PATH": os.environ["PATH"], "HOME": str(fleet.folder.parent), **fleet.env})


def opened(fleet: CommandLineFleet) -> Clone:
    """Its clone."""
    return clone_in(fleet.folder, settings_of(fleet))


def put(name: str) -> Request:
    """A request to add a workspace."""
    return Request(f"r-{name}", BY, f"Add {name}", lambda _: [Edit(f"workspaces/{name}.yaml", SPEC.encode())])


def on_main(github: AppGitHub) -> list[str]:
    """The workspaces that the host has."""
    said = CommandLineFleet(github.root / "acme/fleet.git").git("ls-tree", "--name-only", "main", "workspaces/")
    return sorted(Path(path).stem for path in said.split() if path.endswith(".yaml"))


def test_serving_pushes_with_the_app_s_token_and_renews_it(with_app: CommandLineFleet, github: AppGitHub) -> None:
    """The host takes one token at a time, and another one is good shortly before the first one ends."""
    github.valid = EARLY.total_seconds() + 3
    with open_mirror(with_app.folder, settings_of(with_app), serving=Serving()) as mirrored:
        queue = mirrored.upstream.commit_queue
        queue.submit(put("one"))
        assert ["ghs_1"] == github.given
        time.sleep(3.1)
        queue.submit(put("two"))

        assert (["ghs_1", "ghs_2"], ["one", "two"]) == (github.given, on_main(github))
        # It was renewed before it ended: nobody ever came with an old one.
        assert 0 == github.refused
        written = [path for path in (with_app.folder / ".helium").rglob("*") if path.is_file()]
        assert [] == [path for path in written if b"ghs_" in path.read_bytes()]


def test_who_cannot_sign_in_has_sent_nothing(with_app: CommandLineFleet, github: AppGitHub) -> None:
    """So the caller gets a 503, and no doubt about a push that never was."""

    def away(_: Mapping[str, str]) -> Mapping[str, str]:
        raise HostAwayError("Helium cannot get a token of its app now. Try again in a few minutes.")

    clone = opened(with_app)
    git = replace(clone.program, signs_in=away)

    with pytest.raises(HostAwayError, match="get a token of its app"):
        push(git, with_app.git("rev-parse", "main"), remote="origin", ref="refs/heads/main")
    with pytest.raises(HostAwayError):
        git.text("-c", "fetch.negotiationAlgorithm=noop", "fetch", "origin")
    assert "main" == git.text("--no-pager", "branch", "--show-current")
    assert [] == github.given


def test_commands_push_with_it_too(with_app: CommandLineFleet, github: AppGitHub) -> None:
    """A new workspace, the pass, and its ledger."""
    with_app.git("branch", "--set-upstream-to", "origin/main", "main")
    with_app("new", "demo", "--expiry", "+2d")
    with_app("reconcile")

    assert ["demo"] == on_main(github)
    assert "ready" == with_app.statuses()["demo"]
    heads = CommandLineFleet(github.root / "acme/fleet.git").git("for-each-ref", "--format=%(refname:short)")
    assert "helium-ledger" in heads.split()
    assert 0 == github.refused


@pytest.mark.parametrize(
    "given",
    [
        {"HELIUM_GITHUB_APP": ""},
        {"HELIUM_GIT_TOKEN": "of its own"},
        {"HELIUM_HOST_TOKEN": "another account"},
        {"HELIUM_GITHUB_APP_KEY": ""},
    ],
    ids=lambda given: next(iter(given)),
)
def test_who_gave_git_another_way_in_is_left_alone(
    with_app: CommandLineFleet, github: AppGitHub, given: dict[str, str]
) -> None:
    """The app is asked for no token."""
    own = replace(with_app, env={**with_app.env, **given})
    own("validate")

    assert app_token(opened(own), settings_of(own)) is None
    assert [] == github.given


@pytest.mark.parametrize("url", ["https://elsewhere.example.com/acme/fleet.git", "git@github.com:acme/fleet.git", "/x"])
def test_the_token_goes_to_its_own_host_alone(with_app: CommandLineFleet, github: AppGitHub, url: str) -> None:
    """Not to another one, and not where git signs in by a key."""
    with_app.git("remote", "set-url", "origin", url)

    assert app_token(opened(with_app), settings_of(with_app)) is None
    assert [] == github.given


def test_a_wrong_key_is_a_sentence(with_app: CommandLineFleet) -> None:
    """With the variable that it came from."""
    own = replace(with_app, env={**with_app.env, "HELIUM_GITHUB_APP_KEY": "-----BEGIN nothing"})

    assert "HELIUM_GITHUB_APP_KEY does not hold" in own("list", code=ExitCode.SOURCE).stderr
