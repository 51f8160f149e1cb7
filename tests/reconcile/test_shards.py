"""A pass that is planned once and carried out by several: who does what, under whose lease, and who ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import Pause
from helium.core.plan import Change, Code, Outcome
from helium.core.record import Phase
from helium.core.run import Run
from helium.core.sharded_plan import Shard
from helium.errors import EngineError, LeaseTakenError, OtherFleetError, OtherProgramError, PlanEndedError
from helium.ports.ledger import Writes
from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions
from helium.reconcile.shards import Shards
from tests.reconcile.harness import RECIPE, START, RecordedProgress, Stage

LONG = "expiry: 2026-12-24\n"


class Crew(Stage):
    """A fleet whose passes are split."""

    def sharded(self, **options: object) -> str:
        """Plan, a minute after the last pass; the commit that shards go on from."""
        self.now += timedelta(minutes=1)
        return self.pass_().go(PassOptions(sharded=True, **options)).sharded  # type: ignore[arg-type]

    def shards(self, commit: str, host: str = "host-2") -> Shards:
        """The next steps, on some machine."""
        me = Run("ci-job", host, 7, "boot-7", gone=lambda pid: False, url=f"https://ci/{host}")
        return Shards(self.ports(), me, self.progress, lambda: self.now, self.ledger.plan(commit))

    def seize(self, **lease: object) -> None:
        """Somebody edits the lease by hand."""
        seen = self.ledger.read()
        assert seen.fleet_record is not None
        assert seen.fleet_record.lease is not None
        new = replace(seen.fleet_record.lease, **lease) if lease else None  # type: ignore[arg-type]
        self.ledger.write(Writes(fleet_record=replace(seen.fleet_record, lease=new)), on=seen)

    def done(self) -> list[str]:
        """Of which stacks the engine was asked to make or destroy something."""
        return self.calls_of("up") + self.calls_of("destroy")


class Late(RecordedProgress):
    """Something happens in the world when a change has ended."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self._act = act

    def finished(self, change: Change, outcome: Outcome) -> None:
        """The world moves."""
        self._act()


@pytest.fixture
def crew() -> Crew:
    """A fleet in which `a` and `b` are ready; then `b` is taken away, and `c` and `d` are added."""
    crew = Crew()
    crew.land({"a.yaml": LONG, "b.yaml": LONG})
    crew.go()
    crew.land({"b.yaml": None, "c.yaml": LONG, "d.yaml": LONG})
    crew.engine.calls.clear()
    return crew


def test_a_split_announces_and_does_nothing(crew: Crew) -> None:
    """One commit has the plan, the announcements, on nobody's machine, and a lease that hangs on no process."""
    commit = crew.sharded()
    snapshot = crew.ledger.snapshot

    assert ([], commit) == (crew.done(), snapshot.head)
    assert {"a": "ready", "b": "deleting", "c": "creating", "d": "creating"} == crew.phases()
    assert ["", "", ""] == [record.host for name in "bcd" if (record := crew.record(name))]
    assert ({"run-2"}, {"run-2": crew.ledger.plan(commit)}) == (set(snapshot.plans), dict(crew.ledger.left[commit]))
    assert snapshot.fleet_record is not None
    assert snapshot.fleet_record.lease is not None
    assert (0, "run-2") == (snapshot.fleet_record.lease.pid, snapshot.fleet_record.lease.run)


def test_a_split_says_how_many_shards_are_worth_a_machine(crew: Crew) -> None:
    """By what it announced, and by how many stacks a machine works on at once; nothing left, no shard."""
    crew.land({f"w{number}.yaml": LONG for number in range(14)})
    crew.now += timedelta(minutes=1)

    split = crew.pass_().go(PassOptions(sharded=True, parallel=2))

    assert len(split.plan.work) == 17
    assert ["1/4", "2/4", "3/4", "4/4"] == [str(shard) for shard in split.shards]
    for shard in split.shards:
        crew.shards(split.sharded).carry_out(shard)
    crew.shards(split.sharded).close()
    assert () == crew.pass_().go(PassOptions(sharded=True)).shards


