"""What is judged and what is merged, with a host in memory and real git: races, bad luck, and what people try."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helium.app.advance import advance
from helium.app.extend_comments import obey
from helium.app.host_turns import HostTurns
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.routine import RoutineVerdict, judge
from helium.app.routine_merge import merge_routine
from helium.core.host_errors import HostAwayError
from helium.core.host_place import NoHost
from helium.core.pull_request import Permission, PullRequest, PullRequestState
from helium.core.shares import RoutineShare
from helium.errors import SourceError
from helium.settings import Settings
from tests.cli.conftest import CommandLineFleet, copied
from tests.cli.memory import MemoryState
from tests.fakes import FakeHost, Forge

ADA, ANN = "owner: ada@example.com\n", "owner: ann@example.com\n"
SOON = datetime.now(UTC) + timedelta(days=20)
MINE, HERS = (f"{owner}expiry: {SOON:%Y-%m-%d}\n" for owner in (ADA, ANN))
ROUTINE = "routine: {adds: 1, edits: 1, removes: 1}\n"
PEOPLE = "admins: [ops@example.com]\npeople: {ada: ada@example.com, ann: ann@example.com, ops: ops@example.com}\n"


@dataclass(slots=True)
class GitForgeHost(FakeHost):
    """A host whose merges are git's. `before_merge`: what happens in the moment before one."""

    clone: CommandLineFleet | None = None
    before_merge: Callable[[], None] = lambda: None
    away: bool = False

    def permission(self, login: str) -> Permission:
        """If it answers."""
        if self.away:
            raise HostAwayError("the host does not answer")
        return FakeHost.permission(self, login)

    def merge(self, number: int, *, head: str, message: str) -> str:
        """As a merge commit."""
        self.before_merge()
        FakeHost.merge(self, number, head=head, message=message)
        assert self.clone is not None
        self.clone.git("fetch", "--quiet", "origin")
        self.clone.git("checkout", "--quiet", "-B", "merging", "origin/main")
        self.clone.git("merge", "--quiet", "--no-ff", "--message", message, head)
        self.clone.git("push", "--quiet", "origin", "merging:main")
        commit = self.clone.git("rev-parse", "HEAD")
        self.forge.pull_requests[number] = replace(self.forge.pull_requests[number], merge_commit=commit)
        return commit


@dataclass(slots=True)
class JudgedFleet:
    """A fleet with a bare remote that has pull requests, and `mine` (ada's) and `hers` (ann's) up."""

    fleet: CommandLineFleet
    host: GitForgeHost
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def push(self, files: Mapping[str, str | None], *, to: str = "refs/heads/main") -> str:
        """Commits on main, or on what comes off it; the head."""
        self.fleet.git("fetch", "--quiet", "origin")
        self.fleet.git("checkout", "--quiet", "-B", "work", "origin/main")
        for path, text in files.items():
            self.fleet.land(path, text)
        self.fleet.git("push", "--quiet", "--force", "origin", f"HEAD:{to}")
        return self.fleet.git("rev-parse", "HEAD")

    def ask(self, login: str, files: Mapping[str, str | None], *, head: str = "") -> PullRequest:
        """A pull request of that account."""
        number = next(self.numbers)
        ref = f"refs/pull/{number}/head"
        if head:
            self.fleet.git("push", "--quiet", "origin", f"{head}:{ref}")
        head = head or self.push(files, to=ref)
        pull = PullRequest(
            number=number,
            url=f"https://git.example.com/acme/fleet/pulls/{number}",
            title="A change\nHelium-By: ops <ops@example.com>",
            author=login,
            base="main",
            base_commit="",
            head=f"branch-{number}",
            head_commit=head,
            head_repository="acme/fleet",
            state=PullRequestState.OPEN,
        )
        self.host.forge.pull_requests[number] = pull
        return pull

    def open(self) -> OpenFleet:
        """As a job sees it."""
        return open_fleet(self.fleet.folder, Settings.from_env({**self.fleet.env}))

    def judged(self, pull: PullRequest) -> RoutineVerdict:
        """By main as it is now."""
        return judge(self.open(), pull)

    def shares(self) -> tuple[RoutineShare, ...]:
        """Those in the ledger."""
        known = self.open().ledger.fleet_record()
        return known.shares if known else ()

    def merged(self, pull: PullRequest) -> bool:
        """Whether the host has it so."""
        return self.host.pull_request(pull.number).state is PullRequestState.MERGED


