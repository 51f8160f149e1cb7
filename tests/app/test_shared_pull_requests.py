"""Requests that share a pull request, on a real remote: what is written, and what becomes of it after an accident.

The host is in memory, and sees what is pushed. What is about a host itself is tried at a real one
(tests/cli/test_requests.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from helium.adapters.commit_queue.single_writer import MainView
from helium.adapters.git_repo import GitRepo
from helium.adapters.hosts.request_branch import RequestBranch
from helium.adapters.ledger import GitLedger
from helium.app.request_follower import NOT_OURS, RequestFollower
from helium.app.shared_pull_requests import RequestParts, SharedPullRequests
from helium.core.change_request import ChangeRequest, SharedPullRequest, Verb
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.host_errors import HostAwayError, HostMissingError, HostRightsError, PullRequestTakenError
from helium.core.pull_request import PullRequest, PullRequestDraft, PullRequestState
from helium.errors import (
    HeadMovedError,
    KeyReusedError,
    NameTakenError,
    NotFoundError,
    SourceError,
    UnreachableError,
    UsageError,
)
from helium.ports.change_requests import ChangeRequests
from helium.ports.commit_queue import View
from helium.ports.ledger import Snapshot, Writes
from helium.ports.repo import Edit
from tests.adapters.git_repos import begun, cloned, git, opened
from tests.app.remote_host import FollowingHost
from tests.builders import NOW
from tests.fakes import FakeChangeRequests, FakeCommitQueue, FakeLedger, FakeRepo
from tests.serving.processes import until

ADA = "Ada <ada@example.com>"
SPEC = "owner: ada@example.com\n"


def request(name: str, verb: Verb = Verb.CREATE, **more: object) -> ChangeRequest:
    """Of Ada's."""
    given = {"id": f"id-{name}-{verb}", "by": ADA, "owner": "ada@example.com", "message": f"{verb} {name}", "at": NOW}
    return ChangeRequest(verb=verb, name=name, **{**given, **more})  # type: ignore[arg-type]


def editing(request: ChangeRequest) -> Callable[[View], Sequence[Edit]]:
    """What it does: a new file, or a line more, or no file."""
    path = f"workspaces/{request.name}.yaml"

    def edit(view: View) -> Sequence[Edit]:
        text = view.read(path)
        if request.verb is Verb.CREATE and text is not None:
            raise NameTakenError(request.name, path)
        if request.verb is not Verb.CREATE and text is None:
            raise NotFoundError(request.name)
        if request.verb is Verb.REMOVE:
            return (Edit(path, None),)
        line = f"description: {request.id}\n" if request.verb is Verb.UPDATE else ""
        return (Edit(path, ((text or SPEC.encode()).decode() + line).encode()),)

    return edit


@dataclass
class Desk:
    """One Helium that serves the fleet, in a clone of its own."""

    folder: Path
    host: FollowingHost
    now: datetime = NOW
    parts: RequestParts = field(init=False)
    opening: SharedPullRequests = field(init=False)
    following: RequestFollower = field(init=False)
    ledger: GitLedger = field(init=False)

    def __post_init__(self) -> None:
        clone = opened(self.folder)
        repo = GitRepo(clone)
        self.ledger = GitLedger(clone, Fleet("x", state="file:///state"))
        self.repo = repo
        self.parts = RequestParts(
            branches=RequestBranch(clone, lambda commit: MainView(repo, commit, repo.entries(commit))),
            ledger=self.ledger,
            host=lambda: self.host,
            main=repo.head,
            base="main",
            interval=lambda: timedelta(minutes=1),
            clock=lambda: self.now,
        )
        self.opening = SharedPullRequests(self.parts)
        self.following = RequestFollower(self.parts, editing)

    def ask(self, name: str, verb: Verb = Verb.CREATE, **more: object) -> SharedPullRequest | None:
        """Ask for it."""
        asked = request(name, verb, **more)
        return self.opening.submit(asked, editing(asked))

    def follow(self) -> list[SharedPullRequest]:
        """Fetch, look, and say what the ledger has then, the oldest first."""
        self.repo.fetch()
        self.following.follow()
        return self.known()

    def known(self) -> list[SharedPullRequest]:
        """What the ledger has, the oldest first."""
        return sorted(self.ledger.read().pull_requests.values(), key=lambda each: each.number or 99)

    def at_host(self, number: int = 1) -> PullRequest:
        """As the host has it."""
        return self.host.pull_request(number)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """With a workspace, and a ledger that a pass began."""
    return begun(
        tmp_path, {"helium.yaml": b"fleet: x\n", "workspaces/old.yaml": SPEC.encode()}, clones=("begun",), time=NOW
    )


