"""What every host keeps: the fake, and a real Gitea. What GitHub's calls look like is in `test_github.py`."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.app.doctor_host import host_checks
from helium.core.fleet import Fleet
from helium.core.host_errors import HostMissingError, NotMergeableError, PullRequestMovedError
from helium.core.pull_request import (
    CommitStatus,
    Permission,
    PullRequest,
    PullRequestDraft,
    PullRequestState,
    ReviewVerdict,
    StatusState,
    approvers,
    marked,
)
from helium.ports.host import Host
from tests.adapters.hosts.worlds import OURS, READER, WRITER, FakeHostWorld, GiteaHostWorld, HostWorld
from tests.gitea import OWNER, Gitea


@pytest.fixture(params=["fake", pytest.param("gitea", marks=pytest.mark.slow)])
def world(request: pytest.FixtureRequest) -> HostWorld:
    """Fresh for each test."""
    if request.param == "fake":
        return FakeHostWorld()
    gitea: Gitea = request.getfixturevalue("gitea")
    return GiteaHostWorld(gitea, re.sub(r"\W+", "-", request.node.name).strip("-")[:60])


def _before(merged: PullRequest) -> datetime:
    assert merged.merged_at is not None
    return merged.merged_at - timedelta(seconds=1)


@pytest.fixture
def host(world: HostWorld) -> Host:
    """As Helium's account sees it."""
    return world.seen_by(OURS)


def test_it_knows_whose_token_it_has(host: Host) -> None:
    """By the account's login."""
    assert host.account() == OURS


def test_a_pull_request_says_who_wants_what(world: HostWorld, host: Host) -> None:
    """Its author is the account that opened it, whoever made the commits."""
    head = world.push("demo")
    found = host.pull_request(world.ask(WRITER, "demo"))

    assert (found.author, found.base, found.head, found.head_commit) == (WRITER, "main", "demo", head)
    assert (found.state, found.head_repository) == (PullRequestState.OPEN, host.place.repository)
    assert (found.merge_commit, found.merged_at, found.merged_by) == ("", None, "")
    assert found.url.startswith(host.place.page)


def test_a_number_that_nobody_used_is_missing(host: Host) -> None:
    """It is an error, and no empty answer."""
    with pytest.raises(HostMissingError):
        host.pull_request(4711)


def test_to_open_one_twice_opens_one(world: HostWorld, host: Host) -> None:
    """The first call may have been cut short after the host did it."""
    world.push("wish")
    draft = PullRequestDraft(title="A wish", body="for ada", head="wish", base="main")
    first, second = host.open(draft), host.open(draft)

    assert first == second
    assert (first.author, first.title) == (OURS, "A wish")
    assert (first,) == host.open_pull_requests(head="wish")
    assert () == host.open_pull_requests(head="another")


def test_a_forks_branch_of_that_name_is_another_one(world: HostWorld, host: Host) -> None:
    """Whoever opens one beforehand for the branch of a wish is not taken for Helium."""
    planted = host.pull_request(world.ask_from_fork(READER, "wish"))
    assert (READER, "wish", False) == (planted.author, planted.head, planted.is_of(host.place.repository))
    assert () == host.open_pull_requests(head="wish")

    head = world.push("wish")
    ours = host.open(PullRequestDraft(title="A wish", body="", head="wish", base="main"))
    assert (OURS, head, True) == (ours.author, ours.head_commit, ours.number != planted.number)
    assert (ours,) == host.open_pull_requests(head="wish")


def test_all_that_wait_are_listed(world: HostWorld, host: Host) -> None:
    """Forks' as well, oldest first; neither merged nor closed ones."""
    world.push("one")
    first, forked = world.ask(WRITER, "one"), world.ask_from_fork(READER, "other")
    head = world.push("done")
    done = world.ask(WRITER, "done")
    host.merge(done, head=head, message="Merge done")
    world.push("no")
    host.close(world.ask(WRITER, "no"))

    assert [first, forked] == [each.number for each in host.waiting_pull_requests(base="main")]
    assert () == host.waiting_pull_requests(base="other")