@pytest.fixture(scope="module")
def base(template: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> CommandLineFleet:
    """Made once."""
    own = replace(copied(template, tmp_path_factory.mktemp("judged") / "acme"), state=MemoryState())
    settings = (own.folder / "helium.yaml").read_text()
    state = own.folder.parent / "state"
    state.mkdir()
    own.land("helium.yaml", settings.replace("file://.helium/state", f"file://{state}") + ROUTINE + PEOPLE)
    own.land("workspaces/mine.yaml", MINE)
    own.land("workspaces/hers.yaml", HERS)
    own.git("init", "--quiet", "--bare", str(own.folder.parent / "remote.git"))
    own.git("remote", "add", "origin", str(own.folder.parent / "remote.git"))
    own.git("push", "--quiet", "--set-upstream", "origin", "main")
    own("reconcile")
    return own


@pytest.fixture
def judged(base: CommandLineFleet, tmp_path: Path) -> JudgedFleet:
    """A copy, with its own remote."""
    copied(CommandLineFleet(base.folder.parent / "remote.git", base.env), tmp_path / "remote.git")
    own = copied(base, tmp_path / "acme")
    own.git("remote", "set-url", "origin", str(tmp_path / "remote.git"))
    forge = Forge(permissions=dict.fromkeys(("ada", "ann", "ops"), Permission.WRITE))
    return JudgedFleet(own, GitForgeHost("robot", forge, clone=own))


def test_what_is_one_s_own_is_merged_and_counted(judged: JudgedFleet) -> None:
    """Exactly the head that was judged; the share stays for a day, and the next one finds no place."""
    first = judged.ask("ada", {"workspaces/new.yaml": ADA})
    second = judged.ask("ada", {"workspaces/more.yaml": ADA})
    said = {each.number: each.sentence for each in advance(judged.open(), judged.host)}

    assert (True, False) == (judged.merged(first), judged.merged(second))
    assert "there are 2 new workspaces within 24 hours, and routine is 1" in said[second.number]
    assert [(first.number, "ada@example.com")] == [(each.pull_request, each.by) for each in judged.shares()]
    assert "nobody had to look" in judged.host.comments(first.number)[0].body


def test_of_two_judges_at_once_one_gets_the_last_place(judged: JudgedFleet) -> None:
    """The other wrote its share in between: the ledger has one order, and what stands second is given back."""
    first, second = (judged.ask("ada", {f"workspaces/{name}.yaml": ADA}) for name in ("new", "more"))
    mine, theirs = judged.judged(first), judged.judged(second)
    assert (True, True) == (mine.routine, theirs.routine)
    fleet, other = judged.open(), judged.open()
    fleet.ledger.read()
    read = fleet.ledger.read
    went = list[Any]()

    def raced() -> Any:
        snapshot = read()
        if not went:
            went.append(merge_routine(other, judged.host, verdict=replace(theirs, main=other.repo.head())))
        return snapshot

    object.__setattr__(fleet.ledger, "read", raced)
    settled = merge_routine(fleet, judged.host, verdict=mine)

    assert (True, False) == (judged.merged(second), judged.merged(first))
    assert "within 24 hours" in settled.why
    assert [second.number] == [each.pull_request for each in judged.shares()]


def test_main_that_moved_since_the_judgement_is_judged_again(judged: JudgedFleet) -> None:
    """Nothing is merged, and the place is given back."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})
    verdict = judged.judged(pull)
    judged.push({"workspaces/other.yaml": ANN})

    assert "Main has moved" in merge_routine(judged.open(), judged.host, verdict=verdict).why
    assert (False, ()) == (judged.merged(pull), judged.shares())


@pytest.mark.parametrize("change", [{"head_commit": "f" * 40}, {"base": "other"}, {"author": "ann"}])
def test_a_pull_request_that_changed_since_is_judged_again(judged: JudgedFleet, change: dict[str, str]) -> None:
    """A push, another base: what was judged is not what would be merged."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})
    verdict = judged.judged(pull)
    judged.host.forge.pull_requests[pull.number] = replace(pull, **change)  # type: ignore[arg-type]

    assert "changed since it was judged" in merge_routine(judged.open(), judged.host, verdict=verdict).why
    assert (False, ()) == (judged.merged(pull), judged.shares())


def test_a_push_in_the_last_moment_is_not_merged(judged: JudgedFleet) -> None:
    """The host compares the head, so the merge fails, and the place is given back."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})

    def push() -> None:
        judged.host.forge.pull_requests[pull.number] = replace(pull, head_commit="f" * 40)

    judged.host.before_merge = push
    (said,) = advance(judged.open(), judged.host)

    assert "Judge the new head" in said.sentence
    assert (False, ()) == (judged.merged(pull), judged.shares())


def test_a_head_that_the_remote_does_not_have_is_not_judged(judged: JudgedFleet) -> None:
    """What the host names must be what git fetches."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})
    with pytest.raises(SourceError, match="by now, not at"):
        judged.judged(replace(pull, head_commit="f" * 40))


def test_a_rule_of_the_host_makes_it_wait(judged: JudgedFleet) -> None:
    """It is merged in the turn after the check is green; meanwhile it holds no place."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})
    judged.host.forge.red.add(pull.number)
    (said,) = advance(judged.open(), judged.host)

    assert "a check is red" in said.sentence
    assert "Not yet: " in judged.host.comments(pull.number)[0].body
    assert (False, ()) == (judged.merged(pull), judged.shares())
    judged.host.forge.red.clear()
    list(advance(judged.open(), judged.host))
    assert judged.merged(pull)


def test_what_may_be_merged_keeps_its_place(judged: JudgedFleet) -> None:
    """The host went away during the merge, and nobody knows."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})

    def away() -> None:
        raise HostAwayError("the host does not answer")

    judged.host.before_merge = away
    settled = merge_routine(judged.open(), judged.host, verdict=judged.judged(pull))

    assert "does not answer" in settled.why
    assert [pull.number] == [each.pull_request for each in judged.shares()]


def test_without_a_ledger_nothing_is_merged(judged: JudgedFleet) -> None:
    """Nobody could count it."""
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})
    judged.fleet.git("push", "--quiet", "origin", ":helium-ledger")
    verdict = judged.judged(pull)

    assert "The ledger is not there" in merge_routine(judged.open(), judged.host, verdict=verdict).why
    assert not judged.merged(pull)


