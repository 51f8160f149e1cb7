"""The alerts and the board that `deploy/` has: every metric that they name is one that `/metrics` answers with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from helium.core.status import StatusWord
from tests.api.in_process import in_process
from tests.api.serving import client
from tests.pages.fleets import acme

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
BOARD = ROOT / "deploy/grafana/helium.json"
NAME = re.compile(r"\b(?:helium_\w+|up)\b")
STATUS = re.compile(r'helium_workspaces\{status="(\w+)"\}')
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def rules() -> list[dict[str, Any]]:
    """Every alert."""
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


def expressions() -> Iterator[str]:
    """Of all alerts and panels."""
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads(BOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


@pytest.fixture
def answered() -> dict[str, set[str]]:
    """The names of all samples that a server with a fleet answers with, and their labels."""
    figures = {"commits": 7, "pushes": 3, "races": 2, "refusals": 1, "losses": 0}
    with in_process(replace(acme().deps, figures=lambda: figures)) as address:
        client(address).get("/workspaces")
        text = client(address).get(f"{address}/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {name: {label for each in samples if each.name == name for label in each.labels} for name, *_ in samples}


def test_what_they_ask_for_is_what_is_answered(answered: dict[str, set[str]]) -> None:
    """A metric that is renamed takes its alerts along."""
    asked = {name for expression in expressions() for name in NAME.findall(expression)} - {"up"}

    assert asked
    assert set() == asked - set(answered)
    assert {"status"} == answered["helium_workspaces"]
    assert {"method", "route", "status"} == answered["helium_requests_total"]


def test_they_ask_for_words_that_a_workspace_can_have() -> None:
    """A status that nothing has would never ring."""
    words = {word for expression in expressions() for word in STATUS.findall(expression)}

    assert {"failed", "deleting"} <= words <= {word.value for word in StatusWord}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_each_alert_says_what_to_read(rule: dict[str, Any]) -> None:
    """Its page is there, and so is the heading that it names."""
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = {
        re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-")
        for each in HEADING.findall((ROOT / path).read_text())
    }

    assert not anchor or anchor in headings
    assert rule["annotations"]["summary"].endswith((".", "?"))
    assert rule["labels"]["severity"] in ("warning", "critical")
