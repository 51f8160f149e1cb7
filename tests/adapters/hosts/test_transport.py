"""Bad luck and bad hosts, on a real socket: limits, errors, silence, redirects, pages for people, and too much."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.adapters.hosts.call import HostCall, HostInDoubtError
from helium.adapters.hosts.content_budget import budget_of, host_changes
from helium.adapters.hosts.gitea import GiteaHost
from helium.adapters.hosts.github import HEADERS, GitHubHost
from helium.adapters.hosts.token import HostToken
from helium.adapters.hosts.transport import HostTransport, Patience
from helium.core.host_errors import HostAwayError, HostError, HostMissingError, HostRightsError
from helium.core.host_place import GITEA, GITHUB, HostPlace
from helium.core.pull_request import marked
from tests.adapters.hosts.scripted import Scripted, ScriptedServer, scripted

SECRET = "s3cr3t/t0ken+of=helium"
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
READ = HostCall(method="GET", path="/repos/acme/fleet/pulls/7", what="read pull request 7", right="the scope read:x")
WRITE = replace(READ, method="POST", what="comment on pull request 7", creates=True, body={"body": "hello"})
WELL = Scripted(body={"login": "robot"})
USER = {"login": "robot"}


@dataclass(slots=True)
class Clock:
    """Time that passes when somebody sleeps."""

    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """At once."""
        self.slept.append(seconds)

    def clock(self) -> float:
        """Seconds that were slept."""
        return sum(self.slept)

    def now(self) -> datetime:
        """The same for people."""
        return NOW + timedelta(seconds=self.clock())

    @property
    def patience(self) -> Patience:
        """A minute of it."""
        return Patience(silence=0.3, sleep=self.sleep, clock=self.clock, now=self.now)


@pytest.fixture
def clock() -> Clock:
    """At eight."""
    return Clock()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """One that answers well, unless told otherwise."""
    with scripted(WELL) as told:
        yield told


def transport(address: str, *, patience: Patience, kind: str = GITEA) -> HostTransport:
    """To that server."""
    place = HostPlace(kind, address, "acme/fleet")
    return HostTransport(place, HostToken("HELIUM_HOST_TOKEN", lambda: SECRET), HEADERS, environ={}, patience=patience)


def test_what_passes_is_waited_for(server: ScriptedServer, clock: Clock) -> None:
    """500, 502, 503 and 504 for a while, with longer and longer pauses."""
    server.answers[:0] = [Scripted(status=status) for status in (500, 502, 503, 504)]

    assert 200 == transport(server.address, patience=clock.patience).ask(READ).status
    assert [1.0, 2.0, 4.0, 8.0] == clock.slept


def test_a_host_that_stays_away_is_given_up(server: ScriptedServer, clock: Clock) -> None:
    """Within a minute, and the sentence says who is away."""
    server.answers = [Scripted(status=500)]

    with pytest.raises(
        HostAwayError, match=r"cannot read pull request 7 now, because Gitea at 127.*\(500\).*Try again"
    ):
        transport(server.address, patience=clock.patience).ask(READ)
    assert clock.clock() < 60


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Sun, 29 Nov 2026 09:00:09 GMT", "Date": "Sun, 29 Nov 2026 09:00:00 GMT"}, 9.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 11), "Date": "x"}, 12.0),
    ],
)
@pytest.mark.parametrize("status", [429, 403])
def test_a_limit_is_kept(
    server: ScriptedServer, clock: Clock, status: int, headers: dict[str, str], slept: float
) -> None:
    """By the host's own clock, and also by what creates: nothing was done."""
    server.answers.insert(0, Scripted(status=status, headers=headers, body={"message": "slow down"}))

    assert 200 == transport(server.address, patience=clock.patience).ask(WRITE).status
    assert [slept] == clock.slept