def test_who_is_not_known_asks_an_admin(judged: JudgedFleet) -> None:
    """Neither a commit's author, nor a title, nor a trailer says who somebody is."""
    pull = judged.ask("mallory", {"workspaces/mine.yaml": None})
    (said,) = advance(judged.open(), judged.host)

    assert "mallory must ask ops@example.com: people in helium.yaml on main does not name that account" in said.sentence
    assert not judged.merged(pull)


def test_what_somebody_else_pushed_is_not_its_author_s(judged: JudgedFleet) -> None:
    """Whoever may write can push to anybody's branch."""
    pull = judged.ask("ada", {"workspaces/mine.yaml": None})
    judged.host.forge.pushers[pull.head_commit] = "ann"
    (said,) = advance(judged.open(), judged.host)

    assert "ada must ask ops@example.com: ann pushed its last commit" in said.sentence
    assert not judged.merged(pull)


def test_who_may_not_read_any_more_is_nobody(judged: JudgedFleet) -> None:
    """An account that was let go still has its pull requests."""
    pull = judged.ask("ada", {"workspaces/mine.yaml": None})
    judged.host.forge.permissions["ada"] = Permission.NONE
    (said,) = advance(judged.open(), judged.host)

    assert "may not read the repository any more" in said.sentence
    assert not judged.merged(pull)


def test_helium_s_own_counts_for_whoever_the_ledger_binds(judged: JudgedFleet) -> None:
    """Without that, it is nobody's, and is left alone."""
    judged.push({"workspaces/third.yaml": ANN})
    pull = judged.ask("robot", {"workspaces/mine.yaml": None, "workspaces/hers.yaml": None})
    assert [] == list(advance(judged.open(), judged.host))

    both = {"workspaces/mine.yaml": "ada@example.com", "workspaces/hers.yaml": "ada@example.com"}
    (said,) = advance(judged.open(), judged.host, bound=lambda _: both)
    assert "hers belongs to ann@example.com" in said.sentence
    half = {"workspaces/mine.yaml": "ada@example.com"}
    (said,) = advance(judged.open(), judged.host, bound=lambda _: half)
    assert "nobody must ask ann@example.com" in said.sentence
    assert not judged.merged(pull)