@pytest.fixture
def desks(remote: Path, tmp_path: Path) -> tuple[Desk, Desk]:
    """Two of them, before one host."""
    host = FollowingHost(remote)
    one, two = (Desk(cloned(remote, tmp_path / name), host) for name in ("one", "two"))
    one.ledger.write(Writes(fleet_record=FleetRecord("x")), on=one.ledger.read())
    return one, two


@pytest.fixture
def desk(desks: tuple[Desk, Desk]) -> Desk:
    """The first."""
    return desks[0]


@pytest.fixture(params=["real", "fake"])
def asking(request: pytest.FixtureRequest) -> Iterator[ChangeRequests]:
    """The port."""
    if request.param == "real":
        yield request.getfixturevalue("desk").opening
        return
    repo, ledger = FakeRepo(start=NOW), FakeLedger()
    repo.land({"workspaces/old.yaml": SPEC.encode()})
    ledger.write(Writes(fleet_record=FleetRecord("x")), on=ledger.read())
    yield FakeChangeRequests(ledger, FakeCommitQueue(repo), lambda: NOW)


def test_a_request_gets_an_address_and_is_known_again(asking: ChangeRequests) -> None:
    """Sent twice, it is one; what changes nothing is nothing; what is refused raises, and is not asked for."""
    asked = request("new")
    first = asking.submit(asked, editing(asked))
    assert first is not None

    assert (1, True, (asked,)) == (first.number, first.url.endswith("/pulls/1"), first.requests)
    assert first == asking.submit(asked, editing(asked))
    assert None is asking.submit(request("none"), lambda _: ())
    with pytest.raises(NameTakenError):
        asking.submit(request("old"), editing(request("old")))


def test_its_branch_has_a_commit_for_each_request(desk: Desk, remote: Path) -> None:
    """With who asked for it; the host has the branch's head, and so has the ledger."""
    desk.ask("new")
    shared = desk.ask("more")
    assert shared is not None
    said = git(remote, "log", "--format=%an %s %(trailers:key=Helium-Request,valueonly)", f"main..{shared.branch}")

    lines = [line for line in said.split("\n") if line]
    assert ["Ada create more id-more-create", "Ada create new id-new-create"] == lines
    assert shared.head == desk.at_host().head_commit
    assert [shared] == desk.known()
    assert "create new, and 1 other change" == desk.at_host().title


def test_a_second_edit_is_made_on_the_first(desk: Desk, remote: Path) -> None:
    """In one pull request, the later request sees what the earlier one leaves."""
    desk.ask("old", Verb.UPDATE, id="first")
    shared = desk.ask("old", Verb.UPDATE, id="second")
    assert shared is not None

    text = git(remote, "show", f"{shared.branch}:workspaces/old.yaml")
    assert f"{SPEC}description: first\ndescription: second\n" == text


