"""CI jobs of other repositories: who they prove to be, what they may have, and that they may do nothing else."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from helium.adapters.oidc.job_tokens import OidcJobs
from helium.api.pages.sessions import PageSessions
from helium.api.signed_grants import PREFIX
from helium.core.deadlines import format_instant
from tests.adapters.git_repos import begun, git
from tests.adapters.hosts.scripted import Scripted, scripted
from tests.api.in_process import in_process
from tests.api.process import real
from tests.api.serving import ADA, ADMIN, FLEET, TOKENS, World, client, served, visitor
from tests.oidc_issuer import AUDIENCE, REPOSITORY, OidcIssuer, issuing

CI = "ci@example.com"
KEY = b"the key of all processes of this fleet"
METHODS = ("GET", "DELETE")
RULE = f"{{repository: {REPOSITORY}, environment: integration, owner: {CI}, atOnce: 2, maxLifetime: 2h}}"


@dataclass(slots=True)
class JobWorld:
    """A fleet with rules for jobs, its API, and the issuer."""

    world: World
    issuer: OidcIssuer
    address: str = ""

    @contextmanager
    def process(self, *, before: timedelta = timedelta(minutes=1), key: bytes = KEY) -> Iterator[str]:
        """The address of one of its API's processes, which began so long before."""
        now, self.world.now = self.world.now, self.world.now - before
        with in_process(replace(self.world.deps, jobs=OidcJobs(), session_key=key)) as address:
            self.world.now = now
            yield address

    def rules(self, *rules: str, audience: str = AUDIENCE) -> None:
        """Main has these now."""
        allow = f"\n  allow: [{', '.join(rules)}]" if rules else ""
        jobs = f"jobs:\n  issuer: {self.issuer.address}\n  audience: {audience}{allow}\n"
        backends = "backends:\n  gcp-namespace: {}\n  other: {}\n"
        self.world.repo.land({"helium.yaml": FLEET.split(b"backends:")[0] + f"{backends}{jobs}".encode()})

    def exchange(self, token: str | None = None) -> httpx.Response:
        """What the API answers to a job's token."""
        text = self.issuer.token() if token is None else token
        headers = {"Authorization": f"Bearer {text}"}
        with visitor(self.address, headers=headers) as caller:
            return caller.post("/v1/api/job-token")

    def job(self, **claims: Any) -> tuple[httpx.Client, str]:
        """A job's client, and how the names of its workspaces begin."""
        answer = self.exchange(self.issuer.token(**claims))
        assert answer.status_code == 201, answer.text
        return client(self.address, answer.json()["Token"]), answer.json()["Names"]


def signature_of(data: bytes) -> bytes:
    """A good one."""
    return hmac.digest(KEY, b"helium job token 1\n" + data, "sha256")


@pytest.fixture
def jobs() -> Iterator[JobWorld]:
    """Fresh, at the time that it is: an issuer's tokens are of now."""
    world = World()
    world.now = datetime.now(UTC)
    with issuing() as issuer:
        own = JobWorld(world, issuer)
        own.rules(RULE)
        with own.process() as own.address:
            yield own


def test_a_job_has_a_workspace_and_deletes_it(jobs: JobWorld) -> None:
    """It belongs to the owner of the rule, lives as long as it may, and its commit says which run asked."""
    answer = jobs.exchange().json()
    assert (CI, 2, "2h") == (answer["Owner"], answer["AtOnce"], answer["MaxLifetime"])
    caller, name = client(jobs.address, answer["Token"]), f"{answer['Names']}a"
    made = caller.post("/workspace", json={"name": name, "labels": {"team": "app"}})
    assert (202, name) == (made.status_code, made.json()["ID"])
    ends = format_instant(jobs.world.now + timedelta(hours=2))
    file = jobs.world.file(name)

    assert {f"owner: {CI}", "description: For acme/app run 1001.1", f"expiry: '{ends}'"} <= {
        line.replace('"', "'") for line in file.splitlines()
    } or f"expiry: {ends}" in file
    assert "requested" == caller.get(f"/workspace/{name}").json()["Workspace"]["Status"]
    assert "" == caller.get(f"/workspace/{name}/log").json()["Log"]
    assert 202 == caller.delete(f"/workspace/{name}").status_code
    assert "" == jobs.world.file(name)


