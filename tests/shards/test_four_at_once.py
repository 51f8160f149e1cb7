"""Four shards at once at one real git host, each with the real Pulumi: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

from helium.errors import ExitCode
from tests.shards.machines import SECONDS, Machines

NAMES = [f"w{number:02}" for number in range(12)]
OF_SECOND = NAMES[1::4]
READY = dict.fromkeys(NAMES, "ready")
ONCE = Counter(NAMES)


def is_closed(machines: Machines) -> bool:
    """Whether nobody has the lease, and no plan is left."""
    return (None, []) == (machines.fleet_record().get("lease"), machines.plans())


def until_begun(machines: Machines, name: str) -> None:
    """Wait until somebody creates it."""
    end = time.monotonic() + SECONDS
    while name not in machines.starts:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_four_shards_at_once_do_each_change_once(machines: Machines) -> None:
    """Every record is there, every create was begun once, the log tells each once; lease and plan are gone."""
    machines.ask_for(NAMES, seconds=1)
    commit, shards = machines.split(most=4)
    assert ["1/4", "2/4", "3/4", "4/4"] == shards
    working = [machines.shard(commit, shard) for shard in shards]
    ended = [(process.communicate(timeout=SECONDS), process.returncode) for process in working]
    assert [0, 0, 0, 0] == [code for _, code in ended], ended
    machines.close(commit)

    assert (READY, ONCE, NAMES) == (machines.records(), machines.starts, machines.stacks())
    assert Counter((name, "new-file") for name in NAMES) == machines.log()
    assert {f"{word} shard {n}/4": 1 for word in ("Begin", "End") for n in (1, 2, 3, 4)}.items() <= (
        machines.subjects().items()
    )
    assert is_closed(machines)
    machines.run("reconcile")
    assert ONCE == machines.starts


def test_a_shard_that_is_killed_leaves_its_names_to_the_next_pass(machines: Machines) -> None:
    """SIGKILL in the middle of a create: the others go on, the end names what is left, and a pass makes that alone."""
    machines.ask_for(NAMES, seconds=3)
    commit, shards = machines.split(most=4)
    working = {shard: machines.shard(commit, shard) for shard in shards}
    until_begun(machines, OF_SECOND[0])
    os.kill(working["2/4"].pid, signal.SIGKILL)
    codes = {shard: (process.communicate(timeout=SECONDS), process.returncode)[1] for shard, process in working.items()}
    assert {"1/4": 0, "2/4": -9, "3/4": 0, "4/4": 0} == codes
    said = machines.close(commit, code=ExitCode.FAILED)

    assert OF_SECOND == [name for name in NAMES if f"{name}: no shard finished it" in said]
    assert (True, ONCE - Counter(OF_SECOND[1:])) == (is_closed(machines), machines.starts)
    machines.run("reconcile")
    assert (READY, NAMES, True) == (machines.records(), machines.stacks(), is_closed(machines))
    assert ONCE + Counter(OF_SECOND[:1]) == machines.starts
    assert ONCE == Counter(name for name, _ in machines.log().elements())