def test_shards_do_all_of_it_and_one_step_ends_it(crew: Crew) -> None:
    """Each name once; then the records tell it, the lease is free, the plan gone, and nothing is left to do."""
    commit = crew.sharded()
    one = crew.shards(commit, "one").carry_out(Shard(1, 2))
    two = crew.shards(commit, "two").carry_out(Shard(2, 2))
    last = crew.shards(commit, "three").close()
    fleet_record = crew.ledger.snapshot.fleet_record

    assert ["c", "b", "d"] == [outcome.name for outcome in (*one, *two)]
    assert [("b", True), ("c", True), ("d", True)] == sorted((outcome.name, outcome.ok) for outcome in last)
    assert ({"a": "ready", "c": "ready", "d": "ready"}, ["a", "c", "d"]) == (crew.phases(), crew.stacks())
    assert ["one", "two"] == [record.host for name in "cd" if (record := crew.record(name))]
    assert fleet_record is not None
    assert fleet_record.last_pass is not None
    assert (None, frozenset(), "run-2") == (fleet_record.lease, crew.ledger.snapshot.plans, fleet_record.last_pass.run)
    assert {"run-2"} == {line.run for line in crew.ledger.lines if line.name != "a" and line.code != "new-file"}
    assert () == crew.go().outcomes


def test_a_shards_lines_say_who_requested_it(crew: Crew) -> None:
    """As those of a pass on one machine: who made or removed the file, and under which run."""
    crew.shards(crew.sharded()).carry_out(Shard(1, 1))
    lines = [line for line in crew.ledger.lines if line.run == "run-2"]

    assert {"b", "c", "d"} == {line.name for line in lines}
    assert {"Ada <ada@example.com>"} == {line.by for line in lines}
    assert {crew.repo.head()} == {line.commit for line in lines}


def test_a_new_fleet_has_its_marker_before_any_shard_begins() -> None:
    """Or a state with stacks and no marker could be anybody's."""
    crew = Crew()
    crew.land({"a.yaml": LONG})
    commit = crew.sharded()

    assert crew.engine.marker
    assert crew.ledger.snapshot.fleet_record is not None
    assert "created" == crew.ledger.snapshot.fleet_record.marker
    assert ["a"] == [outcome.name for outcome in crew.shards(commit).carry_out(Shard(1, 1)) if outcome.ok]


def test_a_marker_that_cannot_be_created_ends_the_pass(crew: Crew) -> None:
    """No shard will run, so the lease is given back and the plan goes."""
    new = Crew()
    new.land({"a.yaml": LONG})
    new.engine.errors["create_marker", ""] = EngineError("", "no room")
    with pytest.raises(EngineError):
        new.sharded()

    assert frozenset() == new.ledger.snapshot.plans
    assert new.ledger.snapshot.fleet_record is not None
    assert new.ledger.snapshot.fleet_record.lease is None


def test_a_split_with_nothing_to_do_leaves_nothing() -> None:
    """No plan, no lease, no commit to go on from."""
    crew = Crew()

    assert "" == crew.sharded()
    assert frozenset() == crew.ledger.snapshot.plans


def test_only_some_names_are_left_for_shards_and_the_safeguards_saw_all(crew: Crew) -> None:
    """`--only` is of the step that plans: the rest is neither announced nor anybody's."""
    commit = crew.sharded(selection=Selection(names=frozenset({"c"})))

    assert ["c"] == [change.name for change in crew.ledger.plan(commit).work]
    assert {"a": "ready", "b": "ready", "c": "creating"} == crew.phases()