def test_many_at_once_lose_nothing(desks: tuple[Desk, Desk]) -> None:
    """Two processes, ten people: each is answered, and each request is in exactly one pull request."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: desks[number % 2].ask(f"w-{number}"), range(10)))
    known = desks[0].known()

    assert all(answers)
    assert sorted(f"w-{number}" for number in range(10)) == sorted(
        each.name for shared in known for each in shared.requests
    )
    assert all(shared.head == desks[0].at_host(shared.number).head_commit for shared in known)


def test_after_the_interval_another_one_is_opened(desk: Desk) -> None:
    """People look at the first by then."""
    desk.ask("new")
    desk.now += timedelta(minutes=1)
    desk.ask("more")

    assert [1, 2] == [each.number for each in desk.known()]


@pytest.mark.parametrize("what", ["pushed", "closed", "gone"])
def test_what_is_no_longer_helium_s_takes_no_request(desk: Desk, remote: Path, what: str) -> None:
    """Somebody pushed to it, closed it, or deleted it: the next request opens another one."""
    desk.ask("new")
    if what == "pushed":
        git(remote, "update-ref", f"refs/heads/{desk.at_host().head}", git(remote, "rev-parse", "main").strip())
    elif what == "closed":
        desk.host.close(1)
    else:
        del desk.host.forge.pull_requests[1]
    second = desk.ask("more")
    assert second is not None

    assert 2 == second.number


def test_a_push_in_the_middle_is_not_pushed_over(desk: Desk, remote: Path) -> None:
    """The host does not see it yet: the push is refused, and the request goes into another pull request."""
    first = desk.ask("new")
    assert first is not None
    theirs = git(remote, "rev-parse", "main").strip()
    git(remote, "update-ref", f"refs/heads/{first.branch}", theirs)
    blind = desk.host.pull_request(1)
    seen: list[int] = []

    def stale(number: int) -> PullRequest:
        seen.append(number)
        return replace(blind, head_commit=first.head) if len(seen) == 1 else replace(blind, head_commit=theirs)

    desk.host.pull_request = stale  # type: ignore[method-assign]
    second = desk.ask("more")
    assert second is not None

    assert (theirs, 2) == (git(remote, "rev-parse", first.branch).strip(), second.number)
    assert ["new"] == [each.name for each in desk.known()[0].requests]


def test_a_key_is_for_one_request(desk: Desk) -> None:
    """As on main."""
    desk.ask("new", id="aaaa1111", keyed=True)

    with pytest.raises(KeyReusedError):
        desk.ask("more", id="aaaa2222", keyed=True)


def test_a_name_that_another_one_brings_is_taken(desk: Desk) -> None:
    """Two of them could not both be merged; an extension can."""
    desk.ask("new")
    desk.now += timedelta(hours=1)
    with pytest.raises(NameTakenError, match="pull request 1"):
        desk.ask("new", id="another")

    assert 1 == len(desk.known())
    assert desk.ask("old", Verb.UPDATE)
    desk.now += timedelta(hours=1)
    assert desk.ask("old", Verb.UPDATE, id="again")


def test_without_a_pass_nothing_is_asked_for(remote: Path, tmp_path: Path) -> None:
    """The ledger keeps it, and there is none."""
    with pytest.raises(UsageError, match="helium reconcile"):
        Desk(cloned(remote, tmp_path / "c"), FollowingHost(remote)).ask("new")


class Failing:
    """A host whose call fails, so many times."""

    def __init__(self, host: FollowingHost, call: str, *, error: Exception, times: int = 99) -> None:
        self._real, self._error, self._times = getattr(host, call), error, times
        setattr(host, call, self)

    def __call__(self, *args: object, **named: object) -> object:
        """Fail, or do it."""
        self._times -= 1
        if self._times >= 0:
            raise self._error
        return self._real(*args, **named)


def test_a_host_that_is_away_is_asked_again_later(desk: Desk) -> None:
    """The request is kept, its address comes later, and there is one pull request."""
    Failing(desk.host, "open", error=HostAwayError("away"), times=1)
    shared = desk.ask("new")
    assert shared is not None
    assert (0, "") == (shared.number, shared.url)
    assert [shared] == desk.follow()

    desk.now += timedelta(minutes=3)
    (opened_one,) = desk.follow()
    assert (1, shared.head) == (opened_one.number, opened_one.head)
    assert [opened_one] == desk.follow()


def test_a_host_that_refuses_leaves_nothing_behind(desk: Desk, remote: Path) -> None:
    """No line in the ledger, no branch: nobody waits for what will never come."""
    Failing(desk.host, "open", error=HostRightsError("the token may not"))
    with pytest.raises(HostRightsError):
        desk.ask("new")

    assert [] == desk.known()
    assert "" == git(remote, "for-each-ref", "refs/heads/helium/")


def test_a_title_that_cannot_be_changed_holds_up_nothing(desk: Desk) -> None:
    """What it brings is in its branch."""
    desk.ask("new")
    Failing(desk.host, "edit", error=HostRightsError("no"))
    shared = desk.ask("more")
    assert shared is not None

    assert ["new", "more"] == [each.name for each in shared.requests]


def test_a_remote_that_does_not_take_the_branch_is_told(desk: Desk) -> None:
    """And the ledger forgets it."""

    class AwayBranch(RequestBranch):
        def push(self, branch: str, commit: str, *, over: str) -> None:
            raise UnreachableError("the remote is away")

    branches = desk.parts.branches
    away = SharedPullRequests(replace(desk.parts, branches=AwayBranch(branches.clone, branches.view)))
    with pytest.raises(UnreachableError):
        away.submit(request("new"), editing(request("new")))
    assert [] == desk.known()


def test_somebody_who_is_always_first_ends_it(desk: Desk) -> None:
    """After five turns, with a sentence; whoever waits along is told as well."""

    class BusyLedger(GitLedger):
        def write(self, writes: Writes, *, on: Snapshot, accepts_log: bool = False) -> tuple[Snapshot, frozenset[str]]:
            raise PullRequestTakenError

    busy = BusyLedger(desk.parts.branches.clone, Fleet("x", state="file:///state"))
    opening = SharedPullRequests(replace(desk.parts, ledger=busy))
    with pytest.raises(PullRequestTakenError):
        opening.submit(request("new"), editing(request("new")))


def test_a_fault_of_helium_s_own_answers_everybody(desk: Desk) -> None:
    """Nobody waits for ever."""

    def broken(_: View) -> Sequence[Edit]:
        raise ZeroDivisionError

    with pytest.raises((SourceError, ZeroDivisionError)):
        desk.opening.submit(request("new"), broken)
    assert desk.ask("more")


def test_what_was_merged_is_over(desk: Desk, remote: Path) -> None:
    """The branch goes, and main has each request's commit."""
    desk.ask("new")
    desk.host.merge_by_hand(1)
    (shared,) = desk.follow()

    assert ("merged", "merged by ann", NOW) == (shared.state, shared.why, shared.ended_at)
    assert "" == git(remote, "for-each-ref", "refs/heads/helium/")
    assert "Helium-Request: id-new-create" in git(remote, "log", "main")
    desk.now += timedelta(days=8)
    assert [] == desk.follow()


