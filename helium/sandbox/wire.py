"""Between Pulumi's messages and plain properties. Knows the protocol's shapes and no rule of any cloud."""

from __future__ import annotations

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as protocol

from helium.sandbox.diffs import Difference
from helium.sandbox.model import Properties


def properties(struct: Struct) -> Properties:
    """A message's properties."""
    return MessageToDict(struct)


def struct(values: Properties) -> Struct:
    """Properties as a message."""
    return ParseDict(values, Struct())


def diff_response(difference: Difference) -> protocol.DiffResponse:
    """A difference as the engine wants to hear it."""
    kind = protocol.PropertyDiff
    shapes = (
        (difference.added, kind.ADD, kind.ADD_REPLACE),
        (difference.removed, kind.DELETE, kind.DELETE_REPLACE),
        (difference.changed, kind.UPDATE, kind.UPDATE_REPLACE),
    )
    replaces = set(difference.replaces)
    details = {
        path: kind(kind=hard if path in replaces else soft, inputDiff=True)
        for paths, soft, hard in shapes
        for path in paths
    }
    some = protocol.DiffResponse.DIFF_SOME if difference.paths else protocol.DiffResponse.DIFF_NONE
    return protocol.DiffResponse(
        changes=some,
        diffs=sorted({_top(path) for path in difference.paths}),
        replaces=list(difference.replaces),
        deleteBeforeReplace=difference.delete_first,
        detailedDiff=details,
        hasDetailedDiff=True,
    )


def invoke_response(result: Properties) -> protocol.InvokeResponse:
    """A data source's answer; its field's name is a keyword, and can only be reached this way."""
    response = protocol.InvokeResponse()
    getattr(response, "return").CopyFrom(struct(result))
    return response


def _top(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]
