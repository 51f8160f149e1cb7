"""Where a command works: on the clone in its folder, or at a server, and with which token."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.logins.file import LoginsFile
from helium.adapters.server.access import ServerAccess
from helium.app.fleet_place import PlaceChoice, chosen_server, server_access
from helium.app.name_completion import names_at_server
from helium.core.server_login import ServerLogin
from helium.errors import UsageError
from helium.settings import Settings

SIGNED, NAMED, OTHER = "https://signed.example.com", "https://named.example.com", "https://other.example.com"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in a clone."""
    (tmp_path / "clone" / "workspaces").mkdir(parents=True)
    (tmp_path / "clone" / "helium.yaml").write_text("fleet: acme\n")
    return tmp_path / "clone" / "workspaces"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder in no clone."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


def settings_of(tmp_path: Path, *, signed_in: bool = True, **environ: str) -> Settings:
    """Of somebody who is signed in, or not."""
    settings = Settings.from_env({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), **environ})
    if signed_in:
        login = ServerLogin(server=SIGNED, owner="ada@example.com", scope="write", token="kept-token")
        LoginsFile(settings.config).keep(login)
    return settings


def test_a_clone_goes_before_a_server_where_somebody_only_signed_in(
    clone: Path, elsewhere: Path, tmp_path: Path
) -> None:
    """Whoever stands in a clone means it, for a change as well."""
    settings = settings_of(tmp_path)

    assert "" == chosen_server(settings, PlaceChoice(start=clone))
    assert "" == chosen_server(settings, PlaceChoice(start=clone, writes=True))
    assert SIGNED == chosen_server(settings, PlaceChoice(start=elsewhere, writes=True))


def test_what_is_said_goes_before_all(clone: Path, elsewhere: Path, tmp_path: Path) -> None:
    """On the command line, and then in HELIUM_SERVER."""
    settings = settings_of(tmp_path, HELIUM_SERVER=NAMED)

    assert OTHER == chosen_server(settings, PlaceChoice(start=clone, server=OTHER, writes=True))
    assert "" == chosen_server(settings, PlaceChoice(start=clone, local=True, writes=True))
    assert "" == chosen_server(settings, PlaceChoice(start=elsewhere, folder=clone, writes=True))
    assert NAMED == chosen_server(settings, PlaceChoice(start=clone))
    assert NAMED == chosen_server(settings, PlaceChoice(start=elsewhere, writes=True))


def test_nothing_is_changed_while_two_places_could_be_meant(clone: Path, tmp_path: Path) -> None:
    """HELIUM_SERVER was set some time ago, and the clone is where somebody stands."""
    with pytest.raises(UsageError, match=rf"Say where you mean: --server {NAMED}, or --local"):
        chosen_server(settings_of(tmp_path, HELIUM_SERVER=NAMED), PlaceChoice(start=clone, writes=True))


@pytest.mark.parametrize("more", [{"local": True}, {"folder": Path("fleet")}])
def test_a_server_and_a_clone_cannot_be_meant_at_once(clone: Path, tmp_path: Path, more: dict[str, object]) -> None:
    """A look is refused as well."""
    choice = PlaceChoice(start=clone, server=NAMED, **more)  # type: ignore[arg-type]

    with pytest.raises(UsageError, match="Leave out one of them"):
        chosen_server(settings_of(tmp_path), choice)


def test_whoever_is_nowhere_is_told_both_ways(elsewhere: Path, tmp_path: Path) -> None:
    """A clone, or a sign-in."""
    with pytest.raises(UsageError, match="Go into a clone, or sign in: helium login"):
        chosen_server(settings_of(tmp_path, signed_in=False), PlaceChoice(start=elsewhere))


def token(settings: Settings, server: str, *, named: bool) -> str:
    """What that server gets."""
    access = server_access(settings, server, named=named)
    assert isinstance(access, ServerAccess)
    return access.transport.token


def test_a_token_of_the_environment_goes_to_the_server_that_it_is_for(tmp_path: Path) -> None:
    """To the one of HELIUM_SERVER; without that, to the one on the command line; never to where somebody signed in."""
    for_named = settings_of(tmp_path, HELIUM_SERVER=NAMED, HELIUM_TOKEN="env-token")
    for_any = settings_of(tmp_path, HELIUM_TOKEN="env-token")

    assert "env-token" == token(for_named, NAMED, named=True)
    assert "kept-token" == token(for_named, SIGNED, named=True)
    assert "env-token" == token(for_any, OTHER, named=True)
    assert "kept-token" == token(for_any, SIGNED, named=False)
    with pytest.raises(UsageError, match=f"helium login {OTHER}"):
        token(for_named, OTHER, named=True)
    assert "env-token" not in repr(for_named)


def test_a_token_that_can_be_none_is_a_sentence(tmp_path: Path) -> None:
    """It would end in a header, which has letters of English alone; and a key press says nothing."""
    odd = {"XDG_CONFIG_HOME": str(tmp_path), "HELIUM_SERVER": NAMED, "HELIUM_TOKEN": "tökén"}
    with pytest.raises(UsageError, match="HELIUM_TOKEN is not a token"):
        server_access(Settings.from_env(odd), NAMED, named=True)
    assert () == names_at_server(odd, PlaceChoice(start=tmp_path))


def test_a_key_press_says_nothing_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A command does."""
    (tmp_path / "helium" / "servers.json").mkdir(parents=True)

    assert () == names_at_server({"XDG_CONFIG_HOME": str(tmp_path)}, PlaceChoice(start=tmp_path))