@pytest.mark.parametrize("how", ["closed", "gone"])
def test_what_was_closed_is_over(desk: Desk, how: str) -> None:
    """Also if the host does not know it any more."""
    desk.ask("new")
    if how == "closed":
        desk.host.close(1)
    else:
        Failing(desk.host, "pull_request", error=HostMissingError("there is none"))
    (shared,) = desk.follow()

    assert "closed" == shared.state
    assert ("somebody closed it" in shared.why) == (how == "closed")


def test_a_branch_of_somebody_else_is_left_alone(desk: Desk, remote: Path) -> None:
    """Whatever main does."""
    first = desk.ask("new")
    assert first is not None
    theirs = git(remote, "rev-parse", "main").strip()
    git(remote, "update-ref", f"refs/heads/{first.branch}", theirs)
    land(desk, remote, {"workspaces/new.yaml": b"owner: eve@example.com\n"})
    (shared,) = desk.follow()

    assert (NOT_OURS, first.head, theirs) == (shared.why, shared.head, git(remote, "rev-parse", first.branch).strip())


def land(desk: Desk, remote: Path, files: dict[str, bytes | None]) -> None:
    """Somebody pushes to main."""
    main = git(remote, "rev-parse", "main").strip()
    desk.repo.fetch()
    commit = desk.repo.commit(
        [Edit(path, data) for path, data in files.items()], head=main, author=ADA, message="By hand", trailers={}
    )
    assert commit != main


def test_a_newer_main_that_fits_changes_nothing(desk: Desk, remote: Path) -> None:
    """git merges it, so it stays as people have seen it; git is asked once for each main."""
    desk.ask("new")
    before = desk.known()
    land(desk, remote, {"workspaces/other.yaml": SPEC.encode()})

    assert before == desk.follow() == desk.follow()
    assert 1 == len(desk.following.fitting)


def test_a_conflict_makes_the_requests_again(desk: Desk, remote: Path) -> None:
    """On main as it is: what can be done goes on in the same pull request, and what cannot ends with its reason."""
    desk.ask("old", Verb.UPDATE)
    first = desk.ask("new")
    assert first is not None
    land(desk, remote, {"workspaces/old.yaml": b"owner: bob@example.com\n", "workspaces/new.yaml": SPEC.encode()})
    (shared,) = desk.follow()

    assert (first.number, first.head, True) == (shared.number, shared.before, shared.head != first.head)
    assert ["", "new already exists (workspaces/new.yaml). Choose another name, or change that workspace."] == [
        each.refused for each in shared.requests
    ]
    text = git(remote, "show", f"{shared.branch}:workspaces/old.yaml")
    assert "owner: bob@example.com\ndescription: id-old-update\n" == text
    assert (shared.head, "update old") == (desk.at_host().head_commit, desk.at_host().title)
    assert [shared] == desk.follow()


