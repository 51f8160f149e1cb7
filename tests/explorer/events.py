"""What happens to a pass from outside, until somebody ends it or everybody is left alone.

People push to main, pause the fleet, lock a stack by hand, and ask for their turn; cloud and remote fail; time goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.fleet import SETTINGS
from helium.core.fleet_record import Pause, Waiting
from tests.explorer.calls import ANSWERS, CLOUD, REMOTE
from tests.explorer.lives import UNTIL, life_of, spec_text
from tests.explorer.passes import PROGRAM, known_line
from tests.explorer.values import StackInWorld, StateInWorld, WorldValue
from tests.fakes import FakeRepo, blob_of
from tests.reconcile.harness import START

LONG = timedelta(days=20)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
STRANGER = "a stranger"
"""Who works on a stack by hand, with Pulumi alone."""


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """One thing that may happen now, as a sentence, and the world after it."""

    sentence: str
    world: WorldValue


EditsOf = Callable[[WorldValue, str], Iterator[WorldEvent]]


def landed(world: WorldValue, files: dict[str, bytes | None], *, message: str, takes: timedelta = MINUTE) -> WorldValue:
    """Main with these files put, or taken away. A person takes a minute."""
    repo = FakeRepo(start=START)
    repo.line = list(world.line)
    now = world.now + takes
    paths = {name if "/" in name or "." in name else f"workspaces/{name}.yaml": data for name, data in files.items()}
    repo.land(paths, time=now, message=message)
    known_line(tuple(repo.line))
    return replace(world, line=tuple(repo.line), now=now)


def removes(world: WorldValue, name: str, *, takes: timedelta = MINUTE) -> Iterator[WorldEvent]:
    """Its owner takes the file away."""
    if (data := _file(world, name)) is not None:
        owner, after = life_of(blob_of(data)), landed(world, {name: None}, message="Remove", takes=takes)
        yield WorldEvent(f"owner-{owner} removes {name}.yaml", after)


def adds(world: WorldValue, name: str, *, takes: timedelta = MINUTE) -> Iterator[WorldEvent]:
    """Somebody who never had it takes a name that is free."""
    if _file(world, name) is None:
        life = 1 + max((life_of(blob_of(data)) for data in _ever(world)), default=0)
        text = spec_text(life=life, version=1, until=START + LONG)
        yield WorldEvent(f"owner-{life} adds {name}.yaml", landed(world, {name: text}, message="Add", takes=takes))


def reverts(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """The file that was there last comes back."""
    if _file(world, name) is None and (last := _last(world, name)) is not None:
        owner = life_of(blob_of(last))
        yield WorldEvent(f"owner-{owner} puts {name}.yaml back", landed(world, {name: last}, message="Put back"))


def edits(world: WorldValue, name: str, *, takes: timedelta = MINUTE) -> Iterator[WorldEvent]:
    """Its owner changes the file."""
    if (data := _file(world, name)) is not None:
        version = 1 + int(data.rsplit(b" ", 1)[1])
        text = spec_text(life=life_of(blob_of(data)), version=version, until=_until(data))
        owner = life_of(blob_of(data))
        after = landed(world, {name: text}, message="Change", takes=takes)
        yield WorldEvent(f"owner-{owner} changes {name}.yaml", after)


def extends(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Its owner asks for more time."""
    data = _file(world, name)
    if data is not None and _until(data) < START + LONG:
        life = life_of(blob_of(data))
        text = spec_text(life=life, version=1, until=START + LONG)
        yield WorldEvent(f"owner-{life} extends {name}.yaml", landed(world, {name: text}, message="Extend"))


