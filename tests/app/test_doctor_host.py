"""What `helium doctor` says of the host: each way of setting it up, good and bad, with what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from helium.app.doctor_host import host_checks, ledger_check, main_check, secrets_check
from helium.app.doctor_routine import routine_check
from helium.core.fleet import Fleet, RoutineAmounts
from helium.core.host_errors import HostAwayError, HostRightsError
from helium.core.host_place import GITEA, GITHUB, HostPlace
from helium.core.pull_request import BranchRights, Permission, SecretStore
from tests.fakes import FakeHost, Forge

AT_GITEA = HostPlace(GITEA, "https://git.example.com", "acme/fleet")
AT_GITHUB = HostPlace(GITHUB, "https://github.com", "acme/fleet")
ACME = Fleet("acme")
OPEN = BranchRights(branch="main", exists=True, protected=False, may_push=True, bypasses=False)
HELD = replace(OPEN, protected=True, may_push=False, by_pull_request=True)
OURS = replace(HELD, may_push=True, bypasses=True, approvals=2, checks=("check", "lint"))
EVERYBODY = SecretStore(place="repository acme/fleet", names=("CODECOV", "HELIUM_PASSPHRASE"))
OTHERS = SecretStore(place="repository acme/fleet", names=("CODECOV",))
KEPT = SecretStore(place="environment fleet", names=("HELIUM_PASSPHRASE",), branches=("main",))
WIDE = replace(KEPT, branches=("main", "release/*"))


@dataclass(slots=True)
class RefusingHost(FakeHost):
    """A host that does not answer, or tells nothing."""

    error: Exception | None = None

    def account(self) -> str:
        """If it answers at all."""
        if isinstance(self.error, HostAwayError):
            raise self.error
        return self.login

    def secrets(self) -> tuple[SecretStore, ...]:
        """Not for this account."""
        raise self.error or AssertionError


def host(**protected: frozenset[str]) -> FakeHost:
    """Ours, which may write; and the branches that have a rule."""
    forge = Forge(permissions={"helium": Permission.WRITE}, protected=protected)
    return FakeHost(forge=forge)


def test_a_protected_main_that_lets_helium_past_is_well() -> None:
    """The set-up that Helium recommends: reviews for people, and its own account pushes."""
    checks = list(host_checks(host(main=frozenset({"helium"})), ACME, main="main", pushes=True))

    assert ["host", "branch main", "ledger branch", "secrets"] == [each.what for each in checks]
    assert all(each.ok and each.known for each in checks)
    assert "Gitea at git.example.com keeps acme/fleet, and Helium is helium there" == checks[0].sentence
    assert "helium may push to helium-ledger; the first pass creates it" == checks[2].sentence


def test_what_git_may_push_is_asked_with_its_own_token() -> None:
    """A job comments with one account, and pushes to a protected main with another."""
    ours = host(main=frozenset({"robot"}))
    pusher = FakeHost("robot", ours.forge)
    checks = list(host_checks(ours, ACME, main="main", pushes=False, pusher=pusher))

    assert checks[0].sentence.endswith("and Helium is helium there; git pushes as robot")
    assert (True, True) == (checks[1].ok, "robot may push" in checks[1].sentence)
    assert not next(each for each in host_checks(ours, ACME, main="main", pushes=False) if "main" in each.what).ok


def test_a_ledger_that_stays_here_needs_no_branch_there() -> None:
    """A fleet whose state serves one machine does not push it."""
    assert "ledger branch" not in {each.what for each in host_checks(host(), ACME, main="main", pushes=False)}


@pytest.mark.parametrize(
    ("rights", "write", "ok", "words"),
    [
        (
            OURS,
            "direct",
            True,
            "others need a pull request, 2 approvals, check to be green, lint to be green), and bot may",
        ),
        (
            OPEN,
            "direct",
            True,
            "so does everybody else who may write, without a review. If you want reviews, protect it.",
        ),
        (
            HELD,
            "direct",
            False,
            "bot may not push to main, so the API cannot write, and the files of expired workspaces",
        ),
        (replace(OPEN, may_push=False), "direct", False, "bot may not push to main"),
        (replace(HELD, approvals=1), "pull-request", True, "(others need a pull request, an approval); bot opens pull"),
        (OPEN, "pull-request", False, "nothing keeps people from pushing to main. Protect it, with the check that"),
    ],
)
def test_main_is_set_up_as_the_settings_say(rights: BranchRights, write: str, ok: bool, words: str) -> None:
    """One of the ways into a protected main, or a sentence with what to change, and where."""
    check = main_check(rights, AT_GITHUB, login="bot", write=write)

    assert (ok, True) == (check.ok, check.known)
    assert words in check.sentence
    assert ok or check.place == "https://github.com/acme/fleet/settings/rules"


@pytest.mark.parametrize(
    ("place", "words", "page"),
    [
        (AT_GITEA, "Put bot on the list of those who may push, in the branch's rule", "/settings/branches"),
        (AT_GITHUB, "Put bot on the rule's bypass list (Always)", "/settings/rules"),
    ],
)
def test_each_host_has_its_own_place_for_that(place: HostPlace, words: str, page: str) -> None:
    """In the words of its pages."""
    check = main_check(HELD, place, login="bot", write="direct")

    assert words in check.sentence
    assert place.page + page == check.place


def test_what_the_host_does_not_tell_is_unknown() -> None:
    """Neither well nor wrong: an account must not be made an administrator for a check."""
    untold = replace(HELD, may_push=None)
    for check in (
        main_check(untold, AT_GITHUB, login="bot", write="direct"),
        ledger_check(replace(untold, exists=False), AT_GITHUB, login="bot"),
    ):
        assert (True, False) == (check.ok, check.known)
        assert "does not tell bot whether" in check.sentence
        assert "run `helium doctor` once with an administrator's token" in check.sentence


def test_a_ledger_that_helium_cannot_write_is_wrong() -> None:
    """A rule for all branches is easily made, and stops every pass."""
    check = ledger_check(replace(HELD, branch="helium-ledger"), AT_GITEA, login="bot")

    assert not check.ok
    assert "no pass can write down what it does" in check.sentence
    assert "Take helium-ledger out of the rule, or let bot past it." in check.sentence


@pytest.mark.parametrize(
    ("place", "stores", "ok", "words"),
    [
        (AT_GITEA, (), True, "has none that workflows of other branches could read"),
        (AT_GITEA, (OTHERS,), False, "workflows of every branch can read them"),
        (AT_GITEA, (EVERYBODY,), False, "a second repository, which operators alone may write; or let a control plane"),
        (AT_GITHUB, (), True, "has none that"),
        (AT_GITHUB, (OTHERS,), True, "has none that"),
        (AT_GITHUB, (EVERYBODY, KEPT), False, "Move them into an environment that main alone deploys to, and delete"),
        (AT_GITHUB, (KEPT, OTHERS), True, "in environment fleet, which main alone reaches"),
        (AT_GITHUB, (WIDE,), False, "environment fleet is open to main, release/*. Let main alone deploy there."),
    ],
)
def test_secrets_are_for_main_alone(place: HostPlace, stores: tuple[SecretStore, ...], ok: bool, words: str) -> None:
    """At Gitea that cannot be, so that any secret of the repository is wrong there."""
    check = secrets_check(stores, place, main="main")

    assert ok == check.ok, check.sentence
    assert words in check.sentence


def test_many_secrets_are_not_all_listed() -> None:
    """Enough of them to know which are meant."""
    many = replace(EVERYBODY, names=tuple(f"HELIUM_{number}" for number in range(9)))

    assert "HELIUM_4 … of repository" in secrets_check((many,), AT_GITHUB, main="main").sentence


def test_a_host_that_is_away_is_one_red_row() -> None:
    """Not four, each after its own wait."""
    away = RefusingHost(error=HostAwayError("Gitea does not answer. Try again in a few minutes."))
    (check,) = host_checks(away, ACME, main="main", pushes=True)

    assert (False, "host") == (check.ok, check.what)
    assert "Try again" in check.sentence


def test_secrets_that_are_not_ours_to_see_are_unknown() -> None:
    """The account that pushes need not know them."""
    *_, check = host_checks(RefusingHost(error=HostRightsError("no")), ACME, main="main", pushes=False)

    assert (True, False, "secrets") == (check.ok, check.known, check.what)
    assert "does not tell helium about the secrets of acme/fleet" in check.sentence


ROUTINE = Fleet("acme", people={"ada": "ada@example.com"}, routine=RoutineAmounts(3, 10, 1))


@pytest.mark.parametrize(
    ("rights", "place", "fleet", "ok", "known", "says"),
    [
        (HELD, AT_GITEA, ROUTINE, True, True, "3 new, 10 changed, 1 ended at most"),
        (HELD, AT_GITEA, replace(ROUTINE, people={}), False, True, "no people, so nobody is known"),
        (OURS, AT_GITEA, ROUTINE, False, True, "Want checks there, and no approval"),
        (OURS, AT_GITHUB, ROUTINE, True, True, "helium merges by itself"),
        (replace(OURS, bypasses=False), AT_GITHUB, ROUTINE, False, True, "Let helium past that rule"),
        (replace(OURS, bypasses=None), AT_GITHUB, ROUTINE, True, False, "whether helium is on the bypass list"),
    ],
)
def test_whether_what_is_routine_can_be_merged(
    rights: BranchRights, place: HostPlace, fleet: Fleet, *, ok: bool, known: bool, says: str
) -> None:
    """Somebody is known, and no approval is wanted of an account that approves nothing."""
    check = routine_check(rights, place, login="helium", fleet=fleet)

    assert (ok, known) == (check.ok, check.known)
    assert says in check.sentence


def test_routine_has_a_row_only_where_it_is_on() -> None:
    """A fleet without it is not told of it."""
    checks = list(host_checks(host(), ROUTINE, main="main", pushes=False))

    assert ["host", "branch main", "routine", "secrets"] == [each.what for each in checks]