@pytest.mark.parametrize(
    ("red", "left"), [({"new": "too long"}, ["more"]), ({"": "all wrong"}, []), ({"old": "x"}, [])]
)
def test_what_is_red_ends(desk: Desk, red: dict[str, str], left: list[str]) -> None:
    """By itself, where it is named; else all of it, which closes the pull request."""
    desk.ask("new")
    desk.ask("more")
    follower = RequestFollower(desk.parts, editing, lambda head: red if head == known.head else {})
    (known,) = desk.known()
    follower.follow()
    follower.follow()
    (shared,) = desk.known()

    assert left == [each.name for each in shared.standing]
    assert next(iter(red.values())) == shared.requests[0].refused
    assert ("open" if left else "closed") == shared.state


def test_what_fits_is_not_remembered_for_ever(desk: Desk) -> None:
    """A server runs for years."""
    desk.ask("new")
    desk.following.fitting.update((str(number), "m") for number in range(1000))
    desk.follow()

    assert 1 == len(desk.following.fitting)


def test_where_nothing_can_be_done_any_more_it_is_closed(desk: Desk, remote: Path) -> None:
    """With the reasons in a comment, and the branch goes."""
    desk.ask("old", Verb.UPDATE)
    land(desk, remote, {"workspaces/old.yaml": None})
    (shared,) = desk.follow()

    assert ("closed", PullRequestState.CLOSED) == (shared.state, desk.at_host().state)
    assert "there is no workspace" in shared.requests[0].refused.lower() or shared.requests[0].refused
    (comment,) = desk.host.comments(1)
    assert "Helium closed this" in comment.body
    assert "" == git(remote, "for-each-ref", "refs/heads/helium/")


def test_a_person_who_merges_at_that_moment_wins(desk: Desk, remote: Path) -> None:
    """It was to be closed, and it is merged."""
    desk.ask("old", Verb.UPDATE)
    land(desk, remote, {"workspaces/old.yaml": None})
    close = desk.host.close

    def merged_first(number: int) -> PullRequest:
        found = desk.host.pull_request(number)
        desk.host.forge.pull_requests[number] = replace(found, state=PullRequestState.MERGED, merged_by="ann")
        return close(number)

    desk.host.close = merged_first  # type: ignore[method-assign]
    (shared,) = desk.follow()

    assert "merged" == shared.state


@pytest.mark.parametrize("has_commits", [True, False])
def test_what_was_about_to_be_pushed_is_pushed(desks: tuple[Desk, Desk], remote: Path, has_commits: bool) -> None:
    """A process ended after it had written to the ledger: the next one goes on, with its commits or without."""
    one, two = desks
    first = one.ask("new")
    assert first is not None
    git(remote, "update-ref", f"refs/heads/{first.branch}", first.base)
    lost = replace(first, before=first.base)
    one.ledger.write(Writes(pull_requests={first.id: lost}), on=one.ledger.read())
    follower = one if has_commits else two
    assert [lost] == follower.follow()

    follower.now += timedelta(minutes=3)
    (shared,) = follower.follow()

    assert shared.head == git(remote, "rev-parse", shared.branch).strip()
    assert (shared.head == first.head) or not has_commits
    assert SPEC == git(remote, "show", f"{shared.branch}:workspaces/new.yaml")


def test_whoever_pushed_it_first_it_is_pushed(desk: Desk, remote: Path) -> None:
    """The answer of a push was lost, or another process took it over: the request is where the ledger says it is."""
    desk.ask("new")
    branches = desk.parts.branches

    class LateBranch(RequestBranch):
        def push(self, branch: str, commit: str, *, over: str) -> None:
            branches.push(branch, commit, over=over)
            raise HeadMovedError("somebody was first")

    late = SharedPullRequests(replace(desk.parts, branches=LateBranch(branches.clone, branches.view)))
    shared = late.submit(request("more"), editing(request("more")))
    assert shared is not None

    assert (1, ["new", "more"]) == (shared.number, [each.name for each in shared.requests])
    assert [shared] == desk.known()
    assert shared.head == git(remote, "rev-parse", shared.branch).strip()