def test_the_same_request_sent_twice_is_done_once(jobs: JobWorld) -> None:
    """Also with another token of the same run, as after a restart; without a name, the key makes one."""
    caller, names = jobs.job()
    again, _ = jobs.job()
    first, second = (
        each.post("/workspace", json={}, headers={"Idempotency-Key": "1001-1-0"}).json() for each in (caller, again)
    )

    assert first["ID"].startswith(names)
    assert first == second


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/workspaces"),
        ("GET", "/workspace/theirs"),
        ("DELETE", "/workspace/theirs"),
        ("PATCH", "/workspace/{own}"),
        ("GET", "/workspace/{own}/events"),
        ("GET", "/workspace/{own}/history"),
        ("POST", "/workspace/{own}/restore"),
        ("POST", "/workspace?update=true"),
        ("GET", "/workspace/{own}%2Ftheirs"),
        ("GET", "/workspace/theirs/{own}"),
        ("DELETE", "/workspace/x{own}"),
    ],
)
def test_a_job_may_do_nothing_else(jobs: JobWorld, method: str, path: str) -> None:
    """Whoever's workspace it is."""
    client(jobs.address, ADA).post("/workspace", json={"name": "theirs"})
    caller, names = jobs.job()
    caller.post("/workspace", json={"name": f"{names}a"})
    answer = caller.request(method, path.format(own=f"{names}a"))

    assert answer.status_code in (403, 404), answer.text
    assert jobs.world.file("theirs")
    assert jobs.world.file(f"{names}a")


def test_a_job_s_token_opens_nothing_beside_the_api(jobs: JobWorld) -> None:
    """Neither pages nor figures, nor an exchange."""
    token = jobs.exchange().json()["Token"]
    with visitor(jobs.address, headers={"X-Pach": token}) as caller:
        assert 401 == caller.get("/metrics").status_code
    assert 401 == jobs.exchange(token).status_code
    refused = client(jobs.address, token).post("/workspace", json={}, headers={"If-Match": '"x"'})
    assert 403 == refused.status_code


def test_another_run_s_workspaces_are_others(jobs: JobWorld) -> None:
    """Of the same repository, and of the same run's next attempt."""
    caller, names = jobs.job()
    caller.post("/workspace", json={"name": f"{names}a"})
    for claims in ({"run_id": "1002"}, {"run_attempt": "2"}):
        other, others = jobs.job(**claims)
        assert names != others
        assert 403 == other.get(f"/workspace/{names}a").status_code
        assert 403 == other.delete(f"/workspace/{names}a").status_code
        taken = other.post("/workspace", json={"name": f"{names}b"})
        assert (403, True) == (taken.status_code, f"called {others}" in taken.json()["detail"])


def test_a_workspace_of_a_person_is_theirs_even_under_a_job_s_name(jobs: JobWorld) -> None:
    """Whoever plants one gets it back, and the job gets a sentence."""
    caller, names = jobs.job()
    client(jobs.address, ADA).post("/workspace", json={"name": f"{names}a"})

    assert 409 == caller.post("/workspace", json={"name": f"{names}a"}).status_code
    assert 403 == caller.delete(f"/workspace/{names}a").status_code


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"expiry": "+3h"}, "lives for 2h at most, and +3h is later: see `maxLifetime`"),
        ({"expiry": "2099-01-01"}, "`maxLifetime`"),
        ({"backend": "other"}, "may use gcp-namespace, and not other: see `backends`"),
        ({"backend": "GCP_Namespace_Pulumi", "expiry": "+5w"}, "`maxLifetime`"),
        ({"protected": True}, "admin"),
        ({"name": "mine"}, "is not one of them"),
        ({"name": 5}, "is not one of them"),
    ],
)
def test_what_goes_beyond_the_rule_names_the_setting(jobs: JobWorld, body: dict[str, Any], says: str) -> None:
    """Nothing is written."""
    caller, _ = jobs.job()
    head = jobs.world.repo.head()
    refused = caller.post("/workspace", json=body)

    assert (403, True) == (refused.status_code, says in refused.json()["detail"]), refused.text
    assert head == jobs.world.repo.head()


def test_what_is_wrong_in_a_field_is_said_as_to_anybody(jobs: JobWorld) -> None:
    """By the schema; and a name that the rest of Helium would refuse."""
    caller, names = jobs.job()
    for body in ({"expiry": "soon"}, {"name": f"{names}A B"}, {"owner": "eve@example.com"}, {"nonsense": 1}):
        assert 422 == caller.post("/workspace", json=body).status_code, body