@pytest.mark.parametrize(
    "lease",
    [
        pytest.param({}, id="given back"),
        pytest.param({"run": "rival"}, id="another's"),
        pytest.param({"counter": 99}, id="taken again"),
    ],
)
def test_a_plan_whose_lease_has_moved_on_is_left_alone(crew: Crew, lease: dict[str, object]) -> None:
    """Nothing is begun, nothing written, by a shard or by the step that ends; the sentence says whose it is now."""
    commit = crew.sharded()
    crew.seize(**lease)
    crew.engine.calls.clear()
    before = crew.ledger.snapshot

    with pytest.raises(PlanEndedError, match="The plan of run-2 has ended"):
        crew.shards(commit).carry_out(Shard(1, 1))
    with pytest.raises(PlanEndedError, match="The plan of run-2 has ended"):
        crew.shards(commit).close()
    assert ([], before) == (crew.engine.calls, crew.ledger.snapshot)
    assert 7 == PlanEndedError.exit_code


def test_what_begins_after_the_lease_has_moved_on_is_not_begun(crew: Crew) -> None:
    """The fleet's record is read again before each change; what was done by then is not written over the newer pass."""
    commit = crew.sharded()
    crew.on_start(lambda: crew.seize(run="rival", counter=99))
    with pytest.raises(PlanEndedError):
        crew.shards(commit).carry_out(Shard(1, 1), parallel=1)

    assert ([], {"a": "ready", "b": "deleting", "c": "creating", "d": "creating"}) == (crew.done(), crew.phases())


def test_the_end_of_a_shard_is_not_written_over_a_newer_pass(crew: Crew) -> None:
    """An `up` outlives the lease: its record stays as announced, for the pass that has the lease to look at."""
    commit = crew.sharded()
    progress = Late(lambda: crew.seize(run="rival", counter=99))
    with pytest.raises(PlanEndedError):
        replace(crew.shards(commit), progress=progress).carry_out(Shard(1, 3), parallel=1)

    assert (["c"], "creating") == (crew.calls_of("up"), crew.phases()["c"])


def test_no_other_pass_takes_the_lease_of_shards(crew: Crew) -> None:
    """Neither that the planning process has ended frees it, nor another step of the same run; only time does."""
    crew.sharded()
    fleet_record = crew.ledger.snapshot.fleet_record
    assert fleet_record is not None
    again = Run("run-2", "host-1", 9, "boot-1", gone=lambda pid: True)

    assert not again.free(fleet_record.lease, crew.now)
    assert again.free(fleet_record.lease, crew.now + timedelta(minutes=26))
    with pytest.raises(LeaseTakenError):
        crew.go()


def test_a_split_that_nobody_followed_runs_out(crew: Crew) -> None:
    """When its time is over the next pass does the work, and the plan is gone; a late shard then finds it ended."""
    commit = crew.sharded()
    crew.now += timedelta(minutes=26)
    crew.go()

    assert ({"a": "ready", "c": "ready", "d": "ready"}, frozenset()) == (crew.phases(), crew.ledger.snapshot.plans)
    with pytest.raises(PlanEndedError):
        crew.shards(commit).carry_out(Shard(1, 1))


def test_a_pass_that_nobody_closed_is_cleared_away(crew: Crew) -> None:
    """All was done but the end: a pass with nothing else to do takes plan and lease away, once their time is over."""
    commit = crew.sharded()
    crew.shards(commit).carry_out(Shard(1, 1))
    crew.go()
    assert {"run-2"} == crew.ledger.snapshot.plans
    crew.now += timedelta(minutes=26)
    crew.go()
    fleet_record = crew.ledger.snapshot.fleet_record
    assert fleet_record is not None

    assert (None, frozenset()) == (fleet_record.lease, crew.ledger.snapshot.plans)
    with pytest.raises(PlanEndedError):
        crew.shards(commit).close()


def test_a_shard_that_runs_twice_does_nothing_the_second_time(crew: Crew) -> None:
    """Its names were begun, and however that ended, they are the next pass's."""
    commit = crew.sharded()
    crew.engine.errors["up", "c"] = EngineError("c", "no room")
    crew.shards(commit).carry_out(Shard(1, 1))
    done = crew.done()

    assert () == crew.shards(commit).carry_out(Shard(1, 1))
    assert done == crew.done()
    assert "c: Skipped. It was started before, or somebody changed its record." in crew.progress.lines