def test_a_host_that_has_not_seen_the_last_push_is_given_time(desk: Desk) -> None:
    """What the remote has counts: it is no push of somebody else."""
    desk.ask("new")
    before = desk.at_host()
    desk.ask("more")
    desk.host.pull_request = lambda number: before  # type: ignore[method-assign]

    assert [""] == [each.why for each in desk.follow()]
    assert desk.ask("third")
    assert [3] == [len(each.requests) for each in desk.known()]


def test_two_who_follow_open_it_once(desks: tuple[Desk, Desk]) -> None:
    """Both see that it is not open yet."""
    one, two = desks
    Failing(one.host, "open", error=HostAwayError("away"), times=1)
    one.ask("new")
    for desk in desks:
        desk.now += timedelta(minutes=3)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda desk: desk.follow(), (one, two)))

    assert [1] == list(one.host.forge.pull_requests)
    assert [1] == [each.number for each in one.follow()]


def test_a_host_that_is_away_is_told_to_whoever_follows(desk: Desk) -> None:
    """And nothing is written."""
    desk.ask("new")
    before = desk.known()
    Failing(desk.host, "pull_request", error=HostAwayError("away"))
    with pytest.raises(HostAwayError):
        desk.follow()

    assert before == desk.known()


def test_one_that_cannot_be_followed_holds_up_no_other(desk: Desk) -> None:
    """It is logged, and looked at the next time."""
    desk.ask("new")
    desk.now += timedelta(hours=1)
    desk.ask("more")
    desk.host.merge_by_hand(2)
    real = desk.host.pull_request

    def odd(number: int) -> PullRequest:
        if number == 1:
            raise SourceError("odd")
        return real(number)

    desk.host.pull_request = odd  # type: ignore[method-assign]

    assert ["open", "merged"] == [each.state for each in desk.follow()]


def test_one_that_changed_meanwhile_is_looked_at_again(desks: tuple[Desk, Desk]) -> None:
    """Somebody's request joined it, or another process followed it as well."""
    one, two = desks
    one.ask("new")
    one.host.merge_by_hand(1)
    read = one.ledger.read

    def then_changed() -> object:
        snapshot = read()
        one.ledger.read = read  # type: ignore[method-assign]
        two.follow()
        return snapshot

    one.ledger.read = then_changed  # type: ignore[method-assign, assignment]
    assert ["merged"] == [each.state for each in one.follow()]


def test_the_draft_names_its_branch_and_main(desk: Desk) -> None:
    """What the host is asked for."""
    drafts: list[PullRequestDraft] = []
    real = desk.host.open

    def noted(draft: PullRequestDraft) -> PullRequest:
        drafts.append(draft)
        return real(draft)

    desk.host.open = noted  # type: ignore[method-assign]
    shared = desk.ask("new")
    assert shared is not None

    assert ("main", shared.branch, "create new") == (drafts[0].base, drafts[0].head, drafts[0].title)
    assert shared.branch.startswith("helium/requests-")


def test_what_comes_while_it_is_merged_goes_into_another_one(desk: Desk, remote: Path) -> None:
    """A person merges between the look and the push: the push still lands on the branch, and brings nothing."""
    desk.ask("new")
    branches = desk.parts.branches

    class MergedBranch(RequestBranch):
        def push(self, branch: str, commit: str, *, over: str) -> None:
            if over and desk.host.forge.pull_requests[1].state is PullRequestState.OPEN:
                desk.host.merge_by_hand(1)
            branches.push(branch, commit, over=over)

    late = SharedPullRequests(replace(desk.parts, branches=MergedBranch(branches.clone, branches.view)))
    shared = late.submit(request("more"), editing(request("more")))
    assert shared is not None

    assert (2, ["more"]) == (shared.number, [each.name for each in shared.requests])
    first, second = desk.follow()
    assert ("merged", ["new"], "open") == (first.state, [each.name for each in first.requests], second.state)


def test_what_was_not_in_the_merged_head_is_told_so(desk: Desk) -> None:
    """Helium was killed after its push, and before it saw that the pull request was merged without it."""
    desk.ask("new")
    desk.host.merge_by_hand(1)
    first = desk.known()[0]
    asked = request("more")
    stack = desk.parts.branches.stacked([(asked, editing(asked))], on=first.head)
    joined = replace(first, before=first.head, head=stack.head, requests=(*first.requests, asked))
    desk.ledger.write(Writes(pull_requests={first.id: joined}), on=desk.ledger.read())
    (shared,) = desk.follow()

    assert ["", "its pull request was merged without it. Ask again."] == [each.refused for each in shared.requests]
    assert "merged" == shared.state