def test_a_long_limit_is_told_and_not_asked_again(server: ScriptedServer, clock: Clock) -> None:
    """The sentence has the time, and until then the host has its peace."""
    server.answers.insert(0, Scripted(status=429, headers={"Retry-After": "3600"}))
    to = transport(server.address, patience=clock.patience)

    with pytest.raises(HostAwayError, match="Try again after 2026-11-29T09:00:01Z") as met:
        to.ask(READ)
    with pytest.raises(HostAwayError, match="wants us to wait"):
        to.ask(READ)
    assert met.value.retry_at == NOW + timedelta(hours=1)
    assert len(server.asked) == 1

    clock.slept.append(3601)
    assert 200 == to.ask(READ).status


def test_a_secondary_limit_without_a_time_is_a_minute(server: ScriptedServer, clock: Clock) -> None:
    """GitHub says it in words alone."""
    server.answers.insert(0, Scripted(status=403, body={"message": "You have exceeded a secondary rate limit."}))

    with pytest.raises(HostAwayError) as met:
        transport(server.address, patience=clock.patience).ask(READ)
    assert met.value.retry_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("bad", [Scripted(hangs=True), Scripted(drops=True), Scripted(body={}, claims=5000)])
def test_an_answer_that_breaks_off_is_asked_for_again(server: ScriptedServer, clock: Clock, bad: Scripted) -> None:
    """Silence, a connection that ends, and half an answer."""
    server.answers.insert(0, bad)

    assert 200 == transport(server.address, patience=clock.patience).ask(READ).status
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "bad", [Scripted(hangs=True), Scripted(drops=True), Scripted(status=500), Scripted(body={}, claims=5000)]
)
def test_what_creates_is_not_repeated_in_doubt(server: ScriptedServer, clock: Clock, bad: Scripted) -> None:
    """It may be there; whoever called looks first."""
    server.answers.insert(0, bad)

    with pytest.raises(HostInDoubtError, match="Look whether it is there"):
        transport(server.address, patience=clock.patience).ask(WRITE)
    assert len(server.asked) == 1


@pytest.mark.parametrize("slow", [Scripted(drips=True, claims=10**6), Scripted(dribbles=True)])
def test_an_answer_that_drips_ends_in_time(server: ScriptedServer, slow: Scripted) -> None:
    """A byte now and then is no silence, and the minute is over all the same."""
    server.answers = [slow]
    begun = time.monotonic()

    with pytest.raises(HostAwayError, match="takes too long"):
        transport(server.address, patience=Patience(seconds=0.5, silence=0.3)).ask(READ)
    assert time.monotonic() - begun < 5


def test_too_much_is_refused(server: ScriptedServer, clock: Clock) -> None:
    """And not asked for again: the next answer would be as large."""
    server.answers = [Scripted(body="x" * 2000)]
    to = replace(transport(server.address, patience=clock.patience), largest=1000)

    with pytest.raises(HostError, match="answers with more than 1000 bytes"):
        to.ask(READ)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_follows_nobody(server: ScriptedServer, clock: Clock, status: int) -> None:
    """Neither to another host nor to another address."""
    with scripted(WELL) as elsewhere:
        server.answers = [Scripted(status=status, headers={"Location": f"{elsewhere.address}/steal"})]
        with pytest.raises(HostError, match="the token does not go there") as met:
            transport(server.address, patience=clock.patience).ask(READ)
        assert elsewhere.asked == []
    assert elsewhere.address.removeprefix("http://") in str(met.value)


