"""Which host keeps the repository: from the settings, the CI job and the remote; and when that is not known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from helium.core.fleet import HostSettings
from helium.core.host_place import HostPlace, NoHost, host_place, is_private, token_names

GITEA_JOB = {
    "GITHUB_ACTIONS": "true",
    "GITEA_ACTIONS": "true",
    "GITHUB_SERVER_URL": "http://gitea:3000/",
    "GITHUB_REPOSITORY": "acme/fleet",
}
GITHUB_JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REPOSITORY": "acme/fleet",
}
ENTERPRISE_JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example.com",
    "GITHUB_API_URL": "https://github.example.com/api/v3",
    "GITHUB_REPOSITORY": "acme/fleet",
}
OTHER_JOB = {**ENTERPRISE_JOB, "GITHUB_API_URL": "https://github.example.com/api/v1"}
GITHUB = HostPlace("github", "https://github.com", "acme/fleet")
HTTP_GITEA = HostPlace("gitea", "http://gitea:3000", "acme/fleet")
GIT = HostPlace("gitea", "https://git.example.com", "acme/fleet")


@pytest.mark.parametrize(
    ("environ", "remote", "expected"),
    [
        ({}, "https://github.com/acme/fleet.git", GITHUB),
        ({}, "https://x:secret@github.com/acme/fleet", GITHUB),
        ({}, "git@github.com:acme/fleet.git", GITHUB),
        ({}, "ssh://git@ssh.github.com:443/acme/fleet.git", GITHUB),
        (GITHUB_JOB, None, GITHUB),
        (GITHUB_JOB, "https://github.com/acme/fleet", GITHUB),
        (GITEA_JOB, "http://gitea:3000/acme/fleet.git", HTTP_GITEA),
        (ENTERPRISE_JOB, None, HostPlace("github", "https://github.example.com", "acme/fleet")),
    ],
)
def test_a_host_is_found_where_something_says_so(
    environ: Mapping[str, str], remote: str | None, expected: HostPlace
) -> None:
    """The job's own host, or GitHub by its address."""
    assert expected == host_place(None, environ, remote=remote)


@pytest.mark.parametrize(
    ("environ", "remote", "words"),
    [
        ({}, None, "no remote at a host"),
        ({}, "/srv/git/fleet.git", "no remote at a host"),
        ({}, "file:///srv/git/fleet.git", "no remote at a host"),
        ({}, "../fleet.git", "no remote at a host"),
        ({}, "http://[::1:bad/acme/fleet", "no remote at a host"),
        ({}, "https://github.com/acme/..", "what kind of host github.com is"),
        ({}, "https://github.com/acme/fl%20eet", "what kind of host github.com is"),
        ({**GITEA_JOB, "GITHUB_SERVER_URL": "http://[::1:bad"}, None, "no remote at a host"),
        ({**GITEA_JOB, "GITHUB_SERVER_URL": "https://a@git.example.com"}, None, "no remote at a host"),
        ({**GITHUB_JOB, "GITHUB_REPOSITORY": "acme/fleet?x"}, None, "no remote at a host"),
        ({}, "https://git.example.com/acme/fleet", "what kind of host git.example.com is"),
        ({}, "https://github.com/fleet", "what kind of host github.com is"),
        ({}, "https://github.com.evil.example.com/acme/fleet", "what kind of host github.com.evil.example.com is"),
        (GITHUB_JOB, "http://localhost:3000/acme/fleet", "at github.com, and its remote is at localhost"),
        (OTHER_JOB, "https://github.example.com/acme/fleet", "what kind of host github.example.com is"),
        ({**GITHUB_JOB, "GITHUB_ACTIONS": ""}, None, "no remote at a host"),
        ({**GITHUB_JOB, "GITHUB_REPOSITORY": ""}, None, "no remote at a host"),
    ],
)
def test_nothing_is_guessed(environ: Mapping[str, str], remote: str | None, words: str) -> None:
    """An unknown or contradictory host is none, with a sentence."""
    place = host_place(None, environ, remote=remote)

    assert isinstance(place, NoHost)
    assert words in place.why