def test_several_requests_share_a_pull_request(judged: JudgedFleet) -> None:
    """Each file counts for whoever asked for it, and has a share of that person's."""
    files = {"workspaces/new.yaml": ADA, "workspaces/hers.yaml": f"{HERS}description: x\n"}
    pull = judged.ask("robot", files)
    askers = {"new": "ada@example.com", "hers": "ann@example.com"}
    list(advance(judged.open(), judged.host, bound=lambda _: askers))

    assert judged.merged(pull)
    assert {"ada@example.com", "ann@example.com"} == {each.by for each in judged.shares()}


BESIDE: list[dict[str, str | None]] = [
    {"helium.yaml": f"fleet: acme\n{PEOPLE}"},
    {"stacks/evil/resources.py": "import os\n"},
    {".github/workflows/plan.yml": "on: push\n"},
    {"schema/fleet.schema.json": "{}"},
    {"workspaces/README.md": "hello\n"},
    {"README.md": None},
]


@pytest.mark.parametrize("beside", BESIDE, ids=lambda each: next(iter(each)))
def test_what_lies_beside_a_spec_needs_a_person(judged: JudgedFleet, beside: dict[str, str | None]) -> None:
    """Whatever else is in the pull request."""
    verdict = judged.judged(judged.ask("ada", {"workspaces/new.yaml": ADA, **beside}))

    assert not verdict.routine
    assert any("is not a workspace's file" in each.why for each in verdict.needed)


def test_a_file_that_comes_from_elsewhere_needs_a_person(judged: JudgedFleet) -> None:
    """Moved out of the settings' folders into `workspaces/`, or from one name to another."""
    judged.push({".github/spec.yaml": ADA})
    moved = judged.judged(judged.ask("ada", {".github/spec.yaml": None, "workspaces/new.yaml": ADA}))
    renamed = judged.judged(judged.ask("ada", {"workspaces/mine.yaml": None, "workspaces/renamed.yaml": MINE}))
    folder = judged.judged(judged.ask("ada", {"workspaces/mine.yaml": None, "workspaces/team/mine.yaml": MINE}))

    assert ".github/spec.yaml is not a workspace's file" in str(moved.needed)
    assert "workspaces/mine.yaml becomes workspaces/renamed.yaml" in str(renamed.needed)
    assert "workspaces/mine.yaml becomes workspaces/team/mine.yaml" in str(folder.needed)


def test_a_link_needs_a_person(judged: JudgedFleet) -> None:
    """A spec that becomes a link to another file, or one that is executable."""
    judged.push({}, to="refs/heads/links")
    (judged.fleet.folder / "workspaces/mine.yaml").unlink()
    (judged.fleet.folder / "workspaces/mine.yaml").symlink_to("hers.yaml")
    judged.fleet.git("commit", "--quiet", "--all", "--message", "Link")
    linked = judged.judged(judged.ask("ada", {}, head=judged.fleet.git("rev-parse", "HEAD")))

    assert "not a plain file" in str(linked.needed)


def test_what_main_has_is_what_counts(judged: JudgedFleet) -> None:
    """The branch was cut while the file was ada's; on main it is ann's by now."""
    long = "".join(f"# {line}\n" for line in range(20))
    judged.push({"workspaces/mine.yaml": f"{ADA}{long}description: old\n"})
    pull = judged.ask("ada", {"workspaces/mine.yaml": f"{ADA}{long}description: new\n"})
    judged.push({"workspaces/mine.yaml": f"{ANN}{long}description: old\n"})

    assert "mine belongs to ann@example.com" in str(judged.judged(pull).needed)


def test_what_a_pass_would_refuse_is_not_merged(judged: JudgedFleet) -> None:
    """A file with errors, a deadline in the past, a name that two files claim: the same judgement as the check's."""
    broken = judged.judged(judged.ask("ada", {"workspaces/new.yaml": f"{ADA}pachdVersion: 7\n"}))
    past = judged.judged(judged.ask("ada", {"workspaces/new.yaml": f"{ADA}expiry: 2020-01-01\n"}))
    twice = judged.judged(judged.ask("ada", {"workspaces/team/hers.yaml": ADA}))

    for each in (broken, past, twice):
        assert not each.routine
        assert each.wrong


