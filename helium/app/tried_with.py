"""What a backend's `check.json` says: with which settings and specs it is tried."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from helium.adapters.backends.manifest import CHECK
from helium.adapters.charts import small
from helium.core.digest import Json
from helium.errors import UsageError

_SETTINGS = "settings"


def tried_with(folder: Path) -> Mapping[str, Json]:
    """The file in this folder, with the digests of the charts that Helium brings; nothing where there is no such file.

    `UsageError` where it cannot be read.
    """
    path = folder / CHECK
    try:
        document = json.loads(small.pinned(path.read_text()))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path} is not an object; it has the keys settings, spec and edit")
    return document


def settings_in(said: Mapping[str, Json]) -> Mapping[str, Json]:
    """Its settings in `helium.yaml` while it is tried."""
    settings = said.get(_SETTINGS)
    return settings if isinstance(settings, dict) else {}
