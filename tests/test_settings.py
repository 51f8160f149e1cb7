from __future__ import annotations

from pathlib import Path

import pytest

from helium.errors import UsageError
from helium.settings import Settings


def test_an_empty_environment_means_the_defaults() -> None:
    """Nothing set: no sandbox override, no passphrase, git's own remote, the cache of the home folder."""
    settings = Settings.from_env({"HOME": "/home/ada", "HELIUM_PASSPHRASE": ""})

    assert (None, None, None, None) == (settings.sandbox, settings.passphrase, settings.remote, settings.main)
    assert Path("/home/ada/.cache/helium") == settings.cache
    assert "" == settings.run_url


@pytest.mark.parametrize(
    ("text", "expected"), [("gcp", ("gcp",)), ("gcp, kubernetes", ("gcp", "kubernetes")), ("none", ())]
)
def test_the_sandbox_can_be_overridden(text: str, expected: tuple[str, ...]) -> None:
    """HELIUM_SANDBOX is a list of providers; `none` is no sandbox at all."""
    assert expected == Settings.from_env({"HELIUM_SANDBOX": text}).sandbox


@pytest.mark.parametrize("text", ["aws", "gcp,none", "GCP"])
def test_a_sandbox_that_is_none_is_refused(text: str) -> None:
    """A misspelt provider must not silently be the real cloud."""
    with pytest.raises(UsageError, match="HELIUM_SANDBOX"):
        Settings.from_env({"HELIUM_SANDBOX": text})


def test_helium_s_own_passphrase_goes_first(tmp_path: Path) -> None:
    """HELIUM_PASSPHRASE, then Pulumi's variable, then the first line of its file."""
    file = tmp_path / "passphrase"
    file.write_text("third\nrest\n")
    environ = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}

    assert "third" == Settings.from_env(environ).passphrase
    environ["PULUMI_CONFIG_PASSPHRASE"] = "second"
    assert "second" == Settings.from_env(environ).passphrase
    environ["HELIUM_PASSPHRASE"] = "first"
    assert "first" == Settings.from_env(environ).passphrase


def test_a_passphrase_file_must_hold_one(tmp_path: Path) -> None:
    """An empty file, or none at all, is a sentence: an empty passphrase would encrypt nothing."""
    empty = tmp_path / "passphrase"
    empty.write_text("\n")

    for file in (empty, tmp_path / "absent"):
        with pytest.raises(UsageError, match="PULUMI_CONFIG_PASSPHRASE_FILE"):
            Settings.from_env({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)})


def test_secrets_are_not_printed() -> None:
    """The printed form of the settings holds neither the passphrase nor the environment."""
    shown = repr(Settings.from_env({"HELIUM_PASSPHRASE": "hunter2", "HELIUM_CLIENT_SECRET": "s3cret"}))

    assert "hunter2" not in shown
    assert "s3cret" not in shown


def test_ci_names_the_run() -> None:
    """The page and the id of a run come from CI's own variables; HELIUM_RUN_URL goes first."""
    environ = {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "acme/fleet", "GITHUB_RUN_ID": "7"}
    settings = Settings.from_env(environ)

    assert "https://git.example/acme/fleet/actions/runs/7" == settings.run_url
    assert "7-1" == settings.run_id
    assert "https://ci/1" == Settings.from_env({**environ, "HELIUM_RUN_URL": "https://ci/1"}).run_url


def test_paths_are_absolute() -> None:
    """A named Pulumi and cache are meant from here, wherever a command works later."""
    settings = Settings.from_env({"HELIUM_PULUMI": "bin/pulumi", "HELIUM_CACHE": "cache"})

    assert (Path.cwd() / "bin/pulumi", Path.cwd() / "cache") == (settings.pulumi, settings.cache)


def test_how_long_to_rest_between_two_pushes() -> None:
    """Seconds, or nothing for what the host asks."""
    assert (None, 10.0, 0.0) == tuple(
        Settings.from_env(given).push_rest
        for given in ({}, {"HELIUM_WRITE_INTERVAL": "10"}, {"HELIUM_WRITE_INTERVAL": "0"})
    )


@pytest.mark.parametrize("text", ["-1", "nan", "soon", "3601"])
def test_a_rest_that_makes_no_sense_is_refused(text: str) -> None:
    """By its variable's name."""
    with pytest.raises(UsageError, match="HELIUM_WRITE_INTERVAL"):
        Settings.from_env({"HELIUM_WRITE_INTERVAL": text})
