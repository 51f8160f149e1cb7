"""One commit of the ledger as values: the fleet's record and every record, each with the blob it was read from.

A record that cannot be read affects its own name alone; a fleet's record that cannot be read stops everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import pygit2

from helium.adapters.git_repo.read import read, tree_of
from helium.adapters.git_repo.trees import Leaf, git_object, leaves, object_at
from helium.adapters.ledger import log_integrity
from helium.adapters.ledger.serialization import (
    CHANNELS,
    FLEET_RECORD,
    ORDERS,
    PLANS,
    PULL_REQUESTS,
    RECORDS,
    format_of,
    newer,
    read_fleet_record,
    read_order,
    read_pull_request,
    read_record,
    record_path,
)
from helium.core.fleet_record import FleetRecord
from helium.core.record import CorruptRecord, Record
from helium.errors import SourceError
from helium.ports.ledger import Snapshot

if TYPE_CHECKING:
    from helium.core.change_request import SharedPullRequest
    from helium.core.message import ChannelStates
    from helium.core.order import Order, UnknownOrder


def at(repository: pygit2.Repository, commit: str | None, *, known: Snapshot) -> Snapshot:
    """The ledger at a commit; what `known` has from the same blob is not read again."""
    if commit is None or commit == known.head:
        return known if commit else Snapshot()
    records: dict[str, Record | CorruptRecord] = {}
    blobs: dict[str, str] = {}
    for name, leaf in _record_files(repository, commit):
        blob = str(leaf.id)
        same = known.blobs.get(name) == blob and name not in records
        records[name] = known.records[name] if same else _record(repository, leaf, name=name, twice=name in records)
        blobs[name] = blob
    wrong = log_integrity.damage(repository, tree_of(repository, commit))
    gaps = (wrong,) if wrong else ()
    orders = dict(_orders(repository, commit, known=known))
    shared = dict(_pull_requests(repository, commit, known=known))
    return Snapshot(
        commit,
        fleet_record_at(repository, commit),
        records,
        blobs,
        plans=_plans(repository, commit),
        orders={id: order for id, (order, _) in orders.items()},
        order_blobs={id: blob for id, (_, blob) in orders.items()},
        pull_requests={id: each for id, (each, _) in shared.items() if each is not None},
        pull_request_blobs={id: blob for id, (_, blob) in shared.items()},
        gaps=gaps,
        channels=channels_at(repository, commit),
    )


def channels_at(repository: pygit2.Repository, commit: str | None) -> ChannelStates | None:
    """How the channels do at a commit; `None` where nobody is told anything, or nobody can read how they do."""
    data = read(repository, commit, path=CHANNELS) if commit else None
    if data is None:
        return None
    # Few commands come here: in most fleets nobody is told anything.
    from helium.core.message import FORMAT, ChannelStates

    try:
        states = msgspec.json.decode(data, type=ChannelStates)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    return states if states.format <= FORMAT else None


def fleet_record_at(repository: pygit2.Repository, commit: str | None) -> FleetRecord | None:
    """The fleet's record at a commit, `None` when it has none; `SourceError` when it cannot be read."""
    data = read(repository, commit, path=FLEET_RECORD) if commit else None
    if data is None:
        return None
    try:
        return read_fleet_record(data)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise SourceError(
            f"{FLEET_RECORD} of the ledger at {commit} cannot be read ({error}). Restore its last good commit, "
            "or run `helium ledger rebuild`."
        ) from None


def _record_files(repository: pygit2.Repository, commit: str) -> Iterator[tuple[str, Leaf]]:
    folder = object_at(repository, tree_of(repository, commit), path=RECORDS)
    if isinstance(folder, pygit2.Tree):
        for leaf in leaves(repository, folder, prefix=f"{RECORDS}/"):
            yield leaf.path.rpartition("/")[2].removesuffix(".json"), leaf


def _plans(repository: pygit2.Repository, commit: str) -> frozenset[str]:
    """The runs whose plans were left for shards."""
    return frozenset(id for id, _ in _files(repository, commit, folder=PLANS))


def _files(repository: pygit2.Repository, commit: str, *, folder: str) -> Iterator[tuple[str, Leaf]]:
    """The files of a folder, each by the id that its name is."""
    tree = object_at(repository, tree_of(repository, commit), path=folder)
    for leaf in leaves(repository, tree, prefix="") if isinstance(tree, pygit2.Tree) else ():
        yield leaf.path.removesuffix(".json"), leaf


def _data(repository: pygit2.Repository, leaf: Leaf) -> bytes:
    """A file's bytes; nothing of what is no file."""
    blob = git_object(repository, leaf.id)
    return blob.data if isinstance(blob, pygit2.Blob) else b""


def _orders(
    repository: pygit2.Repository, commit: str, *, known: Snapshot
) -> Iterator[tuple[str, tuple[Order | UnknownOrder, str]]]:
    """Each order with its blob, by its id. One that cannot be read is named, and stands in nobody's way."""
    for id, leaf in _files(repository, commit, folder=ORDERS):
        same = known.order_blobs.get(id) == str(leaf.id)
        yield id, (known.orders[id] if same else _order(repository, leaf, id=id), str(leaf.id))


def _order(repository: pygit2.Repository, leaf: Leaf, *, id: str) -> Order | UnknownOrder:
    from helium.core.order import FORMAT, UnknownOrder

    data = b""
    try:
        data = _data(repository, leaf)
        return read_order(data, id=id)
    except (ValueError, msgspec.DecodeError, RecursionError, SourceError) as error:
        return UnknownOrder(id, f"the order {id} cannot be read: {error}", format_of(data) > FORMAT)


def _pull_requests(
    repository: pygit2.Repository, commit: str, *, known: Snapshot
) -> Iterator[tuple[str, tuple[SharedPullRequest | None, str]]]:
    """Each with its blob, by its id. What cannot be read is nobody's, and stands in nobody's way."""
    for id, leaf in _files(repository, commit, folder=PULL_REQUESTS):
        same = known.pull_request_blobs.get(id) == str(leaf.id)
        yield id, (known.pull_requests.get(id) if same else _pull_request(repository, leaf, id=id), str(leaf.id))


def _pull_request(repository: pygit2.Repository, leaf: Leaf, *, id: str) -> SharedPullRequest | None:
    try:
        return read_pull_request(_data(repository, leaf), id=id)
    except (ValueError, msgspec.DecodeError, RecursionError, SourceError):
        return None


def _record(repository: pygit2.Repository, leaf: Leaf, *, name: str, twice: bool) -> Record | CorruptRecord:
    data = b""
    try:
        if twice or leaf.path != record_path(name):
            raise ValueError("the record of this name belongs elsewhere")
        data = _data(repository, leaf)
        return read_record(data, name=name)
    except (ValueError, msgspec.DecodeError, RecursionError, SourceError) as error:
        if newer(form := format_of(data)):
            sentence = f"{leaf.path} of the ledger was written by a newer Helium (format {form}); update this one"
            return CorruptRecord(name, leaf.path, sentence, newer=True)
        return CorruptRecord(name, leaf.path, f"{leaf.path} of the ledger cannot be read: {error}")