def test_a_renamed_repository_is_named(server: ScriptedServer, clock: Clock) -> None:
    """The host sends on within itself."""
    server.answers = [Scripted(status=301, headers={"Location": f"{server.address}/api/v1/repositories/12"})]

    with pytest.raises(HostError, match="may have another name now: correct host:"):
        transport(server.address, patience=clock.patience).ask(READ)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Scripted(body=b"<html>hello</html>", headers={"Content-Type": "text/html"}), "a page for people"),
        (Scripted(body=b"{"), "does not understand"),
        (Scripted(body=b"\xff\xfe"), "does not understand"),
        (Scripted(body=[]), "Expected `object`, got `array`"),
        (Scripted(body={"login": 7}), r"Expected `str`, got `int` - at `\$.login`"),
    ],
)
def test_what_is_not_understood_is_an_error(server: ScriptedServer, clock: Clock, answer: Scripted, words: str) -> None:
    """It is never taken for an empty answer, and the sentence says where the address is set."""
    server.answers = [answer]

    with pytest.raises(HostError, match=words) as met:
        GiteaHost(transport(server.address, patience=clock.patience)).account()
    assert f"{server.address}/api/v1 should be the address of its API" in str(met.value)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (
            401,
            HostRightsError,
            "does not accept the token in HELIUM_HOST_TOKEN (401: no). Make a new one, with the scope",
        ),
        (
            403,
            HostRightsError,
            "does not let its account do so (403: no). Give the token in HELIUM_HOST_TOKEN the scope",
        ),
        (
            404,
            HostMissingError,
            "does not have it in acme/fleet, or hides it from Helium's account (404: no). Check host:",
        ),
        (422, HostError, "refuses it (422: no)."),
    ],
)
def test_a_refusal_says_what_to_do(
    server: ScriptedServer, clock: Clock, status: int, kind: type[HostError], words: str
) -> None:
    """Each in its own words, with the right to give."""
    server.answers = [Scripted(status=status, body={"message": "no"})]

    with pytest.raises(kind) as met:
        transport(server.address, patience=clock.patience).ask(READ)
    assert words in str(met.value)
    assert len(server.asked) == 1


def test_github_says_itself_which_right_is_missing(server: ScriptedServer, clock: Clock) -> None:
    """Its header is better than what anybody wrote down."""
    headers = {"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"}
    server.answers = [Scripted(status=403, body={"message": "Resource not accessible"}, headers=headers)]

    with pytest.raises(HostRightsError, match="the permission issues=write or pull_requests=write"):
        transport(server.address, patience=clock.patience).ask(READ)


@pytest.mark.parametrize("said", [SECRET, "s3cr3t%2Ft0ken%2Bof%3Dhelium", "czNjcjN0L3Qwa2VuK29mPWhlbGl1bQ"])
def test_no_error_has_the_token(server: ScriptedServer, clock: Clock, said: str) -> None:
    """Even if the host says it."""
    server.answers = [Scripted(status=401, body={"message": f"bad {said}\x1b[2J\n  here"})]
    to = transport(server.address, patience=clock.patience)

    with pytest.raises(HostRightsError, match=r"bad \[redacted\] \[2J here") as met:
        to.ask(READ)
    assert SECRET not in f"{met.value!r} {to!r} {to.token!r}"


def test_the_token_is_a_header_and_nothing_else(server: ScriptedServer, clock: Clock) -> None:
    """In no address, which servers log."""
    transport(server.address, patience=clock.patience).ask(READ)
    ((_, path, _, headers),) = server.asked

    assert f"Bearer {SECRET}" == headers["Authorization"]
    assert SECRET not in path


def test_pages_end_where_the_host_says_so(server: ScriptedServer, clock: Clock) -> None:
    """By their number: behind a proxy, a host may name itself wrongly."""
    more = {"Link": '<http://inside:3000/api?page=2>; rel="next"'}
    server.answers = [Scripted(body=[USER], headers=more), Scripted(body=[USER, USER], headers=more), Scripted(body=[])]
    found = transport(server.address, patience=clock.patience).pages(READ, list[dict[str, str]])

    assert [USER] * 3 == found
    assert ["?page=1", "?page=2", "?page=3"] == [path.removeprefix("GET /api/v1" + READ.path) for path in server.paths]


def test_pages_without_end_are_refused(server: ScriptedServer, clock: Clock) -> None:
    """A host that always has more is wrong."""
    server.answers = [Scripted(body=[USER], headers={"Link": '<x>; rel="next"'})]

    with pytest.raises(HostError, match="more than 50 pages"):
        transport(server.address, patience=clock.patience).pages(READ, list[dict[str, str]])


def test_nobody_there_is_said(clock: Clock) -> None:
    """A port on which nobody listens; what creates is tried again too, since nobody heard it."""
    with scripted(WELL) as gone:
        address = gone.address
    with pytest.raises(HostAwayError, match="cannot be reached") as met:
        transport(address, patience=clock.patience).ask(WRITE)
    assert not isinstance(met.value, HostInDoubtError)
    assert len(clock.slept) > 2


