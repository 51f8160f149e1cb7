"""What a killed run left pending is looked for in the cloud, by its fixed name, before anything else is done.

Pulumi cannot do this without the program and a person: `refresh --import-pending-creates` only renames the entry, which
the next write then drops, and `refresh` forgets everything that it has no id for. So this looks in a scratch copy of
the state, in a folder of the engine's. There each pending create is written down as if it had succeeded, and Pulumi's
own `refresh` asks the provider. What exists, and is ours, goes into the real state in one `stack import`. Killed at any
moment, the real state either still says `pending`, or is resolved.

It refuses to adopt what is not ours, and what it cannot name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from helium.adapters.engine.cluster_half import NOTHING, Findings, marked
from helium.adapters.engine.export import State, parse
from helium.adapters.engine.lost_cluster import without
from helium.adapters.engine.protocol import Job, RunJob, init_args
from helium.adapters.engine.resource_ids import Candidate, fixed_id, is_ours
from helium.core.digest import Json
from helium.errors import EngineError
from helium.ports.engine import AN_UP_FOLLOWS, ResolveOptions

Resource = Mapping[str, Json]
QUIETLY = ("--yes", "--skip-preview", "--color", "never", "--suppress-progress")
KEPT_BY_PULUMI = ("forceDestroy",)
"""Inputs that no cloud keeps and gives back, so an adopted resource would lose them."""


@dataclass(frozen=True, slots=True)
class LostCreate:
    """A create that may have happened: what was wanted, and what the cloud has under that id (`None`: nothing)."""

    wanted: Resource
    there: Resource | None = None


@dataclass(frozen=True, slots=True)
class Scratch:
    """Where a copy of the state may be, what encrypts it, and what runs Pulumi on it and on the real one."""

    folder: Path
    secrets: str
    run: RunJob


def resolve_pending(
    state: State, *, scratch: Scratch, options: ResolveOptions = AN_UP_FOLLOWS, found: Findings = NOTHING
) -> None:
    """Leave nothing pending. `EngineError` when something cannot be looked for, or belongs to somebody else.

    Before a destroy, somebody else's is forgotten instead: it must not be touched anyway.
    `found`: what the look at its cluster told.
    """
    run = scratch.run
    state = without(state, found.lost)
    # Creates first: a refresh of the whole stack would forget those that have no id yet.
    if state.creating or found.marks or found.lost:
        creating = [each for each in state.creating if _has_an_id(each)]
        unknown = [each for each in creating if _id_of(each) is None]
        # What nobody looked for is never called gone: it may be there, and cost money, when nothing knows of it.
        if unknown and not options.assume_absent:
            raise EngineError(str(state.stack), _not_findable(unknown[0], state.stack.name))
        lost_creates = tuple(LostCreate(_as_if_created(each, id)) for each in creating if (id := _id_of(each)))
        lost_creates = _look_for(state, lost_creates, scratch=scratch)
        strangers = _strangers(state, lost_creates)
        if strangers and not options.ends:
            raise EngineError(str(state.stack), _not_ours(strangers[0]))
        ours = [there for each in lost_creates if each not in strangers and (there := _adopted(each))]
        kept = [marked(each, found.marks) for each in _kept(state, ours)]
        document = _document(state, [*kept, *ours])
        run(Job(state.stack, ("stack", "import", "--stack", str(state.stack)), data=document))
    # Updates and deletes have an id, so Pulumi's own refresh can ask about them. It would take a mark away.
    changed = [each["resource"]["urn"] for each in state.pending if each["type"] != "creating"]
    asked = sorted({*changed, *found.gone} - found.marks)
    if asked:
        run(Job(state.stack, ("refresh", *QUIETLY, *targets(asked), "--stack", str(state.stack))))


def _has_an_id(resource: Resource) -> bool:
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:")


def _id_of(resource: Resource) -> str | None:
    return fixed_id(resource["type"], resource.get("inputs") or {})


def _not_findable(resource: Resource, name: str) -> str:
    return (
        f"an earlier run may have created {resource['urn'].rpartition('::')[2]} ({resource['type']}), and Helium "
        "cannot look for that type; look for it in the cloud, delete it if it is there, then run "
        f"helium reconcile --only {name} --assume-absent {name}"
    )


def _as_if_created(resource: Resource, id: str) -> Resource:
    """The pending resource as a successful create would have left it, so that a refresh asks about it."""
    return {**resource, "id": id, "outputs": {}}


def _look_for(state: State, lost_creates: tuple[LostCreate, ...], *, scratch: Scratch) -> tuple[LostCreate, ...]:
    """The lost creates, with what the cloud has: Pulumi asks it, in a scratch copy of the state."""
    if not lost_creates:
        return ()
    run = scratch.run
    scratch.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stack = str(state.stack)
    aside = Job(state.stack, environment={"PULUMI_BACKEND_URL": scratch.folder.absolute().as_uri()})
    asked = targets([each.wanted["urn"] for each in lost_creates])
    doubtful = {each["urn"] for each in state.creating}
    known = [each for each in state.certain if each["urn"] not in doubtful]
    document = _document(state, [*known, *(each.wanted for each in lost_creates)])
    try:
        run(replace(aside, args=init_args(state.stack, secrets=scratch.secrets)))
        run(replace(aside, args=("stack", "import", "--stack", stack), data=document))
        run(replace(aside, args=("refresh", *QUIETLY, *asked, "--stack", stack)))
        text = run(replace(aside, args=("stack", "export", "--show-secrets", "--stack", stack))).stdout
    finally:
        shutil.rmtree(scratch.folder, ignore_errors=True)
    there = {each["urn"]: each for each in parse(state.stack, text).resources}
    return tuple(LostCreate(each.wanted, there.get(each.wanted["urn"])) for each in lost_creates)


def _strangers(state: State, lost_creates: Sequence[LostCreate]) -> tuple[LostCreate, ...]:
    """Those that belong to somebody else. A resource without labels is ours if the one that it lives in is."""
    homes = {each["id"] for each in state.certain if each.get("id")}
    present = [each for each in lost_creates if each.there is not None]
    labelled = [each for each in present if is_ours(_candidate(each), homes=frozenset())]
    homes |= {each.wanted["id"] for each in labelled}
    return tuple(each for each in present if not is_ours(_candidate(each), homes=homes - {each.wanted["id"]}))


def _candidate(lost_create: LostCreate) -> Candidate:
    there = lost_create.there or {}
    return Candidate(wanted=lost_create.wanted.get("inputs") or {}, there=there.get("outputs") or {})


def _not_ours(stranger: LostCreate) -> str:
    name = f"{stranger.wanted['type'].rpartition(':')[2]} {stranger.wanted['id']}"
    return (
        f"{name} already exists and does not belong to this workspace, but to somebody else or to an earlier workspace "
        "of that name; choose another name, or delete it in the cloud if nobody needs what is in it"
    )


def _adopted(lost_create: LostCreate) -> Resource | None:
    """What the cloud has, completed by the wanted inputs that no cloud keeps."""
    if lost_create.there is None:
        return None
    wanted = lost_create.wanted.get("inputs") or {}
    kept = {key: wanted[key] for key in KEPT_BY_PULUMI if key in wanted}
    inputs, outputs = lost_create.there.get("inputs") or {}, lost_create.there.get("outputs") or {}
    return {**lost_create.there, "inputs": {**inputs, **kept}, "outputs": {**outputs, **kept}}


def _kept(state: State, ours: Sequence[Resource]) -> list[Resource]:
    """What the state held for certain. Where a replacement exists, the replaced resource has yet to be deleted."""
    replaced = {each["urn"] for each in ours}
    return [{**each, "delete": True} if each["urn"] in replaced else each for each in state.certain]


def _document(state: State, resources: Sequence[Resource]) -> str:
    """The state's document with these resources and nothing pending."""
    changed = {"resources": list(resources), "pending_operations": []}
    return json.dumps({**state.document, "deployment": {**state.document["deployment"], **changed}})


def targets(urns: Sequence[str]) -> list[str]:
    """How Pulumi is told to touch only these."""
    return [part for urn in urns for part in ("--target", urn)]
