from __future__ import annotations

import pytest

from helium.core.fleet import Fleet, backend_name


@pytest.mark.parametrize(
    ("state", "one"),
    [("file://.helium/state", True), ("file:///var/lib/helium", False), ("gs://acme-state", False)],
)
def test_a_relative_state_serves_one_machine(state: str, one: bool) -> None:
    """It lies in this clone, so its ledger is of no use to another."""
    assert one is Fleet("acme", state=state).serves_one_machine


@pytest.mark.parametrize(
    ("sandbox", "said"),
    [
        ((), ""),
        (("gcp", "kubernetes"), "gcp and kubernetes are simulated; nothing here is real"),
        (("gcp",), "gcp is simulated; kubernetes is real"),
    ],
)
def test_what_is_simulated_and_what_is_real(sandbox: tuple[str, ...], said: str) -> None:
    """Nobody is told that nothing is real where a cluster is."""
    assert said == Fleet("acme", sandbox=sandbox).simulated


def test_old_names_of_backends_are_new_ones() -> None:
    """What people wrote for years goes on meaning what it meant; every other name is itself."""
    assert ["gcp-namespace", "own"] == [backend_name("GCP_Namespace_Pulumi"), backend_name("own")]


def test_what_may_differ_is_said_for_each_backend() -> None:
    """Nothing, where its entry does not say it."""
    fleet = Fleet("acme", backends={"shop": {"drift": {"ignore": ["Job/*"]}}, "lab": {"drift": {}}, "pool": {}})

    assert [("Job/*",), (), (), ()] == [fleet.wanted_drift(name) for name in ("shop", "lab", "pool", "other")]


def test_an_admin_is_one_whatever_the_case() -> None:
    """Mails and logins are the same in any case; whoever is not named is nobody."""
    fleet = Fleet("acme", admins=("Ada@example.com",), people={"Ada-L": "ada@example.com"})

    assert [True, False, False] == [fleet.is_admin(mail) for mail in ("ada@EXAMPLE.com", "bob@example.com", "")]
    assert ["ada@example.com", ""] == [fleet.mail_of(login) for login in ("ada-l", "bob")]
