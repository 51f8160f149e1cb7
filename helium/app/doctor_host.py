"""What Helium's account may do at the host: on main, on the ledger's branch; and who can read the fleet's secrets.

It asks the host and changes nothing there. What the account may not know is said to be unknown: it must not be made an
administrator for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from helium.app.check import Check
from helium.app.doctor_routine import routine_check
from helium.core.fleet import Fleet
from helium.core.host_errors import HostRightsError
from helium.core.host_place import GITEA, HostPlace
from helium.core.pull_request import BranchRights, SecretStore
from helium.errors import HeliumError
from helium.ports.host import Host

DIRECT = "direct"
_OWN = "HELIUM_"
"""How the secrets begin that a fleet's workflows read."""
_ASK = "Look there as an administrator, or run `helium doctor` once with an administrator's token"


def host_checks(host: Host, fleet: Fleet, *, main: str, pushes: bool, pusher: Host | None = None) -> Iterator[Check]:
    """A check for each thing. `pushes`: the ledger goes to the host as well. Away: that is the only one.

    `pusher`: the host as that account sees it with whose token git pushes, if it is another one.
    """
    git = pusher or host
    try:
        login, rights = git.account(), git.branch_rights(main)
        and_git = f"; git pushes as {login}" if login != host.account() else ""
        known = f"{host.place.name} keeps {host.place.repository}, and Helium is {host.account()} there{and_git}"
    except HeliumError as error:
        yield Check("host", False, str(error), place=host.place.page)
        return
    yield Check("host", True, known)
    yield main_check(rights, host.place, login=login, write=fleet.write)
    if pushes:
        yield _told(
            "ledger branch", git, look=lambda: ledger_check(git.branch_rights(fleet.ledger), git.place, login=login)
        )
    if fleet.routine is not None:
        yield _told(
            "routine",
            host,
            look=lambda: routine_check(host.branch_rights(main), host.place, login=host.account(), fleet=fleet),
        )
    yield _told("secrets", host, look=lambda: secrets_check(host.secrets(), host.place, main=main))


def main_check(rights: BranchRights, place: HostPlace, *, login: str, write: str) -> Check:
    """Which of the ways into main is set up, and whether it is the one that `write:` says."""
    what, branch = f"branch {rights.branch}", rights.branch
    if rights.may_push is None:
        return _unknown(
            what, f"{place.name} does not tell {login} whether it gets past the rules of {branch}", place=_rules(place)
        )
    if write != DIRECT:
        return _by_pull_request(rights, place, login=login)
    if not rights.may_push:
        why = f"{login} may not push to {branch}, so the API cannot write, and the files of expired workspaces stay"
        return Check(
            what,
            False,
            f"{why}. {_let(place, login)}, or write only by pull requests that people merge.",
            place=_rules(place),
        )
    if not rights.protected:
        open_to_all = f"{login} pushes to {branch}, and so does everybody else who may write, without a review"
        return Check(
            what, True, f"{open_to_all}. If you want reviews, protect it. {_let(place, login)}.", place=_rules(place)
        )
    return Check(what, True, f"it is protected{_what_others_need(rights)}, and {login} may push (write: direct)")


def ledger_check(rights: BranchRights, place: HostPlace, *, login: str) -> Check:
    """Whether a pass can write down what it does. It must not need a pull request for that."""
    what, branch = "ledger branch", rights.branch
    if rights.may_push is None:
        there = "" if rights.exists else f"{branch} is not there yet, and "
        why = f"{there}{place.name} does not tell {login} whether a rule keeps it from pushing to {branch}"
        return _unknown(what, why, place=_rules(place))
    if not rights.may_push:
        why = f"{login} may not push to {branch}, so no pass can write down what it does, and none applies anything"
        return Check(what, False, f"{why}. Take {branch} out of the rule, or let {login} past it.", place=_rules(place))
    there = "" if rights.exists else "; the first pass creates it"
    return Check(what, True, f"{login} may push to {branch}{there}")


def secrets_check(stores: Sequence[SecretStore], place: HostPlace, *, main: str) -> Check:
    """Whether somebody's branch can read what only main should. At Gitea, every secret of a repository is such."""
    everybody = [each for each in stores if each.branches is None]
    ours = [each for each in everybody if place.kind == GITEA or any(name.startswith(_OWN) for name in each.names)]
    if ours:
        return Check("secrets", False, f"{_exposed(ours)}. {_keep(place, main)}", place=_secrets(place))
    wide = [each for each in stores if each.branches is not None and set(each.branches) - {main}]
    if wide:
        said = "; ".join(f"{each.place} is open to {', '.join(each.branches or ())}" for each in wide)
        return Check("secrets", False, f"{said}. Let {main} alone deploy there.", place=_secrets(place))
    kept = [each.place for each in stores if each.branches is not None]
    if kept:
        return Check("secrets", True, f"in {', '.join(kept)}, which {main} alone reaches")
    return Check("secrets", True, f"{place.repository} has none that workflows of other branches could read")


def _told(what: str, host: Host, *, look: Callable[[], Check]) -> Check:
    """What a look finds; what the account may not know is unknown, and no reason to give it more rights."""
    try:
        return look()
    except HostRightsError:
        why = f"{host.place.name} does not tell {host.account()} about the {what} of {host.place.repository}"
        return _unknown(what, why, place=_secrets(host.place))
    except HeliumError as error:
        return Check(what, False, str(error), place=host.place.page)


def _unknown(what: str, why: str, *, place: str) -> Check:
    return Check(what, True, f"{why}. {_ASK}.", place=place, known=False)


def _by_pull_request(rights: BranchRights, place: HostPlace, *, login: str) -> Check:
    what = f"branch {rights.branch}"
    if not rights.protected:
        why = f"write: pull-request is set, and nothing keeps people from pushing to {rights.branch}"
        return Check(what, False, f"{why}. Protect it, with the check that must be green.", place=_rules(place))
    return Check(
        what, True, f"it is protected{_what_others_need(rights)}; {login} opens pull requests (write: pull-request)"
    )


def _what_others_need(rights: BranchRights) -> str:
    needs = ["a pull request"] if rights.by_pull_request else []
    needs += [f"{rights.approvals} approvals" if rights.approvals > 1 else "an approval"] if rights.approvals else []
    needs += [f"{each} to be green" for each in rights.checks]
    return f" (others need {', '.join(needs)})" if needs else ""


def _let(place: HostPlace, login: str) -> str:
    if place.kind == GITEA:
        return f"Put {login} on the list of those who may push, in the branch's rule"
    return f"Put {login} on the rule's bypass list (Always)"


def _exposed(stores: Sequence[SecretStore]) -> str:
    said = [f"{', '.join(each.names[:5])}{' …' if len(each.names) > 5 else ''} of {each.place}" for each in stores]
    return f"{' and '.join(said)}: workflows of every branch can read them, so whoever may push a branch can"


def _keep(place: HostPlace, main: str) -> str:
    if place.kind == GITEA:
        return (
            "Gitea has no wall there. Keep them, and the workflow that passes in a second repository, which operators "
            "alone may write; or let a control plane pass."
        )
    return f"Move them into an environment that {main} alone deploys to, and delete them there."


def _rules(place: HostPlace) -> str:
    return f"{place.page}/settings/{'branches' if place.kind == GITEA else 'rules'}"


def _secrets(place: HostPlace) -> str:
    return f"{place.page}/settings/{'actions/secrets' if place.kind == GITEA else 'environments'}"