def pauses(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """An operator pauses the fleet, or ends that."""
    snapshot = world.ledger.snapshot
    if snapshot.fleet_record is None:
        return
    pause = None if snapshot.fleet_record.pause else Pause("ada@example.com", "an incident", world.now)
    yield WorldEvent("Ada pauses the fleet" if pause else "Ada ends the pause", _noted(world, pause=pause))


def protects(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Its owner says that it must stay."""
    data = _file(world, name)
    if data is not None and b"protected" not in data:
        life = life_of(blob_of(data))
        text = spec_text(life=life, version=1, until=_until(data), protected=True)
        yield WorldEvent(f"owner-{life} protects {name}.yaml", landed(world, {name: text}, message="Protect"))


def settings(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """An operator changes the fleet's settings, once."""
    if b"timeout: 10m" in (data := world.files[SETTINGS]):
        text = data.replace(b"timeout: 10m", b"timeout: 11m")
        yield WorldEvent("Ada changes helium.yaml", landed(world, {SETTINGS: text}, message="Settings"))


def backends(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """An operator changes the backend's program, once."""
    if PROGRAM not in world.files:
        after = landed(world, {PROGRAM: b"program-2"}, message="Program")
        yield WorldEvent("Ada changes the backend", after)


def locks(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Somebody works on the stack by hand, or is done."""
    for id, it in world.state.stacks:
        if id.name != name or it.holder not in ("", STRANGER):
            continue
        holder, since = (STRANGER, world.now) if not it.holder else ("", None)
        said = f"{STRANGER} locks {name}" if holder else f"{STRANGER} is done with {name}"
        state = world.state.with_(id, replace(it, holder=holder, since=since))
        yield WorldEvent(said, replace(world, state=state))


def _goes_away(what: str) -> EditsOf:
    def toggles(world: WorldValue, name: str) -> Iterator[WorldEvent]:
        said = f"{what} {'are' if what == ANSWERS else 'is'} {'back' if what in world.away else 'away'}"
        yield WorldEvent(said, replace(world, away=world.away ^ {what}))

    return toggles


cloud, remote, answers = _goes_away(CLOUD), _goes_away(REMOTE), _goes_away(ANSWERS)
"""Each goes away, or is back: what lasts fails in its middle; nothing can be read or pushed; pushes are in doubt."""


def waits(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """A run asks for its turn, and is never heard of again."""
    fleet_record = world.ledger.snapshot.fleet_record
    if fleet_record is not None and fleet_record.waiting is None:
        waiting = Waiting("run-x", world.now + timedelta(minutes=10))
        yield WorldEvent("run-x asks for its turn", _noted(world, waiting=waiting))


def undisturbed(world: WorldValue) -> WorldValue:
    """The world in which nothing is left of what people did beside main: no pause, no lock, and everything answers."""
    fleet_record = world.ledger.snapshot.fleet_record
    state = StateInWorld(tuple((id, _unlocked(it)) for id, it in world.state.stacks), world.state.marker)
    world = replace(world, away=frozenset(), state=state)
    return _noted(world, pause=None) if fleet_record and fleet_record.pause else world


def _unlocked(it: StackInWorld) -> StackInWorld:
    return replace(it, holder="", since=None) if it.holder == STRANGER else it


def _noted(world: WorldValue, **asked: Pause | Waiting | None) -> WorldValue:
    """The ledger with what somebody wrote into the fleet's record."""
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record is not None
    head = f"{int(snapshot.head or '0', 16) + 1:040x}"
    snapshot = replace(snapshot, head=head, fleet_record=replace(snapshot.fleet_record, **asked))  # type: ignore[arg-type]
    return replace(world, ledger=replace(world.ledger, snapshot=snapshot))


def later(world: WorldValue, step: timedelta) -> WorldEvent:
    """Time goes by."""
    return WorldEvent(f"{int(step.total_seconds()) // 60} minutes go by", replace(world, now=world.now + step))


def _file(world: WorldValue, name: str) -> bytes | None:
    return world.files.get(f"workspaces/{name}.yaml")


def _ever(world: WorldValue) -> list[bytes]:
    paths = ((path, data) for commit in world.line for path, data in commit.files.items())
    return [data for path, data in paths if path.endswith(".yaml") and path.startswith("workspaces/")]


def _last(world: WorldValue, name: str) -> bytes | None:
    return next(
        (data for commit in reversed(world.line) if (data := commit.files.get(f"workspaces/{name}.yaml"))), None
    )


def _until(data: bytes) -> datetime:
    return UNTIL[blob_of(data)]
