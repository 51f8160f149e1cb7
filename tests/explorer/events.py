"""What happens to a pass from outside: people push to main and pause the fleet, time goes by, machines die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.fleet_record import Pause
from tests.explorer.calls import UNTIL, life_of, spec_text
from tests.explorer.passes import known_line
from tests.explorer.values import WorldValue
from tests.fakes import FakeRepo, blob_of
from tests.reconcile.harness import START

LONG = timedelta(days=20)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """One thing that may happen now, as a sentence, and the world after it."""

    sentence: str
    world: WorldValue


EditsOf = Callable[[WorldValue, str], Iterator[WorldEvent]]


def landed(world: WorldValue, files: dict[str, bytes | None], *, message: str) -> WorldValue:
    """Main with these files put, or taken away. A person takes a minute."""
    repo = FakeRepo(start=START)
    repo.line = list(world.line)
    now = world.now + MINUTE
    repo.land({f"workspaces/{name}.yaml": data for name, data in files.items()}, time=now, message=message)
    known_line(tuple(repo.line))
    return replace(world, line=tuple(repo.line), now=now)


def removes(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Its owner takes the file away."""
    if (data := _file(world, name)) is not None:
        owner = life_of(blob_of(data))
        yield WorldEvent(f"owner-{owner} removes {name}.yaml", landed(world, {name: None}, message="Remove"))


def adds(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Somebody who never had it takes a name that is free."""
    if _file(world, name) is None:
        life = 1 + max((life_of(blob_of(data)) for data in _ever(world)), default=0)
        text = spec_text(life=life, version=1, until=START + LONG)
        yield WorldEvent(f"owner-{life} adds {name}.yaml", landed(world, {name: text}, message="Add"))


def reverts(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """The file that was there last comes back."""
    if _file(world, name) is None and (last := _last(world, name)) is not None:
        owner = life_of(blob_of(last))
        yield WorldEvent(f"owner-{owner} puts {name}.yaml back", landed(world, {name: last}, message="Put back"))


def edits(world: WorldValue, name: str) -> Iterator[WorldEvent]:
    """Its owner changes the file."""
    if (data := _file(world, name)) is not None:
        version = 1 + int(data.rsplit(b" ", 1)[1])
        text = spec_text(life=life_of(blob_of(data)), version=version, until=_until(data))
        owner = life_of(blob_of(data))
        yield WorldEvent(f"owner-{owner} changes {name}.yaml", landed(world, {name: text}, message="Change"))


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
    yield WorldEvent("Ada pauses the fleet" if pause else "Ada ends the pause", _paused(world, pause))


def ended_pause(world: WorldValue) -> WorldValue:
    """The world in which no pause is left."""
    fleet_record = world.ledger.snapshot.fleet_record
    return _paused(world, None) if fleet_record and fleet_record.pause else world


def _paused(world: WorldValue, pause: Pause | None) -> WorldValue:
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record is not None
    head = f"{int(snapshot.head or '0', 16) + 1:040x}"
    snapshot = replace(snapshot, head=head, fleet_record=replace(snapshot.fleet_record, pause=pause))
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
