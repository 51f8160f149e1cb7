from __future__ import annotations

import shlex

import pytest

from helium.core.connection import Connection, address, connection, has_notebooks

PLACE = {"cluster": "ci-cluster", "zone": "us-east1-b", "project": "my-project", "domain": "workspaces.example.com"}
OUTPUTS = {"pachdIp": "203.0.113.7"}


def test_five_strings_byte_for_byte() -> None:
    """With everything known, the five strings are exactly those that people paste."""
    expected = Connection(
        kubernetes="gcloud container clusters get-credentials ci-cluster --zone us-east1-b --project my-project",
        namespace="demo-1",
        console="https://demo-1.workspaces.example.com",
        notebooks="https://jh-demo-1.workspaces.example.com",
        pachctl=(
            """echo '{"pachd_address": "grpc://203.0.113.7:30651", "source": 2}' | tr -d \\ | """
            "pachctl config set context demo-1 --overwrite && pachctl config set active-context demo-1"
        ),
    )

    assert expected == connection("demo-1", PLACE, outputs=OUTPUTS)


def test_nothing_known_is_empty() -> None:
    """What is not known yet is empty; the namespace is the id from the start."""
    assert Connection(namespace="demo-1") == connection("demo-1", {}, outputs={})


@pytest.mark.parametrize("key", ["cluster", "zone", "project"])
@pytest.mark.parametrize("value", ["x; rm -rf /", "a'b", 'a"b', "", "$(id)", "a\nb", 7, None, "--help", "-x"])
def test_a_part_that_is_no_name_empties_its_string(key: str, value: object) -> None:
    """A cluster, zone or project that is not what it should be never reaches a shell."""
    assert "" == connection("demo-1", {**PLACE, key: value}, outputs=OUTPUTS).kubernetes


@pytest.mark.parametrize("domain", ["a b", "x'y.com", "https://x", "x..y", "", "a/b", "x" * 64, ".".join(["a"] * 130)])
def test_a_domain_that_is_none_empties_both_addresses(domain: str) -> None:
    """No address is made with a domain that is none."""
    reach = connection("demo-1", {**PLACE, "domain": domain}, outputs=OUTPUTS)

    assert ("", "") == (reach.console, reach.notebooks)


@pytest.mark.parametrize(
    "text",
    ["1.2.3.4'; id; '", "1.2.3", "300.1.1.1", "host.example.com", "", " 1.2.3.4", "1.2.3.4\n", "fe80::1%eth0;id"],
)
def test_an_address_that_is_none_is_empty(text: str) -> None:
    """Only what `ipaddress` reads is pasted into a shell."""
    assert ("", "") == (address(text), connection("demo-1", PLACE, outputs={"pachdIp": text}).pachctl)


def test_an_ipv6_address_stands_in_brackets() -> None:
    """A port after an IPv6 address needs them."""
    assert "grpc://[2001:db8::7]:30651" in connection("demo-1", PLACE, outputs={"pachdIp": "2001:DB8::7"}).pachctl


@pytest.mark.parametrize("name", ["Demo", "a'b", "", "a" * 64, "a\n"])
def test_a_name_that_is_none_gives_nothing(name: str) -> None:
    """A record with a name that no workspace has composes no command."""
    assert Connection() == connection(name, PLACE, outputs=OUTPUTS)


def test_a_shell_reads_the_commands_as_they_are_meant() -> None:
    """Each command is words and pipes only: no quote is left open."""
    reach = connection("demo-1", PLACE, outputs=OUTPUTS)

    assert "demo-1" == shlex.split(reach.pachctl)[-1]


def test_notebooks_are_where_the_stack_says_or_else_the_file() -> None:
    """A stack without them says so by an empty address, whatever the file says by now."""
    asked = [has_notebooks(fields, {}) for fields in ({}, {"disableNotebooks": True}, None)]

    assert [True, False, True] == asked
    assert [False, True] == [has_notebooks({}, {"notebooksUrl": url}) for url in ("", "https://jh-a.example.com")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("grpcs://demo-1.ws.example.com:443", "grpcs://demo-1.ws.example.com:443"),
        ("grpc://203.0.113.7:30651", "grpc://203.0.113.7:30651"),
        ("grpcs://demo-1.ws.example.com:443; reboot", "grpc://203.0.113.7:30651"),
        ("grpcs://$(reboot).example.com:443", "grpc://203.0.113.7:30651"),
        (f"grpcs://{'a.' * 130}example.com:443", "grpc://203.0.113.7:30651"),
    ],
)
def test_pachd_over_tls_is_reached_by_its_host(said: str, expected: str) -> None:
    """What a cloud answered is checked before anybody pastes it."""
    found = connection("demo-1", PLACE, outputs={"pachdAddress": said, "pachdIp": "203.0.113.7"})

    assert f'"pachd_address": "{expected}"' in found.pachctl
