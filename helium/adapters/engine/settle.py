"""What a killed run left pending is looked for in the cloud, by its fixed name, before anything else is done.

Pulumi has no way for it without the program and a person: `refresh --import-pending-creates` only renames the entry,
which the next write then drops; `refresh` forgets what it does not find an id for. So the look is taken in a scratch
copy of the state, in a folder of the worker's: there each pending create is written down as if it had succeeded, and
Pulumi's own `refresh` asks the provider. What it found, if it is ours, goes into the real state in one `stack import`.
Killed at any moment, the real state either still says `pending`, or is settled.

Refuses to adopt what is not ours, and what it cannot name.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from helium.adapters.engine.names import Found, fixed_id, is_ours
from helium.adapters.engine.states import State, parse
from helium.adapters.engine.wire import Job, Reply
from helium.core.digest import Json
from helium.core.stack import StackId
from helium.errors import EngineError

Run = Callable[[Job], Reply]
QUIETLY = ("--yes", "--skip-preview", "--color", "never", "--suppress-progress")
KEPT_BY_PULUMI = ("forceDestroy",)
"""Inputs that no cloud keeps, so none gives them back: an adopted resource would lose them."""


def settle(stack: StackId, state: State, *, scratch: Path, secrets: str, run: Run) -> None:
    """Leaves nothing pending; `EngineError` when something cannot be looked for, or is somebody else's."""
    creating = [each["resource"] for each in state.pending if each["type"] == "creating"]
    if creating:
        suspects = [_suspect(stack, each) for each in creating if _has_an_id(each)]
        found = _look(stack, state, suspects=suspects, scratch=scratch, secrets=secrets, run=run)
        _refuse_strangers(stack, state, suspects=suspects, found=found)
        _adopt(stack, state, found=[_whole(each, suspects) for each in found.values()], run=run)
    others = [each["resource"]["urn"] for each in state.pending if each["type"] != "creating"]
    if others:
        targets = [part for urn in others for part in ("--target", urn)]
        run(Job(stack, ("refresh", *QUIETLY, *targets, "--stack", str(stack))))


def _has_an_id(resource: Mapping[str, Json]) -> bool:
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:")


def _suspect(stack: StackId, resource: Mapping[str, Json]) -> dict[str, Json]:
    """The pending resource as a good create would have left it, for a refresh to ask about."""
    id = fixed_id(resource["type"], resource.get("inputs") or {})
    if id is None:
        raise EngineError(
            str(stack),
            f"a killed run left {resource['urn'].rpartition('::')[2]} ({resource['type']}) pending, and its id is not"
            " known from its name; look for it, then settle it with pulumi refresh",
        )
    return {**resource, "id": id, "outputs": {}}


def _look(
    stack: StackId, state: State, *, suspects: list[dict[str, Json]], scratch: Path, secrets: str, run: Run
) -> dict[str, Mapping[str, Json]]:
    """Those of the suspects that are in the cloud, as it has them, by URN."""
    if not suspects:
        return {}
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = Job(stack, environment={"PULUMI_BACKEND_URL": f"file://{scratch}"})
    where = ("--stack", str(stack))
    targets = [part for each in suspects for part in ("--target", each["urn"])]
    init = ("stack", "init", str(stack), "--no-select", "--secrets-provider", secrets)
    try:
        run(replace(aside, args=init))
        run(replace(aside, args=("stack", "import", *where), data=_with(state, suspects)))
        run(replace(aside, args=("refresh", *QUIETLY, *targets, *where)))
        text = run(replace(aside, args=("stack", "export", "--show-secrets", *where))).stdout
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    urns = {each["urn"] for each in suspects}
    return {each["urn"]: each for each in parse(str(stack), text).resources if each["urn"] in urns}


def _refuse_strangers(
    stack: StackId, state: State, *, suspects: list[dict[str, Json]], found: Mapping[str, Mapping[str, Json]]
) -> None:
    """A resource with no labels of its own is ours when what it lives in is."""
    homes = {each["id"] for each in state.resources if each.get("id")}
    homes |= {each["id"] for each in suspects if each["urn"] in found}
    for suspect in suspects:
        there = found.get(suspect["urn"])
        if there is None:
            continue
        pair = Found(asked=suspect.get("inputs") or {}, there=there.get("outputs") or {})
        if not is_ours(stack, pair, homes=homes - {suspect["id"]}):
            name = f"{suspect['type'].rpartition(':')[2]} {suspect['id']}"
            raise EngineError(
                str(stack), f"{name} is there already, and it is not this workspace's: choose another name"
            )


def _whole(found: Mapping[str, Json], suspects: list[dict[str, Json]]) -> dict[str, Json]:
    """What the cloud has, with the inputs that it was asked for and what no cloud keeps."""
    asked = next(each for each in suspects if each["urn"] == found["urn"]).get("inputs") or {}
    kept = {key: asked[key] for key in KEPT_BY_PULUMI if key in asked}
    inputs, outputs = found.get("inputs") or {}, found.get("outputs") or {}
    return {**found, "inputs": {**inputs, **kept}, "outputs": {**outputs, **kept}}


def _adopt(stack: StackId, state: State, *, found: list[dict[str, Json]], run: Run) -> None:
    """One write: the found ones are resources, and no create is pending."""
    run(Job(stack, ("stack", "import", "--stack", str(stack)), data=_with(state, found)))


def _with(state: State, resources: list[dict[str, Json]]) -> str:
    """The state's document with these resources at its end and without its pending creates."""
    document: dict[str, Any] = copy.deepcopy(dict(state.document))
    deployment = document["deployment"]
    deployment["resources"] = [*(deployment.get("resources") or []), *resources]
    deployment["pending_operations"] = [
        each for each in deployment.get("pending_operations") or [] if each["type"] != "creating"
    ]
    return json.dumps(document)