def test_two_starts_of_one_shard_at_once_share_no_name(crew: Crew) -> None:
    """The second one begins while the first is at work, on the same machine in the same second."""
    commit = crew.sharded()
    second: list[object] = []
    crew.on_start(lambda: second.append(crew.shards(commit).carry_out(Shard(1, 1))))
    crew.shards(commit).carry_out(Shard(1, 1), parallel=1)

    assert ([()], ["c", "d", "b"]) == (second, crew.done())


@pytest.mark.parametrize("change", [{"phase": Phase.READY}, {"seen_blob": "other"}, {"reason": "by hand"}])
def test_a_name_whose_record_was_changed_is_left_alone(crew: Crew, change: dict[str, object]) -> None:
    """Whatever is another than it was announced: somebody knows more than the plan."""
    commit = crew.sharded()
    record = crew.record("c")
    assert record is not None
    theirs = replace(record, **change)  # type: ignore[arg-type]
    crew.ledger.write(Writes({"c": theirs}), on=crew.ledger.read())
    crew.shards(commit).carry_out(Shard(1, 1))

    assert (["d", "b"], theirs) == (crew.done(), crew.record("c"))


def test_a_pause_is_read_before_each_change_of_a_shard(crew: Crew) -> None:
    """A fleet that was paused after the split is left as it is, and the records are as before."""
    commit = crew.sharded()
    seen = crew.ledger.read()
    assert seen.fleet_record is not None
    pause = Pause("ada", "the cluster is upgraded", START)
    crew.ledger.write(Writes(fleet_record=replace(seen.fleet_record, pause=pause)), on=seen)
    outcomes = crew.shards(commit).carry_out(Shard(1, 1))

    assert (3, []) == (sum(not outcome.ok for outcome in outcomes), crew.done())
    assert {"a": "ready", "b": "ready"} == crew.phases()
    assert {"no shard finished it; the next pass continues"} == {
        outcome.sentence for outcome in crew.shards(commit).close()
    }


def test_the_last_look_is_a_shards_too(crew: Crew) -> None:
    """The file that came back meanwhile keeps its stack."""
    commit = crew.sharded()
    crew.land({"b.yaml": LONG})
    crew.shards(commit).carry_out(Shard(1, 1))

    assert ([], "ready") == (crew.calls_of("destroy"), crew.phases()["b"])


def test_a_shard_with_a_wrong_passphrase_begins_nothing(crew: Crew) -> None:
    """Each machine has its own, so each one proves it; the names stay free for a machine with the right one."""
    commit = crew.sharded()
    crew.engine.wrong_passphrase = True
    with pytest.raises(EngineError, match="passphrase"):
        crew.shards(commit).carry_out(Shard(1, 1))
    crew.engine.wrong_passphrase = False

    assert [] == crew.done()
    assert ["c", "d", "b"] == [outcome.name for outcome in crew.shards(commit).carry_out(Shard(1, 1))]


def test_a_shard_knows_from_the_plan_which_stacks_exist(crew: Crew) -> None:
    """It lists nothing itself, and looks for what a killed run left in a stack before it updates or retries it."""
    crew.engine.errors["up", "c"] = EngineError("c", "no room")
    crew.go()
    crew.engine.errors.clear()
    crew.land({"a.yaml": f"{LONG}description: another\n"})
    shards = crew.shards(crew.sharded())
    crew.engine.calls.clear()
    shards.carry_out(Shard(1, 1))

    assert ("check_marker", "") == crew.engine.calls[0]
    assert [["resolve_pending", "up", "look"]] * 2 == [
        [method for method, called in crew.engine.calls if called == name] for name in "ac"
    ]
    assert [] == crew.calls_of("observe")