def test_the_quota_holds_for_many_at_once(jobs: JobWorld) -> None:
    """Of six requests two get a place, of two runs; the others hear how many there are and whose setting it is."""
    callers = [jobs.job(), jobs.job(run_id="1002")]

    def ask(number: int) -> httpx.Response:
        caller, names = callers[number % 2]
        return caller.post("/workspace", json={"name": f"{names}{number}"})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    refused = [each for each in answers if each.status_code == 403]

    assert [202, 202, 403, 403, 403, 403] == sorted(each.status_code for each in answers)
    assert all("have 2 of 2 workspaces already" in each.json()["detail"] for each in refused)
    assert all("`atOnce`" in each.json()["detail"] for each in refused)
    kept = next(each.json()["ID"] for each in answers if each.status_code == 202)
    owner = next(caller for caller, names in callers if kept.startswith(names))
    owner.delete(f"/workspace/{kept}")
    caller, names = callers[0]
    assert 202 == caller.post("/workspace", json={"name": f"{names}z"}).status_code


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"repository_id": "4712"}, "repository 4712 (acme/app), and no rule under `jobs.allow`"),
        ({"environment": "production"}, "environment production and ref refs/heads/main. `jobs.allow`"),
        ({"environment": None}, "environment none"),
    ],
)
def test_a_job_without_a_rule_gets_nothing(jobs: JobWorld, claims: dict[str, Any], says: str) -> None:
    """Another repository under the same name, and another environment: the sentence names the setting."""
    refused = jobs.exchange(jobs.issuer.token(**claims))

    assert (403, True) == (refused.status_code, says in refused.json()["detail"]), refused.text


def test_each_token_is_good_for_one_exchange(jobs: JobWorld) -> None:
    """Sent again, by whomever, it opens nothing."""
    token = jobs.issuer.token()
    assert [201, 401] == [jobs.exchange(token).status_code for _ in range(2)]
    assert "exchanged before" in jobs.exchange(token).json()["detail"]


def test_what_may_have_been_exchanged_before_a_restart_must_wait(jobs: JobWorld) -> None:
    """Also where the issuer's clock is ahead. The wait is enough for the job's next token, and no attempt failed."""
    with jobs.process(before=timedelta(seconds=1)) as address:
        again = replace(jobs, address=address)
        used = [jobs.issuer.token(iat=int(time.time()) + ahead) for ahead in (-600, 0, 0, 20)]
        assert [201] * 3 == [jobs.exchange(token).status_code for token in used[1:]]
        answers = [again.exchange(token) for token in used * 3]
        waits = [int(each.headers["Retry-After"]) for each in answers[:4]]
        jobs.world.now += timedelta(seconds=waits[1])
        jobs.issuer.ahead = waits[1]
        late = [again.exchange(used[1]).status_code, again.exchange().status_code]

    assert {503} == {each.status_code for each in answers}
    assert (60, True, True) == (waits[0], 28 <= waits[1] <= 31, 8 <= waits[3] <= 11), waits
    assert f"Try again in {waits[1]} seconds" in answers[1].json()["detail"]
    assert [503, 201] == late


def test_what_one_process_gave_opens_another(jobs: JobWorld) -> None:
    """With the same key, also one that began later: created there, read and deleted here, and other runs' kept away."""
    token = jobs.exchange().json()
    with jobs.process(before=timedelta(0)) as address:
        there, here = client(address, token["Token"]), client(jobs.address, token["Token"])
        name = f"{token['Names']}a"
        made = there.post("/workspace", json={"name": name})
        read = [each.get(f"/workspace/{name}").status_code for each in (here, there)]
        other = jobs.job(run_id="1002")[0].headers["X-Pach"]
        strange = [client(address, other).request(method, f"/workspace/{name}").status_code for method in METHODS]
        gone = here.delete(f"/workspace/{name}").status_code
        jobs.rules(RULE.replace("2h", "1h"))
        changed = there.post("/workspace", json={"name": name})

    assert (202, [200, 200], [403, 403], 202) == (made.status_code, read, strange, gone)
    assert (403, True) == (changed.status_code, "changed" in changed.json()["detail"])