def test_what_is_beyond_the_quota_is_not_merged(judged: JudgedFleet) -> None:
    """Judged by main as it is at the merge: while it waited, somebody else's came, or the owner's own."""
    settings = (judged.fleet.folder / "helium.yaml").read_text().replace("limits:", "limits:\n  perOwner: 2")
    judged.push({"helium.yaml": settings})
    pull = judged.ask("ada", {"workspaces/new.yaml": ADA})
    assert judged.judged(pull).routine

    judged.push({"workspaces/meanwhile.yaml": ADA})
    verdict = judged.judged(pull)
    assert not verdict.routine
    assert "ada@example.com has 2 of 2 workspaces (limits.perOwner in helium.yaml)" in " ".join(verdict.wrong)


def test_two_pull_requests_for_one_name(judged: JudgedFleet) -> None:
    """The first is merged; the second conflicts, or its name is taken."""
    judged.push({"helium.yaml": (judged.fleet.folder / "helium.yaml").read_text().replace("adds: 1", "adds: 9")})
    first = judged.ask("ada", {"workspaces/new.yaml": ADA})
    second = judged.ask("ann", {"workspaces/new.yaml": ANN})
    third = judged.ask("ann", {"workspaces/team/new.yaml": ANN})
    said = {each.number: each.sentence for each in advance(judged.open(), judged.host)}

    assert (True, False, False) == tuple(map(judged.merged, (first, second, third)))
    assert "conflicts with main" in said[second.number]
    assert "new" in said[third.number]


def test_a_comment_is_obeyed_once_by_two_jobs(judged: JudgedFleet) -> None:
    """Both saw it; the ledger says who is first."""
    pull = judged.ask("ada", {"workspaces/mine.yaml": f"{MINE}description: x\n"})
    judged.host.forge.comment(pull.number, author="ada", body="/extend 7d")
    one, two = judged.open(), judged.open()
    said = [*obey(one, judged.host), *obey(two, judged.host), *obey(judged.open(), judged.host)]

    assert [f"mine ends at {SOON + timedelta(days=7):%Y-%m-%d}T23:59:59Z now" in each.sentence for each in said] == [
        True
    ]
    assert 1 == len(judged.host.comments(pull.number)) - 1


def test_a_process_that_stays_looks_at_what_has_changed(judged: JudgedFleet, caplog: pytest.LogCaptureFixture) -> None:
    """What waits is judged once for each head and main; a host that is away is one sentence, and no error."""
    turns, fleet = HostTurns(every=0.0, find=lambda _: judged.host), judged.open()
    waits = judged.ask("ada", {"workspaces/hers.yaml": None})
    caplog.set_level("INFO")
    turns.go(fleet)
    turns.go(fleet)
    assert 1 == caplog.text.count("hers belongs to ann@example.com")

    ready = judged.ask("ada", {"workspaces/new.yaml": ADA})
    turns.go(fleet)
    assert (True, False) == (judged.merged(ready), judged.merged(waits))
    turns.find = lambda _: NoHost("there is no token")
    turns.go(fleet)
    turns.go(fleet)
    assert 1 == caplog.text.count("there is no token")


def test_a_host_that_goes_away_loses_no_comment(judged: JudgedFleet) -> None:
    """It could not say who may read: nothing was remembered, so the comment is obeyed in the next turn."""
    pull = judged.ask("ada", {"workspaces/mine.yaml": f"{MINE}description: x\n"})
    judged.host.forge.comment(pull.number, author="ada", body="/extend 7d")
    judged.host.away = True
    with pytest.raises(HostAwayError):
        list(obey(judged.open(), judged.host))
    judged.host.away = False

    assert ["now" in each.sentence for each in obey(judged.open(), judged.host)] == [True]


def test_strangers_cannot_use_up_what_the_host_lets_us_write(judged: JudgedFleet) -> None:
    """Whoever is known comes first, and of the others a few are answered in one turn."""
    pull = judged.ask("ada", {"workspaces/mine.yaml": f"{MINE}description: x\n"})
    for _ in range(9):
        judged.host.forge.comment(pull.number, author="mallory", body="/extend 7d")
    judged.host.forge.comment(pull.number, author="ada", body="/extend 7d")
    said = [each.sentence for each in obey(judged.open(), judged.host)]

    assert ["by ada" in each for each in said] == [True, False, False, False]
    assert all("does not say whose account mallory is" in each for each in said[1:])