@pytest.mark.parametrize(
    ("settings", "environ", "remote", "expected"),
    [
        (HostSettings("gitea", GIT.url, "acme/fleet"), GITHUB_JOB, "/srv/fleet.git", GIT),
        (HostSettings("gitea"), {}, "https://me:x@git.example.com/acme/fleet.git", GIT),
        (
            HostSettings("gitea"),
            {},
            "http://git.example.com:3000/code/acme/fleet.git",
            HostPlace("gitea", "http://git.example.com:3000/code", "acme/fleet"),
        ),
        (HostSettings("gitea", GIT.url), {}, "ssh://git@git.example.com:2222/acme/fleet.git", GIT),
        (HostSettings("gitea", HTTP_GITEA.url), GITEA_JOB, "git@elsewhere:a/b", HTTP_GITEA),
        (HostSettings("github"), {}, "git@github.com:acme/fleet.git", GITHUB),
        (HostSettings("github", repository="acme/fleet"), {}, None, GITHUB),
    ],
)
def test_what_the_settings_leave_out_comes_from_the_same_host(
    settings: HostSettings, environ: Mapping[str, str], remote: str | None, expected: HostPlace
) -> None:
    """The job or the remote completes them."""
    assert expected == host_place(settings, environ, remote=remote)


@pytest.mark.parametrize(
    ("settings", "remote", "words"),
    [
        (HostSettings("gitea"), "git@git.example.com:acme/fleet.git", "Add host.url"),
        (HostSettings("gitea"), None, "Add host.url"),
        (HostSettings("gitea", GIT.url), "git@github.com:acme/fleet.git", "Add host.repository"),
        (HostSettings("gitea", GIT.url), None, "Add host.repository"),
        (HostSettings("gitea", GIT.url), "https://git.example.com/fleet.git", "Add host.repository"),
    ],
)
def test_settings_that_do_not_say_enough_are_no_host(settings: HostSettings, remote: str | None, words: str) -> None:
    """The sentence says which key is missing."""
    place = host_place(settings, GITHUB_JOB, remote=remote)

    assert isinstance(place, NoHost)
    assert words in place.why


@pytest.mark.parametrize(
    ("place", "environ", "expected"),
    [
        (GITHUB, {}, ("HELIUM_HOST_TOKEN", "GITHUB_TOKEN")),
        (GIT, {}, ("HELIUM_HOST_TOKEN", "GITEA_TOKEN")),
        (GIT, GITHUB_JOB, ("HELIUM_HOST_TOKEN", "GITEA_TOKEN")),
        (HTTP_GITEA, GITEA_JOB, ("HELIUM_HOST_TOKEN", "GITEA_TOKEN", "GITHUB_TOKEN")),
        (HostPlace("github", "https://github.example.com", "a/b"), {}, ("HELIUM_HOST_TOKEN",)),
        (
            HostPlace("github", "https://github.example.com", "a/b"),
            ENTERPRISE_JOB,
            ("HELIUM_HOST_TOKEN", "GITHUB_TOKEN"),
        ),
    ],
)
def test_a_token_goes_to_its_own_host_alone(
    place: HostPlace, environ: Mapping[str, str], expected: tuple[str, ...]
) -> None:
    """GITHUB_TOKEN is of github.com, or of the job's host."""
    assert expected == token_names(place, environ)


@pytest.mark.parametrize(
    ("url", "settings", "expected"),
    [
        ("https://git.example.com", None, True),
        ("http://127.0.0.1:3000", None, True),
        ("http://gitea:3000", None, False),
        ("http://gitea:3000", HostSettings("gitea", "http://gitea:3000"), True),
        ("http://gitea:3000", HostSettings("gitea", "http://gitea"), False),
    ],
)
def test_a_token_needs_a_private_way(url: str, settings: HostSettings | None, expected: bool) -> None:
    """Plain http takes a word of `helium.yaml`, which is reviewed."""
    assert expected is is_private(url, settings)


def test_a_place_knows_its_addresses() -> None:
    """Page, API, and how a sentence calls it."""
    assert GIT.page == "https://git.example.com/acme/fleet"
    assert GIT.name == "Gitea at git.example.com"
    assert ("gitea-actions" in GIT.job_accounts, GITHUB.job_accounts) == (True, ("github-actions[bot]",))
    assert [place.api for place in (GIT, GITHUB, HostPlace("github", "https://acme.ghe.com", "a/b"))] == [
        "https://git.example.com/api/v1",
        "https://api.github.com",
        "https://api.acme.ghe.com",
    ]
    own = HostPlace("github", "https://github.example.com", "a/b")
    assert (own.api, own.graphql) == ("https://github.example.com/api/v3", "https://github.example.com/api/graphql")
    assert GITHUB.graphql == "https://api.github.com/graphql"