def test_what_this_helium_did_not_sign_opens_nothing(jobs: JobWorld) -> None:
    """Another key; a cookie of the pages, and its form with the job's words; altered; ended; and not a token at all."""
    token, names = jobs.exchange().json()["Token"], jobs.job()[1]
    data = base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
    session = PageSessions(replace(jobs.world.deps, session_key=KEY))
    cookie = str(session.cookie(session.begun(TOKENS[0])).value)
    as_cookie = hmac.digest(KEY, b"helium session 1\n" + data[32:], "sha256") + data[32:]
    forged = {
        "altered": data.replace(names.encode(), names[:-2].encode() + b"x-"),
        "later": data.replace(b'"ends":"20', b'"ends":"30'),
        "cookie": base64.urlsafe_b64decode(cookie),
        "as a cookie": as_cookie,
        "plain key": hmac.digest(KEY, data[32:], "sha256") + data[32:],
        "unsigned": b"\0" * 32 + data[32:],
        "short": data[:20],
        "no words": signature_of(b"{}") + b"{}",
    }
    texts = {name: PREFIX + base64.urlsafe_b64encode(each).decode().rstrip("=") for name, each in forged.items()}
    texts |= {"nothing": PREFIX, "no base64": f"{PREFIX}é!", "cookie alone": cookie, "padded": f"{PREFIX}====="}

    with jobs.process(key=b"another key") as address:
        assert 401 == client(address, token).get(f"/workspace/{names}a").status_code
    assert 404 == client(jobs.address, token).get(f"/workspace/{names}a").status_code
    assert data not in forged.values()
    for name, text in texts.items():
        with visitor(jobs.address, headers={"X-Pach": text.encode()}) as caller:  # type: ignore[dict-item]
            assert 401 == caller.get(f"/v1/api/workspace/{names}a").status_code, name


def test_a_job_s_token_is_no_session(jobs: JobWorld) -> None:
    """The same bytes in the cookie open no page."""
    token = jobs.exchange().json()["Token"].removeprefix(PREFIX)
    with visitor(jobs.address, headers={"Cookie": f"__Host-helium={token}{'=' * (-len(token) % 4)}"}) as caller:
        answer = caller.get("/")

    assert (303, True) == (answer.status_code, "sign-in" in answer.headers.get("Location", "")), answer.headers


def test_a_refusal_for_another_reason_uses_no_token_up(jobs: JobWorld) -> None:
    """An admin adds the rule, and the job goes on with the token that it has."""
    token = jobs.issuer.token(environment="staging")
    assert 403 == jobs.exchange(token).status_code
    jobs.rules(RULE.replace("integration", "staging"))

    assert 201 == jobs.exchange(token).status_code


def test_helium_s_own_token_ends_after_an_hour(jobs: JobWorld) -> None:
    """Then the job exchanges another one for the same run."""
    caller, names = jobs.job()
    caller.post("/workspace", json={"name": f"{names}a"})
    jobs.world.now += timedelta(minutes=61)
    assert 401 == caller.get(f"/workspace/{names}a").status_code
    jobs.issuer.ahead = 3660
    again, _ = jobs.job()

    assert 202 == again.delete(f"/workspace/{names}a").status_code


def test_a_rule_that_is_gone_allows_nothing_more(jobs: JobWorld) -> None:
    """Also to a job that has its token already; what it has, it may still delete."""
    caller, names = jobs.job()
    caller.post("/workspace", json={"name": f"{names}a"})
    jobs.rules(RULE.replace("2h", "1h"))
    assert "changed" in caller.post("/workspace", json={"name": f"{names}b"}).json()["detail"]
    jobs.rules()
    assert 403 == caller.post("/workspace", json={"name": f"{names}b"}).status_code
    jobs.world.repo.land({"helium.yaml": FLEET})
    refused = caller.post("/workspace", json={"name": f"{names}b"})
    assert "has no `jobs:`" in refused.json()["detail"]
    assert "has no `jobs:`" in jobs.exchange().json()["detail"]

    assert 202 == caller.delete(f"/workspace/{names}a").status_code


def test_while_the_issuer_is_away_others_go_on(jobs: JobWorld) -> None:
    """A 503 with a sentence and how long to wait; a person's token works."""
    jobs.issuer.away = True
    answer = jobs.exchange()

    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert "cannot be fetched" in answer.json()["detail"]
    assert 202 == client(jobs.address, ADA).post("/workspace", json={}).status_code