def test_a_look_goes_by_the_newest_line(desks: tuple[Desk, Desk]) -> None:
    """While one line is written, a request joins another one: the second is followed as it is by then."""
    one, two = desks
    one.ask("first")
    one.now += timedelta(hours=1)
    two.now = one.now
    one.ask("new")
    one.host.merge_by_hand(1)
    write = one.ledger.write

    def then_joined(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        one.ledger.write = write  # type: ignore[method-assign]
        two.repo.fetch()
        two.ask("more")
        return write(writes, on=on)

    one.ledger.write = then_joined  # type: ignore[method-assign, assignment]
    one.follow()
    known = one.follow()

    assert [("merged", "merged by ann"), ("open", "")] == [(each.state, each.why) for each in known]
    assert ["new", "more"] == [each.name for each in known[1].requests]


def sent_twice(desk: Desk, asked: ChangeRequest) -> list[Future[SharedPullRequest | None]]:
    """A request of somebody else that is slow, and this one twice while that one waits; all have ended."""
    waiting = threading.Event()

    def slow(view: View) -> Sequence[Edit]:
        waiting.wait(10)
        return editing(request("slow"))(view)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(desk.opening.submit, request("slow"), slow)
        both = [pool.submit(desk.opening.submit, asked, editing(asked)) for _ in range(2)]
        until(lambda: len(desk.opening._waiting) == 2)
        waiting.set()
    return [first, *both]


def test_a_request_that_is_sent_twice_at_once_is_done_once(desk: Desk, remote: Path) -> None:
    """A client tries again while the first try waits."""
    answers = [each.result() for each in sent_twice(desk, request("old", Verb.UPDATE))]

    assert all(answers)
    assert answers[1] == answers[2]
    (shared,) = desk.known()
    assert 1 == git(remote, "show", f"{shared.branch}:workspaces/old.yaml").count("description")


def test_what_is_refused_twice_at_once_is_refused_twice(desk: Desk) -> None:
    """Each sender is told."""
    first, *both = sent_twice(desk, request("old"))

    assert first.result()
    assert [NameTakenError] * 2 == [type(each.exception()) for each in both]


def test_any_name_of_main_can_be_asked_for(desk: Desk, remote: Path) -> None:
    """Its file has a name that no new one could have; the line can be read, with all that others asked for."""
    land(desk, remote, {"workspaces/My_WS.yaml": SPEC.encode()})
    desk.ask("new")
    desk.ask("My_WS", Verb.REMOVE)

    assert ["new", "My_WS"] == [each.name for each in desk.known()[0].requests]


@pytest.mark.parametrize("numbered", [True, False])
def test_what_cannot_be_written_again_is_over(desks: tuple[Desk, Desk], remote: Path, numbered: bool) -> None:
    """Helium ended before its push, and main does not let it any more."""
    one, two = desks
    first = one.ask("new")
    assert first is not None
    git(remote, "update-ref", "-d", f"refs/heads/{first.branch}")
    land(one, remote, {"workspaces/new.yaml": SPEC.encode()})
    lost = replace(first, before="", base=git(remote, "rev-parse", "main").strip())
    lost = lost if numbered else replace(lost, number=0, url="")
    one.ledger.write(Writes(pull_requests={first.id: lost}), on=one.ledger.read())
    two.now += timedelta(minutes=3)
    (shared,) = two.follow()

    assert ("closed", True) == (shared.state, "already exists" in shared.requests[0].refused)


def test_a_host_that_will_not_have_it_ends_it(desk: Desk) -> None:
    """With the host's sentence: nobody waits for ever."""
    Failing(desk.host, "open", error=HostAwayError("away"), times=1)
    desk.ask("new")
    Failing(desk.host, "open", error=HostRightsError("the token may not open any"))
    desk.now += timedelta(minutes=3)
    (shared,) = desk.follow()

    assert ("closed", "the token may not open any") == (shared.state, shared.why)


def test_a_look_begins_nothing_after_a_minute(desk: Desk) -> None:
    """Passes wait for it, in a control plane."""
    desk.ask("new")
    desk.host.merge_by_hand(1)
    desk.following = replace(desk.following, longest=-1.0)

    assert ["open"] == [each.state for each in desk.follow()]