def test_who_pushed_last_is_known(world: HostWorld, host: Host) -> None:
    """Whoever may write can push to another's branch, so the author alone says little of the head."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    head = world.push("demo", login=OWNER)
    end = time.monotonic() + 60
    while host.pusher(found := host.pull_request(number)) == WRITER and time.monotonic() < end:
        time.sleep(0.05)

    assert head == found.head_commit
    assert OWNER == host.pusher(found)


def test_the_words_of_a_pull_request_change(world: HostWorld, host: Host) -> None:
    """Its title, at least, is read back."""
    world.push("demo")
    number = world.ask(OURS, "demo")
    host.edit(number, title="Two wishes", body="of two people")

    assert host.pull_request(number).title == "Two wishes"


def test_a_merge_is_of_one_head(world: HostWorld, host: Host) -> None:
    """Main has it then, and asking again is no second merge."""
    head = world.push("demo")
    number = world.ask(WRITER, "demo")
    commit = host.merge(number, head=head, message="Merge demo\n\nHelium-Request: 4711")
    found = host.pull_request(number)

    assert (found.state, found.merge_commit, found.merged_by) == (PullRequestState.MERGED, commit, OURS)
    assert found.merged_at is not None
    assert commit == host.merge(number, head=head, message="Merge demo")


def test_a_head_that_moved_is_not_merged(world: HostWorld, host: Host) -> None:
    """A push after the judgement: nothing happens."""
    judged = world.push("demo")
    number = world.ask(WRITER, "demo")
    world.push("demo")

    with pytest.raises(PullRequestMovedError):
        host.merge(number, head=judged, message="Merge demo")
    assert host.pull_request(number).state is PullRequestState.OPEN


def test_what_was_merged_stays_the_head(world: HostWorld, host: Host) -> None:
    """A push to the branch after the merge was not merged; and without the branch, its name is still known."""
    head = world.push("demo")
    number = world.ask(WRITER, "demo")
    host.merge(number, head=head, message="Merge demo")
    world.push("demo")
    assert host.pull_request(number).head_commit == head

    world.delete_branch("demo")
    found = host.pull_request(number)
    assert (found.head_commit, found.head) == (head, "demo")
    assert [head] == [each.head_commit for each in host.merged_pull_requests(base="main", since=_before(found))]


def test_a_merged_one_with_another_head_is_none_of_ours(world: HostWorld, host: Host) -> None:
    """Somebody else merged something else: that is said, and not taken for ours."""
    judged = world.push("demo")
    number = world.ask(WRITER, "demo")
    later = world.push("demo")
    world.seen_by(WRITER).merge(number, head=later, message="Mine")

    with pytest.raises(PullRequestMovedError):
        host.merge(number, head=judged, message="Ours")


def test_a_rule_holds_a_merge_back(world: HostWorld, host: Host) -> None:
    """With the host's reason."""
    head = world.push("demo")
    number = world.ask(WRITER, "demo")
    world.hold_back(number)

    with pytest.raises(NotMergeableError, match=f"request {number} was not merged"):
        host.merge(number, head=head, message="Merge demo")


def test_a_closed_one_is_not_merged(world: HostWorld, host: Host) -> None:
    """Closing twice is closing once."""
    head = world.push("demo")
    number = world.ask(WRITER, "demo")
    assert host.close(number).state is PullRequestState.CLOSED
    assert host.close(number).state is PullRequestState.CLOSED

    with pytest.raises(NotMergeableError, match="closed"):
        host.merge(number, head=head, message="Merge demo")


def test_to_close_a_merged_one_changes_nothing(world: HostWorld, host: Host) -> None:
    """The answer says that it is merged."""
    head = world.push("demo")
    number = world.ask(WRITER, "demo")
    host.merge(number, head=head, message="Merge demo")

    assert host.close(number).state is PullRequestState.MERGED


def test_merged_ones_are_found_by_their_time(world: HostWorld, host: Host) -> None:
    """Oldest first; neither open nor closed ones, nor those before."""
    numbers = []
    for branch in ("one", "two", "three", "four"):
        head = world.push(branch)
        numbers.append(world.ask(WRITER, branch))
        if branch in {"one", "two"}:
            host.merge(numbers[-1], head=head, message=f"Merge {branch}")
    host.close(numbers[-1])
    first, second = (replace(host.pull_request(number), merged_by="") for number in numbers[:2])

    assert (first, second) == host.merged_pull_requests(base="main", since=_before(first))
    assert () == host.merged_pull_requests(base="other", since=_before(first))
    assert second.merged_at is not None
    assert () == host.merged_pull_requests(base="main", since=second.merged_at + timedelta(hours=1))


