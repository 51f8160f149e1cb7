"""`Connections` of an answer: what an instance shows, beside the five strings that every backend has."""

from __future__ import annotations

from helium.api.index import IndexRow
from helium.api.responses import ConnectionEntry, workspace_response
from helium.core.fleet import Fleet
from tests.builders import NOW, record, spec, stack_id

CONNECT = [
    {"label": "Open", "url": "https://${workspace.host}/${fields.path}"},
    {"label": "IP", "text": "${outputs.ip}"},
]
SHOP = {
    "backend": "helm",
    "host": "${workspace.name}.example.com",
    "connect": CONNECT,
    "fields": {"path": {"type": "string"}},
}


def row(**settings: object) -> IndexRow:
    """A workspace of the instance `shop`, which is up."""
    fleet = Fleet("acme", backends={"shop": {**SHOP, **settings}})
    file = spec(backend="shop", fields={"backend": "shop", "path": "start"})
    known = record(
        backend="shop",
        stack=str(stack_id("a", "shop")),
        placement={"cluster": "ci", "backend": "helm", "host": "${workspace.name}.example.com"},
        outputs={"ip": "192.0.2.7"},
    )
    return IndexRow("a", file, known, None, fleet)


def test_an_instance_says_how_to_reach_its_workspaces() -> None:
    """Its own list, and the strings that it has not are empty."""
    answer = workspace_response(row(), now=NOW)

    assert (
        ConnectionEntry("Open", "url", "https://a.example.com/start"),
        ConnectionEntry("IP", "text", "192.0.2.7"),
        ConnectionEntry("Namespace", "text", "a"),
    ) == answer.Connections
    assert ("", "a", "", "", "") == (
        answer.ConnectionInfo.K8s,
        answer.ConnectionInfo.K8sNamespace,
        answer.ConnectionInfo.ConsoleURL,
        answer.ConnectionInfo.NotebooksURL,
        answer.ConnectionInfo.Pachctl,
    )


def test_a_label_is_that_of_today() -> None:
    """Nothing has to be rolled for it."""
    answer = workspace_response(row(connect=[{"label": "Go", "text": "x"}]), now=NOW)

    assert "Go" == answer.Connections[0].Label


def test_every_other_workspace_lists_its_strings() -> None:
    """The page and the command line show the same of all."""
    answer = workspace_response(IndexRow("a", spec(), record()), now=NOW)

    assert ["Console", "Notebooks", "pachctl", "Cluster", "Namespace"] == [each.Label for each in answer.Connections]
