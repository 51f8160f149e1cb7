"""What servers of charts do to whoever asks them: they are away, they want to know who asks, they send people on."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.charts.package import digest_of
from helium.core.chart import ChartError, ChartReference
from tests.adapters.charts.conftest import SIX, Place, in_a_registry, in_a_repository
from tests.adapters.charts.packages import package
from tests.adapters.charts.servers import Server, repository

PINNED = digest_of(SIX)
ACME = {"HELIUM_CHARTS_ACME": "ada:hush-hush"}


def server_of(place: Place) -> Server:
    """The place's server."""
    assert place.server is not None
    return place.server


def refused(place: Place, **environ: str) -> str:
    """The sentence of a fetch that must fail."""
    with pytest.raises(ChartError) as error:
        place.with_environ(**environ).package(replace(place.reference, digest=PINNED), commit="c1")
    assert "hush-hush" not in str(error.value)
    return str(error.value)


def test_what_was_fetched_once_needs_no_server(remote: Place) -> None:
    """A pass goes on while the server is away, and asks it for nothing that it has."""
    pinned = replace(remote.reference, digest=PINNED)
    remote.store.package(pinned, commit="c1")
    server_of(remote).status = 503

    assert SIX == remote.store.package(pinned, commit="c2")


def test_what_somebody_put_into_the_cache_is_not_believed(remote: Place) -> None:
    """The cache is checked like a server."""
    pinned = replace(remote.reference, digest=PINNED)
    remote.store.package(pinned, commit="c1")
    (kept,) = remote.store.cache.iterdir()
    kept.write_bytes(package(files={"x": b"evil"}))

    assert SIX == remote.store.package(pinned, commit="c1")
    assert SIX == kept.read_bytes()


def test_a_cache_that_cannot_be_written_is_no_error(remote: Place, tmp_path: Path) -> None:
    """The chart is fetched again the next time."""
    (tmp_path / "file").touch()
    store = replace(remote.store, cache=tmp_path / "file" / "below")

    assert SIX == store.package(replace(remote.reference, digest=PINNED), commit="c1")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_that_is_unwell_is_named_with_its_answer(remote: Place, status: int) -> None:
    """It may be well again soon, and the sentence says so."""
    server_of(remote).status = status

    said = refused(remote)
    assert f"answered {status}" in said
    assert "next pass tries again" in said


def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    """Nobody listens there."""
    for places in (in_a_registry, in_a_repository):
        for place in places(tmp_path):
            gone = place
        assert "cannot be reached" in refused(gone)


def test_an_answer_that_breaks_off_is_no_package(remote: Place) -> None:
    """Half a package is not taken for a changed one."""
    server_of(remote).cuts = True

    assert "cannot be reached" in refused(remote)


def test_a_server_that_asks_who_comes(remote: Place) -> None:
    """Without credentials the sentence says how to name them; with them the package comes."""
    server_of(remote).login = "ada:hush-hush"

    assert "set credentialsName:" in refused(remote)
    named = replace(remote.reference, digest=PINNED, credentials="HELIUM_CHARTS_ACME")
    assert SIX == remote.with_environ(**ACME).package(named, commit="c1")


def test_credentials_that_are_not_set_or_not_accepted(remote: Place) -> None:
    """The variable is named, and never what it holds."""
    server_of(remote).login = "ada:another"
    remote.reference = replace(remote.reference, credentials="HELIUM_CHARTS_ACME")

    assert "HELIUM_CHARTS_ACME, which is not set" in refused(remote)
    assert "does not accept what HELIUM_CHARTS_ACME holds" in refused(remote, **ACME)


def test_credentials_without_the_right_are_told(remote: Place) -> None:
    """403 is not 401: another password changes nothing."""
    server_of(remote).forbids = True
    remote.reference = replace(remote.reference, credentials="HELIUM_CHARTS_ACME")

    assert "does not let HELIUM_CHARTS_ACME read" in refused(remote, **ACME)


def test_nobody_is_sent_on_to_a_host_that_nobody_named(remote: Place) -> None:
    """A server could send us into the network of whoever runs the pass."""
    with repository(podinfo={"6.14.1": SIX}) as other:
        server_of(remote).sends_to = f"http://{other.host}"
        said = refused(remote)

    assert f"sends us on to {other.host}" in said
    assert "hosts:" in said
    assert [] == other.asked


