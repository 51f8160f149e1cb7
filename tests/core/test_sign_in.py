"""Who somebody is, and what they may do, by what an issuer says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.sign_in import GOOD_FOR, RoleSettings, SignInSettings, person_of
from helium.core.sign_in_errors import NotAdmittedError, SignInAgainError, SignInError
from tests.builders import NOW

SETTINGS = SignInSettings(
    issuer="https://issuer.example.com/",
    client_id="helium",
    url="https://helium.example.com",
    audience="https://helium.example.com",
    roles=RoleSettings(write=("sales",), admin=("platform",)),
)
ADA = {"sub": "ada-1", "email": "Ada@Example.com", "email_verified": True, "name": "Ada", "groups": ["sales"]}


def role(claims: dict[str, Any], roles: RoleSettings = SETTINGS.roles) -> str:
    """What somebody with these claims may do."""
    return person_of({**ADA, **claims}, replace(SETTINGS, roles=roles), now=NOW).role


def test_a_person_is_an_issuer_and_a_subject() -> None:
    """Their mail is the owner's name; whoever changes it stays the same person."""
    ada = person_of(ADA, SETTINGS, now=NOW)

    assert ("ada@example.com", "Ada", "write") == (ada.owner, ada.name, ada.role)
    assert "ada-1 at https://issuer.example.com/" == ada.id
    assert ada.is_same(person_of({**ADA, "email": "new@example.com"}, SETTINGS, now=NOW))
    assert not ada.is_same(person_of({**ADA, "sub": "ada-2"}, SETTINGS, now=NOW))
    assert not ada.is_same(replace(ada, issuer="https://other.example.com"))


@pytest.mark.parametrize("verified", [False, None, 0, 1, "yes", "True", "false", [True]])
def test_a_mail_that_nobody_vouches_for_owns_nothing(verified: object) -> None:
    """Whoever may write it themselves could take everybody's. Without one, a person reads, whatever their groups."""
    eve = person_of({**ADA, "email_verified": verified, "groups": ["platform"]}, SETTINGS, now=NOW)

    assert ("", "read", eve.id) == (eve.mail, eve.role, eve.owner)


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_verified_mail_counts(verified: object) -> None:
    """Some issuers say so in a text."""
    assert "ada@example.com" == person_of({**ADA, "email_verified": verified}, SETTINGS, now=NOW).mail


def test_a_trusted_issuer_need_not_say_it() -> None:
    """The settings do."""
    trusting = replace(SETTINGS, mail_trusted=True)

    assert "ada@example.com" == person_of({**ADA, "email_verified": None}, trusting, now=NOW).mail


@pytest.mark.parametrize(
    "mail", [None, 7, "", "ada", "a b@example.com", "ada@localhost", "x" * 300 + "@example.com", "ada@example.com\n"]
)
def test_what_is_no_mail_is_none(mail: object) -> None:
    """Also of an issuer that is trusted."""
    assert "" == person_of({**ADA, "email": mail}, replace(SETTINGS, mail_trusted=True), now=NOW).mail


@pytest.mark.parametrize(
    ("groups", "gives"),
    [
        (["sales"], "write"),
        (["platform", "sales"], "admin"),
        ("platform", "admin"),
        (["Sales"], "read"),
        ([], "read"),
        (None, "read"),
        ({"sales": True}, "read"),
        ([["sales"], 7, None], "read"),
        ([*map(str, range(1000)), "platform"], "read"),
    ],
)
def test_groups_give_a_role(groups: object, gives: str) -> None:
    """Missing, of another form or too many: what everyone has."""
    assert gives == role({"groups": groups})


def test_what_everyone_may_do_is_a_setting() -> None:
    """It may be more, or nothing."""
    assert "write" == role({"groups": []}, RoleSettings(everyone="write"))
    with pytest.raises(NotAdmittedError, match="in no group that this Helium lets in"):
        role({"groups": []}, RoleSettings(everyone="none"))


def test_groups_may_be_elsewhere() -> None:
    """By a claim of another name, or by a path; a name with dots in it goes first."""
    nested, named = {"realm_access": {"roles": ["x"]}}, {"https://acme.com/groups": ["x"]}

    assert "admin" == role(nested, RoleSettings(claim="realm_access.roles", admin=("x",)))
    assert "admin" == role(named, RoleSettings(claim="https://acme.com/groups", admin=("x",)))
    assert "read" == role({"realm_access": "x"}, RoleSettings(claim="realm_access.roles", admin=("x",)))
    assert "read" == role(nested, RoleSettings(claim="realm_access", admin=("x",)))


def test_only_people_of_some_domains_are_let_in() -> None:
    """By the mail that counts; the sentence says which of the two is the matter."""
    ours = replace(SETTINGS, mail_domains=("example.com",))

    assert "ada@example.com" == person_of(ADA, ours, now=NOW).mail
    for mail in ("eve@evil.com", "eve@sub.example.com", "example.com@evil.com"):
        with pytest.raises(NotAdmittedError, match="not of a domain"):
            person_of({**ADA, "email": mail}, ours, now=NOW)
    with pytest.raises(NotAdmittedError, match="not say that your mail address is verified"):
        person_of({**ADA, "email_verified": False}, ours, now=NOW)
    with pytest.raises(NotAdmittedError, match="not of a domain"):
        person_of({**ADA, "email": None}, ours, now=NOW)


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256, "a\nb"])
def test_nobody_is_without_a_subject(subject: object) -> None:
    """It is who they are."""
    with pytest.raises(SignInError, match="its subject"):
        person_of({**ADA, "sub": subject}, SETTINGS, now=NOW)


@pytest.mark.parametrize(("name", "shown"), [("Ada", "Ada"), (None, ""), ("a\x1b[31m", ""), ("x" * 200, "x" * 100)])
def test_a_name_is_only_shown(name: object, shown: str) -> None:
    """And never with what a terminal obeys."""
    assert shown == person_of({**ADA, "name": name}, SETTINGS, now=NOW).name


def test_what_was_read_grows_old() -> None:
    """Also if it seems to be of a time to come."""
    ada = person_of(ADA, SETTINGS, now=NOW)

    assert not ada.is_old(NOW)
    assert not ada.is_old(NOW + GOOD_FOR - timedelta(seconds=1))
    assert ada.is_old(NOW + GOOD_FOR)
    assert ada.is_old(NOW - timedelta(hours=1))
    assert ada.is_old(NOW + timedelta(minutes=10), after=timedelta(minutes=10))


def test_the_page_calls_an_issuer_by_its_name() -> None:
    """Or its host."""
    assert "issuer.example.com" == SETTINGS.label
    assert "Acme" == replace(SETTINGS, name="Acme").label


def test_each_refusal_says_what_to_do() -> None:
    """Sign in again, if that may help."""
    assert "This sign-in is not accepted: it is old. Sign in again." == str(SignInError("it is old"))
    assert "Your sign-in has ended: it is old. Sign in again." == str(SignInAgainError("it is old"))
    assert "Ask an admin." == str(NotAdmittedError("Ask an admin."))
