"""Labels that say whose a resource is: fleet, workspace and incarnation, on everything that takes labels.

The engine puts them there, so that the resources of any backend can be told apart. When an answer was lost, a resource
that is found in the cloud is only taken over if all three are right: the bucket of an earlier workspace of that name
holds somebody else's data. What takes no labels is decided by what it lives in.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pulumi

from helium.adapters.engine.resource_ids import FLEET, INCARNATION, WITHOUT_OBJECT, WORKSPACE
from helium.core.workspace import Workspace

_OF_OTHERS = ("List", "Patch")
"""How types end that hold no object of their own: lists, and patches of what somebody else made."""


def labels_of(workspace: Workspace) -> dict[str, str]:
    """The labels of one incarnation. Its time is in seconds of the epoch, since a label takes no colons."""
    return {
        FLEET: workspace.fleet,
        WORKSPACE: workspace.name,
        INCARNATION: str(int(workspace.added_at.timestamp())),
    }


def labelling(workspace: Workspace) -> pulumi.ResourceTransformation:
    """A transformation for the component that everything of the workspace lives in."""
    ours = labels_of(workspace)

    def label(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        place = _place_of(args.type_)
        inputs = args.props if isinstance(args.props, dict) else vars(args.props)
        if place is None or place not in inputs:
            return None
        add = _with_labels if place == "labels" else _with_metadata
        inputs[place] = add(inputs[place], ours)
        return pulumi.ResourceTransformationResult(args.props, args.opts)

    return label


def _place_of(kind: str) -> str | None:
    """The input of a type that may hold labels."""
    if kind.startswith("gcp:"):
        return "labels"
    if kind.startswith("kubernetes:") and not kind.startswith(WITHOUT_OBJECT) and not kind.endswith(_OF_OTHERS):
        return "metadata"
    return None


def _with_metadata(metadata: Any, ours: Mapping[str, str]) -> Any:
    if metadata is None or isinstance(metadata, Mapping):
        given = metadata or {}
        return {**given, "labels": _with_labels(given.get("labels"), ours)}
    if isinstance(metadata, pulumi.Output):
        return metadata.apply(lambda known: _with_metadata(known, ours))
    typed = copy.copy(metadata)
    typed.labels = _with_labels(typed.labels, ours)
    return typed


def _with_labels(labels: Any, ours: Mapping[str, str]) -> Any:
    if labels is None or isinstance(labels, Mapping):
        return {**(labels or {}), **ours}
    return pulumi.Output.from_input(labels).apply(lambda known: {**(known or {}), **ours})
