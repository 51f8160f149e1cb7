"""`schema/workspace.schema.json`: the specs of the built-in backends, for editors and for the form of the page."""

from __future__ import annotations

import json

from helium.adapters.backends import find
from helium.adapters.backends.manifest import SPEC_SCHEMA
from helium.adapters.specs import schemas


def page() -> str:
    """The file as it has to be."""
    folders = find.built_in().values()
    owns = [json.loads((folder / SPEC_SCHEMA).read_bytes()) for folder in folders if (folder / SPEC_SCHEMA).is_file()]
    whole = schemas.for_editors(schemas.schema(schemas.COMMON), owns)
    return schemas.file_of(whole)