def test_a_review_is_of_one_commit(world: HostWorld, host: Host) -> None:
    """A push after an approval leaves it with the old head, so that it does not count."""
    approved = world.push("demo")
    number = world.ask(WRITER, "demo")
    world.review(OWNER, number, verdict=ReviewVerdict.APPROVED)
    assert (OWNER,) == approvers(host.reviews(number), host.pull_request(number))

    world.push("demo")
    (review,) = host.reviews(number)
    assert (review.login, review.verdict, review.commit) == (OWNER, ReviewVerdict.APPROVED, approved)
    assert () == approvers(host.reviews(number), host.pull_request(number))

    world.review(OWNER, number, verdict=ReviewVerdict.CHANGES_REQUESTED)
    assert ReviewVerdict.CHANGES_REQUESTED is host.reviews(number)[-1].verdict


def test_one_comment_for_one_purpose(world: HostWorld, host: Host) -> None:
    """It is edited, and another purpose has another one."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    first = host.put_comment(number, purpose="plan", body="1 change")
    again = host.put_comment(number, purpose="plan", body="2 changes")
    other = host.put_comment(number, purpose="progress", body="creating")

    assert (first.id, OURS, marked("2 changes", purpose="plan")) == (again.id, again.author, again.body)
    assert [again.id, other.id] == [each.id for each in host.comments(number)]


def test_an_issue_has_comments_like_a_pull_request(world: HostWorld, host: Host) -> None:
    """With one of ours for one purpose, and numbers that no pull request has."""
    number = world.open_issue(READER, "I need a workspace")
    planted = world.comment(READER, number, body=marked("done", purpose="request"))
    first = host.put_comment(number, purpose="request", body="not yet")
    again = host.put_comment(number, purpose="request", body="done")
    world.push("demo")

    assert [planted, first.id] == [each.id for each in host.comments(number)]
    assert (first.id, marked("done", purpose="request")) == (again.id, again.body)
    assert number != world.ask(WRITER, "demo")


def test_a_comment_with_many_words_comes_through(world: HostWorld, host: Host) -> None:
    """Up to the host's own limit, with all that people write."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    body = "é ✓ | `a` <b> \n" * 4000
    body = body[: host.longest_comment - len(marked("", purpose="plan"))].rstrip()

    assert host.put_comment(number, purpose="plan", body=body).body == marked(body, purpose="plan")
    (found,) = host.comments(number)
    assert found.body == marked(body, purpose="plan")


def test_a_comment_that_somebody_deleted_is_written_again(world: HostWorld, host: Host) -> None:
    """People tidy up, and the next plan is shown all the same."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    first = host.put_comment(number, purpose="plan", body="1 change")
    world.remove_comment(first.id)
    second = host.put_comment(number, purpose="plan", body="1 change")

    assert first.id != second.id
    assert [second.id] == [each.id for each in host.comments(number)]


def test_a_comment_that_somebody_changed_is_put_right(world: HostWorld, host: Host) -> None:
    """As long as its marker stands."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    ours = host.put_comment(number, purpose="plan", body="1 change")
    world.rewrite_comment(ours.id, body=marked("no change", purpose="plan"))

    host.put_comment(number, purpose="plan", body="1 change")
    assert [marked("1 change", purpose="plan")] == [each.body for each in host.comments(number)]