def test_tls_that_nobody_vouches_for_is_said(clock: Clock, server: ScriptedServer) -> None:
    """The token is not sent."""
    with pytest.raises(HostAwayError, match="cannot be reached"):
        transport(server.address.replace("http:", "https:"), patience=clock.patience).ask(READ)
    assert server.asked == []


def test_a_comment_in_doubt_is_looked_for(server: ScriptedServer, clock: Clock) -> None:
    """The host wrote it, and its answer was lost: it is not written a second time."""
    comment = {
        "id": 5,
        "html_url": "x",
        "body": marked("hello", purpose="plan"),
        "created_at": "2026-11-29T08:00:00Z",
        "updated_at": "2026-11-29T08:00:00Z",
        "user": USER,
    }
    server.answers = [Scripted(body=[]), WELL, Scripted(drops=True), Scripted(body=[comment])]
    host = GiteaHost(transport(server.address, patience=clock.patience))

    assert 5 == host.put_comment(7, purpose="plan", body="hello").id
    assert ["POST"] == [path[:4] for path in server.paths if path.startswith("POST")]


def test_a_job_of_github_knows_its_account(server: ScriptedServer, clock: Clock) -> None:
    """Its token is no user's, so that GraphQL has to tell."""
    viewer = {"data": {"viewer": {"login": "github-actions[bot]"}}}
    server.answers = [
        Scripted(status=403, body={"message": "Resource not accessible by integration"}),
        Scripted(body=viewer),
    ]
    host = GitHubHost(transport(server.address, patience=clock.patience, kind=GITHUB))

    assert "github-actions[bot]" == host.account()
    assert "github-actions[bot]" == host.account()
    assert ["GET /api/v3/user", "POST /api/graphql"] == server.paths


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "other.com"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ".example.com"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "a, git.example.com"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "*"}, None),
    ],
)
def test_a_proxy_is_used_where_the_environment_says_so(environ: dict[str, str], expected: str | None) -> None:
    """As git does."""
    place = HostPlace(GITEA, "https://git.example.com", "acme/fleet")
    to = HostTransport(place, HostToken("X", lambda: SECRET), {}, environ=environ)

    assert expected == to.proxy


def test_changes_are_counted_before_github_has_to_refuse(server: ScriptedServer, clock: Clock) -> None:
    """Eighty a minute go at once. The next one waits for the minute, and reads and questions wait for nothing."""
    to, before = transport(server.address, patience=clock.patience, kind=GITHUB), host_changes(clock.now())[0]
    for _ in range(80):
        to.ask(WRITE)
    to.ask(READ)
    to.ask(replace(WRITE, path="/graphql"))
    assert [] == clock.slept

    to.patience = replace(to.patience, seconds=90)
    to.ask(WRITE)
    assert ([60.0], 83, 81) == (clock.slept, len(server.asked), host_changes(clock.now())[0] - before)


def test_an_hour_s_changes_are_refused_with_the_time(server: ScriptedServer, clock: Clock) -> None:
    """It is too long to wait for, and GitHub is not asked."""
    to = transport(server.address, patience=clock.patience, kind=GITHUB)
    begun, budget = clock.now(), budget_of(to.place)
    for minute in range(10):
        for _ in range(50):
            budget.changed(begun + timedelta(minutes=minute))
    clock.slept.append(600.0)

    with pytest.raises(HostAwayError, match=r"500 within 60 minutes.*Try again after") as met:
        to.ask(WRITE)
    assert (begun + timedelta(hours=1), []) == (met.value.retry_at, server.asked)
    assert 500 == budget.last_hour(clock.now())
    clock.slept.append(3001.0)
    assert 200 == to.ask(WRITE).status
    assert 451 == budget.last_hour(clock.now())


def test_a_host_of_one_s_own_has_no_such_limit(server: ScriptedServer, clock: Clock) -> None:
    """They are counted all the same."""
    to = transport(server.address, patience=clock.patience)
    for _ in range(100):
        to.ask(WRITE)

    assert ([], 100) == (clock.slept, budget_of(to.place).total)
