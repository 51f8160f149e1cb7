"""The rows of workspaces that people ask for by pull requests, and that have neither a file nor a record yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from helium.core.change_request import RequestInProgress, asked_for
from helium.core.observation import Observation
from helium.core.summary import Summary, asked_summary

Requests = Mapping[str, tuple[RequestInProgress, ...]]


def asked_rows(requests: Requests, observed: Observation, *, now: datetime) -> dict[str, Summary]:
    """A row for each workspace that has neither a file nor a record yet."""
    names = (name for name in requests if name not in observed.specs and name not in observed.records)
    found = {name: asked_for(requests[name], now=now) for name in names}
    return {name: asked_summary(each, defaults=observed.fleet.defaults) for name, each in found.items() if each}