def test_a_planted_comment_is_left_alone(world: HostWorld, host: Host) -> None:
    """Somebody else's with our marker is neither edited nor taken for ours."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    planted = world.comment(READER, number, body=marked("nothing is deleted", purpose="plan"))
    ours = host.put_comment(number, purpose="plan", body="2 deletions")

    found = {each.id: (each.author, each.body) for each in host.comments(number)}
    assert {
        planted: (READER, marked("nothing is deleted", purpose="plan")),
        ours.id: (OURS, marked("2 deletions", purpose="plan")),
    } == found


def test_of_two_comments_of_ours_one_stays(world: HostWorld, host: Host) -> None:
    """Two runs at once may write one each; the next one keeps the older."""
    world.push("demo")
    number = world.ask(WRITER, "demo")
    older, _ = (world.comment(OURS, number, body=marked(text, purpose="plan")) for text in ("one", "two"))

    assert older == host.put_comment(number, purpose="plan", body="three").id
    assert [older] == [each.id for each in host.comments(number)]


def test_new_comments_of_all_are_listed(world: HostWorld, host: Host) -> None:
    """With what they are on; one that somebody edited says so, since its words may be another's."""
    world.push("one")
    world.push("two")
    one, two = world.ask(WRITER, "one"), world.ask(WRITER, "two")
    first = world.comment(WRITER, one, body="/extend 7d")
    second = world.comment(READER, two, body="hello")
    found = {each.comment.id: each for each in host.new_comments(since=host.comments(one)[0].created_at)}

    assert {first: one, second: two} == {id: each.number for id, each in found.items()}
    assert (WRITER, "/extend 7d", False) == (
        found[first].comment.author,
        found[first].comment.body,
        found[first].comment.edited,
    )
    assert () == host.new_comments(since=found[second].comment.created_at + timedelta(hours=1))


def test_the_newest_status_of_a_context_counts(world: HostWorld, host: Host) -> None:
    """With who set it: anybody who may write can."""
    head = world.push("demo")
    plan = CommitStatus(context="helium/plan", state=StatusState.PENDING, description="planning")
    done = replace(plan, state=StatusState.SUCCESS, description="2 changes", url="https://ci.example.com/1")
    other = CommitStatus(context="helium/last", state=StatusState.FAILURE)
    for each in (plan, done, other):
        host.set_status(head, each)

    assert (replace(other, author=OURS), replace(done, author=OURS)) == host.statuses(head)


@pytest.mark.parametrize(
    ("login", "expected"),
    [(OURS, Permission.WRITE), (WRITER, Permission.WRITE), ("nobody-at-all", Permission.NONE)],
)
def test_who_may_write_is_known(host: Host, login: str, expected: Permission) -> None:
    """Also of others, and also without being an administrator."""
    assert expected == host.permission(login)


def test_a_reader_may_not_write(host: Host) -> None:
    """Whatever else the host tells of them."""
    assert host.permission(READER) < Permission.WRITE


def test_an_open_branch_is_for_all_who_may_write(world: HostWorld, host: Host) -> None:
    """For readers it is not."""
    rights = host.branch_rights("main")

    assert (True, False, True, False) == (rights.exists, rights.protected, rights.may_push, rights.by_pull_request)
    assert world.seen_by(READER).branch_rights("main").may_push is False


def test_a_protected_branch_is_for_those_on_its_list(world: HostWorld, host: Host) -> None:
    """That is the way in which `write: direct` and a protected main go together."""
    world.protect("main", lets=(WRITER,))
    rights = host.branch_rights("main")
    assert (True, False, True) == (rights.protected, rights.may_push, rights.by_pull_request)

    assert world.seen_by(WRITER).branch_rights("main").may_push is True


def test_a_branch_that_is_not_there_yet_may_have_a_rule(world: HostWorld) -> None:
    """The ledger's branch comes with the first pass; an administrator knows what would become of it."""
    world.protect("helium-ledger", lets=(WRITER,))
    rights = world.seen_by(OURS).branch_rights("helium-ledger")

    assert rights.exists is False
    assert rights.may_push is not True


def test_secrets_are_told_to_an_administrator(world: HostWorld) -> None:
    """By their names, and by whose workflows read them."""
    world.put_secret("HELIUM_PASSPHRASE")
    (store,) = world.seen_by(OWNER).secrets()

    assert (("HELIUM_PASSPHRASE",), None) == (store.names, store.branches)


def test_doctor_finds_a_protected_main_that_lets_nobody_past(world: HostWorld, host: Host) -> None:
    """And is content with one that lets Helium past; people still need a pull request there."""
    world.protect("main", lets=(WRITER,))
    found = {each.what: each for each in host_checks(host, Fleet("acme"), main="main", pushes=True)}
    assert (True, False) == (found["host"].ok, found["branch main"].ok)
    assert f"{OURS} may not push to main" in found["branch main"].sentence

    let = {each.what: each for each in host_checks(world.seen_by(WRITER), Fleet("acme"), main="main", pushes=True)}
    assert let["branch main"].ok
    assert "it is protected (others need a pull request), and ada may push" in let["branch main"].sentence