def test_a_host_that_is_named_gets_no_credentials(tmp_path: Path) -> None:
    """Packages may come from there; who asks is the business of the first host alone."""
    for place in in_a_repository(tmp_path):
        with repository(podinfo={"6.14.1": SIX}) as other:
            server_of(place).login = "ada:hush-hush"
            server_of(place).sends_to = f"http://{other.host}"
            asked = replace(place.reference, digest=PINNED, hosts=(other.host,), credentials="HELIUM_CHARTS_ACME")

            assert SIX == place.with_environ(**ACME).package(asked, commit="c1")
            assert [""] == other.logins


def test_a_ring_of_redirects_ends(remote: Place) -> None:
    """A server that sends people in a circle is left."""
    server_of(remote).sends_to = f"http://{server_of(remote).host}"

    assert "sends us on more than" in refused(remote)


def test_tokens_come_from_a_named_issuer_only(tmp_path: Path) -> None:
    """Whoever answers for a registry could otherwise collect its credentials."""
    for place in in_a_registry(tmp_path):
        for issuing in in_a_registry(tmp_path / "issuer"):
            server, issuer = server_of(place), server_of(issuing)
            server.login = issuer.login = "ada:hush-hush"
            server.issuer = f"http://{issuer.host}/token"
            place.reference = replace(place.reference, credentials="HELIUM_CHARTS_ACME")
            assert f"sends us on to {issuer.host}" in refused(place, **ACME)
            assert [] == issuer.asked

            named = replace(place.reference, digest=PINNED, hosts=(issuer.host,))
            assert SIX == place.with_environ(**ACME).package(named, commit="c1")
            assert [f"Basic {base64.b64encode(b'ada:hush-hush').decode()}"] == issuer.logins


def test_a_bare_token_is_sent_as_one(tmp_path: Path) -> None:
    """A registry's own token needs no issuer."""
    for place in in_a_registry(tmp_path):
        server_of(place).login = "ada:hush-hush"
        named = replace(place.reference, digest=PINNED, credentials="HELIUM_CHARTS_ACME")

        store = place.with_environ(HELIUM_CHARTS_ACME="a-token-of-the-issuer")
        assert SIX == store.package(named, commit="c1")


def test_credentials_do_not_travel_in_clear() -> None:
    """Over plain HTTP only this machine gets them."""
    reference = ChartReference(
        "podinfo", "6.14.1", PINNED, repo="http://charts.example.invalid", credentials="HELIUM_CHARTS_ACME"
    )
    for place in in_a_repository(Path("/nonexistent")):
        with pytest.raises(ChartError, match="https:// address"):
            place.with_environ(**ACME).package(reference, commit="c1")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (b"<html>", "is not the index of a chart repository"),
        (b"{entries: {other: []}}", "no chart of that name; it has other"),
        (b"entries: {podinfo: [{version: 6.14.1}]}", "names no address"),
        (b'entries: {podinfo: [{version: 6.14.1, urls: ["http://other.invalid/x"]}]}', "sends us on to other.invalid"),
        (b'entries: {podinfo: [{version: 6.14.1, urls: ["file:///etc/passwd"]}]}', "sends us on to"),
        (b'entries: {podinfo: [{version: 6.14.1, digest: "00", urls: [x]}]}', "has the digest sha256:00"),
        (b"entries: {podinfo: [{version: 6.14.1, urls: [gone.tgz]}]}", "(404)"),
        (b"\xff\xfe\x00", "is not the index of a chart repository"),
    ],
)
def test_an_index_that_is_wrong(tmp_path: Path, index: bytes, said: str) -> None:
    """Whatever it says, the answer is a sentence."""
    for place in in_a_repository(tmp_path):
        server_of(place).index = index

        assert said in refused(place)


def test_a_tag_has_an_underscore_for_a_plus(tmp_path: Path) -> None:
    """Registries allow no plus in a tag, and Helm writes it so."""
    for place in in_a_registry(tmp_path):
        data = package(version="1.0.0+build.7")
        place.put("1.0.0+build.7", data)

        found = place.store.pinned(replace(place.reference, version="1.0.0+build.7"))
        assert (digest_of(data), "1.0.0+build.7") == (found.digest, found.version)
        assert "1.0.0+build.7" in place.store.versions(place.reference)