def test_a_shard_with_another_program_begins_nothing(crew: Crew) -> None:
    """What was shown would not be what is made; a destroy needs no program."""
    commit = crew.sharded()
    crew.backends.all["gcp-namespace"] = replace(RECIPE, program="program-2")
    with pytest.raises(OtherProgramError, match="gcp-namespace"):
        crew.shards(commit).carry_out(Shard(1, 1))

    assert [] == crew.done()
    assert ["b"] == [outcome.name for outcome in crew.shards(commit).carry_out(Shard(3, 3))]


def test_a_plan_of_another_fleet_is_refused(crew: Crew) -> None:
    """By a sentence that names both."""
    shards = crew.shards(crew.sharded())
    with pytest.raises(OtherFleetError, match="belongs to fleet umbrella, and this is fleet acme"):
        replace(shards, sharded=replace(shards.sharded, fleet="umbrella")).carry_out(Shard(1, 1))

    assert [] == crew.done()


def test_what_a_dead_shard_leaves_is_the_next_passs(crew: Crew) -> None:
    """The step that ends the pass says which names nobody ended; the next pass does them."""
    commit = crew.sharded()
    crew.shards(commit).carry_out(Shard(2, 2))
    last = crew.shards(commit).close()

    assert [("c", False), ("d", True), ("b", False)] == [(outcome.name, outcome.ok) for outcome in last]
    assert "no shard finished it; the next pass continues" == last[0].sentence
    crew.go()
    assert {"a": "ready", "c": "ready", "d": "ready"} == crew.phases()


def test_the_end_believes_only_a_listing_with_the_marker(crew: Crew) -> None:
    """On a machine that looks at another state the record of what is empty stays, until a pass sees it gone."""
    commit = crew.sharded()
    crew.shards(commit).carry_out(Shard(1, 1))
    crew.engine.marker = False
    crew.shards(commit).close()

    assert "gone" == crew.phases()["b"]


def test_what_starts_another_incarnation_is_created_by_the_next_pass(crew: Crew) -> None:
    """The old one goes in this pass; the end says that the new one is left."""
    crew.land({"a.yaml": None})
    crew.go()
    crew.go()
    crew.engine.errors["destroy", "c"] = EngineError("c", "stuck")
    crew.land({"c.yaml": None})
    crew.go()
    crew.engine.errors.clear()
    crew.land({"c.yaml": f"{LONG}description: another\n"})
    commit = crew.sharded()
    assert [("c", Code.REPLACED)] == [(change.name, change.code) for change in crew.ledger.plan(commit).work]
    crew.shards(commit).carry_out(Shard(1, 1))
    crew.shards(commit).close()

    assert "c: The next pass creates it again." in crew.progress.lines
    crew.go()
    assert "ready" == crew.phases()["c"]


def test_rolls_go_one_first_in_their_shard(crew: Crew) -> None:
    """And a failure stops the rest of them, with however many shards."""
    crew.go()
    crew.backends.all["gcp-namespace"] = replace(RECIPE, program="program-2")
    crew.engine.errors["up", "a"] = EngineError("a", "the new chart is broken")
    crew.engine.calls.clear()
    commit = crew.sharded(selection=Selection(roll_all=True))
    one = crew.shards(commit).carry_out(Shard(1, 2))
    two = crew.shards(commit).carry_out(Shard(2, 2))

    assert (["a"], ["a", "c", "d"], ()) == (crew.calls_of("up"), [outcome.name for outcome in one], two)


def test_shards_move_the_end_of_the_lease_as_they_work(crew: Crew) -> None:
    """Each push makes it last for another operation."""
    commit = crew.sharded()
    crew.now += timedelta(minutes=20)
    crew.shards(commit).carry_out(Shard(1, 1))
    fleet_record = crew.ledger.snapshot.fleet_record
    assert fleet_record is not None
    assert fleet_record.lease is not None

    assert crew.now + timedelta(minutes=25) == fleet_record.lease.until
