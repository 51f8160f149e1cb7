"""How to reach a workspace, as a list: what an instance shows, what is not known, and what no shell may get."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from helium.core.connection import Connection
from helium.core.connections import ConnectionText, ReachableWorkspace, connections, reachable, ways_in
from helium.core.summary import summary
from tests.builders import FLEET, record, spec

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DEMO = ReachableWorkspace(
    "demo",
    "acme",
    "shop",
    "ada@example.com",
    NOW,
    NOW,
    placement={"host": "${workspace.name}.shop.example.com"},
    outputs={"address": "192.0.2.7", "password": "cache-login", "late": ""},
    said={"message": "Good morning"},
)
FIELDS = {"message": {"type": "string", "default": "Hello"}, "path": {"type": "string", "default": "a b/c?d"}}
STRINGS = Connection(namespace="demo")


def shown(connect: Any, one: ReachableWorkspace = DEMO, **entry: Any) -> str:
    """The one text of an instance with this entry."""
    settings = {"connect": [{"label": "It", **connect}], "fields": FIELDS, **entry}
    return connections(one, settings, strings=STRINGS, has_notebooks=True)[0].text


@pytest.mark.parametrize(
    ("connect", "text"),
    [
        ({"url": "https://${workspace.host}/${fields.message}"}, "https://demo.shop.example.com/Good%20morning"),
        ({"url": "http://${outputs.address}:80/?${fields.path}"}, "http://192.0.2.7:80/?a%20b/c%3Fd"),
        ({"text": "kubectl -n ${workspace.namespace} get ${outputs.password}"}, "kubectl -n demo get cache-login"),
        ({"text": "until ${workspace.deadline}"}, "until 2026-11-24T00:00:00Z"),
        ({"text": "echo $${HOME} ${HOME}"}, "echo ${HOME} ${HOME}"),
        ({"url": "http://${outputs.late}"}, ""),
        ({"url": "http://${outputs.none}"}, ""),
        ({"text": "${workspace.description}"}, ""),
        ({}, ""),
    ],
)
def test_what_is_filled(connect: dict[str, str], text: str) -> None:
    """By placement, outputs, spec and defaults; empty while a part of it is not known."""
    assert text == shown(connect)


@pytest.mark.parametrize("said", ["$(rm -rf ~)", "`id`", "a; b", "a\nb", "'", '"', "a | b", "${IFS}", "a && b", "<x>"])
def test_no_shell_gets_what_a_spec_says(said: str) -> None:
    """A text is empty rather than half; in a URL, all of it is encoded."""
    one = replace(DEMO, said={"message": said})

    assert "" == shown({"text": "echo ${fields.message}"}, one)
    url = shown({"url": "https://x/${fields.message}"}, one)
    assert not set("$`;'\"|&<> \n") & set(url)


@pytest.mark.parametrize("url", ["javascript:${fields.message}", "${fields.message}", "https://a b"])
def test_a_link_leads_into_the_web(url: str) -> None:
    """Nothing else is a link, whatever the settings say."""
    assert "" == shown({"url": url})


def test_what_a_file_with_errors_says_is_not_known() -> None:
    """Nor when it was added, and by whom; what does not rest on it is shown all the same."""
    one = replace(DEMO, said=None, added_at=None, deadline=None, owner="")

    assert "" == shown({"text": "${fields.message}"}, one)
    assert "" == shown({"url": "https://${workspace.host}"}, one)
    assert "" == shown({"text": "${workspace.owner} ${workspace.deadline}"}, one)
    assert "demo" == shown({"text": "${workspace.name}"}, one)


def test_before_it_is_created_the_host_is_what_the_settings_say() -> None:
    """And afterwards it is what it was created with."""
    new = replace(DEMO, placement={})

    assert "https://demo.new.example.com" == shown(
        {"url": "https://${workspace.host}"}, new, host="${workspace.name}.new.example.com"
    )
    assert "https://demo.shop.example.com" == shown({"url": "https://${workspace.host}"}, host="x.example.com")


def test_every_other_workspace_shows_its_strings() -> None:
    """With their labels; notebooks only where there are some."""
    strings = Connection("gcloud …", "demo", "https://demo.example.com", "", "echo")
    listed = connections(DEMO, {}, strings=strings, has_notebooks=False)

    assert ["Console", "pachctl", "Cluster", "Namespace"] == [each.label for each in listed]
    assert ConnectionText("Console", "url", "https://demo.example.com") == listed[0]
    assert 5 == len(connections(DEMO, {}, strings=strings, has_notebooks=True))


def test_an_instance_shows_its_own_and_the_namespace() -> None:
    """What it lists, in that order; entries that are no mapping are the schema's to tell."""
    entry = {"connect": [{"label": "A", "url": "https://a"}, 5, {"label": "B", "text": "b"}]}
    listed = connections(DEMO, entry, strings=STRINGS, has_notebooks=True)

    assert [("A", "url"), ("B", "text"), ("Namespace", "text")] == [(each.label, each.kind) for each in listed]


def test_what_is_known_of_a_workspace() -> None:
    """Its row, and what record and file add; without them less."""
    row = summary("a", spec(), record=record(), addition=None, fleet=FLEET, now=NOW)
    known = record(outputs={"ip": "192.0.2.7"})
    one = reachable(row, fleet=FLEET, record=known, said={"x": 1})

    assert ("a", "acme", {"cluster": "ci"}, {"ip": "192.0.2.7"}) == (one.name, one.fleet, one.placement, one.outputs)
    assert {} == reachable(row, fleet=FLEET, record=None, said=None).placement


@pytest.mark.parametrize(
    ("said", "outputs", "notebooks"),
    [
        ({}, {}, True),
        (None, {}, True),
        ({"disableNotebooks": True}, {}, False),
        ({}, {"notebooksUrl": ""}, False),
        ({"disableNotebooks": True}, {"notebooksUrl": "https://jh-a.example.com"}, True),
    ],
)
def test_the_strings_and_the_list_agree_on_notebooks(said: Any, outputs: dict[str, str], notebooks: bool) -> None:
    """Outputs decide, before them the file; a workspace without notebooks has no address of some in either."""
    row = summary("a", spec(), record=record(), addition=None, fleet=FLEET, now=NOW)
    placement = {"domain": "example.com"}
    ways = ways_in(
        row, fleet=FLEET, record=record(outputs=outputs) if outputs else None, said=said, placement=placement
    )

    assert notebooks == bool(ways.strings.notebooks)
    assert notebooks == ("Notebooks" in [each.label for each in ways.listed])
    assert ways.strings.console == ways.listed[0].text != ""