def test_an_issuer_that_hangs_keeps_only_jobs_waiting(jobs: JobWorld) -> None:
    """More of them than there are threads for reads; a person's reads and writes come between."""
    others = client(jobs.address, ADA)
    with scripted(Scripted(hangs=True)) as hanging, ThreadPoolExecutor(100) as pool:
        address, token = jobs.issuer.address, jobs.issuer.token()
        jobs.issuer.address = hanging.address
        jobs.rules(RULE)
        jobs.issuer.address = address
        waiting = [pool.submit(jobs.exchange, token) for _ in range(100)]
        while not hanging.asked:
            time.sleep(0.01)
        assert [202, 200] == [others.post("/workspace", json={}).status_code, others.get("/workspaces").status_code]
        assert [] == [each.result().text for each in waiting if each.done() and each.result().status_code != 503]
        assert not all(each.done() for each in waiting)
        assert {503} == {each.result().status_code for each in waiting}


def test_who_sends_forgeries_must_wait(jobs: JobWorld) -> None:
    """As with any other token."""
    assert 200 == client(jobs.address, ADMIN).get("/workspaces").status_code
    answers = [jobs.exchange("a.b.c").status_code for _ in range(11)]

    assert [401] * 10 + [429] == answers
    assert 200 == client(jobs.address, ADMIN).get("/workspaces").status_code


def test_a_token_of_any_length_is_answered(jobs: JobWorld) -> None:
    """On a socket, where a head has its own limit: by no failure of the server."""
    with served(replace(jobs.world.deps, jobs=OidcJobs())) as address:
        for length in (20_000, 60_000):
            with visitor(address, headers={"Authorization": f"Bearer {'x' * length}"}) as caller:
                assert caller.post("/v1/api/job-token").status_code in (400, 401, 431), length


def test_the_quota_holds_for_two_processes_on_one_remote(jobs: JobWorld, tmp_path: Path) -> None:
    """Each has its own mirror, and pushes when it can: whoever is second looks at what main has by then."""
    settings = jobs.world.repo.read(jobs.world.repo.head(), "helium.yaml") or b""
    remote = begun(tmp_path, {"helium.yaml": settings, "workspaces/.gitkeep": b""})
    with ExitStack() as running:
        callers = []
        for folder in ("one", "two"):
            parts = running.enter_context(real(remote, tmp_path / folder))
            moments = iter([datetime.now(UTC) - timedelta(minutes=1)])
            clock = partial(lambda begun: next(begun, datetime.now(UTC)), moments)
            address = running.enter_context(in_process(replace(parts, jobs=OidcJobs(), clock=clock)))
            callers.append(JobWorld(jobs.world, jobs.issuer, address).job())

        def ask(number: int) -> int:
            caller, names = callers[number % 2]
            return caller.post("/workspace", json={"name": f"{names}{number}"}).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(ask, range(8)))
    listed = git(remote, "ls-tree", "-r", "--name-only", "main", "workspaces/").split()

    assert [202] * 2 + [403] * 6 == answers
    assert 2 == len([path for path in listed if path.startswith("workspaces/ci-")])


def test_settings_with_errors_are_no_fault_of_the_job(jobs: JobWorld) -> None:
    """The answer names the file."""
    jobs.world.repo.land({"helium.yaml": b"fleet: [\n"})
    answer = jobs.exchange()

    assert (409, True) == (answer.status_code, "helium.yaml" in answer.json()["detail"])


def test_the_exchange_is_described(jobs: JobWorld) -> None:
    """With its answers, at /schema."""
    with visitor(jobs.address) as caller:
        described = caller.get("/schema/openapi.json").json()["paths"]["/v1/api/job-token"]["post"]

    assert {"201", "401", "403", "503"} <= described["responses"].keys()


def test_the_owner_s_quota_holds_beside_the_rule_s(jobs: JobWorld) -> None:
    """Whichever is used up first refuses."""
    settings = jobs.world.repo.read(jobs.world.repo.head(), "helium.yaml") or b""
    jobs.world.repo.land({"helium.yaml": settings + b"limits: {perOwner: 1}\n"})
    job, names = jobs.job()
    first, second = (job.post("/workspace", json={"name": f"{names}{end}"}) for end in "ab")

    assert (202, 403) == (first.status_code, second.status_code)
    assert f"{CI} has 1 of 1 workspaces (limits.perOwner in helium.yaml): {names}a." in second.json()["detail"]
    assert 403 == job.get("/quota").status_code
