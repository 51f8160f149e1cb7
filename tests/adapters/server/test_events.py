"""Following one workspace by events: what is read of a stream, and how it goes on after one."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from helium.adapters.server.events import ReadEvent, events_of
from helium.core.server_errors import NotSignedInError
from helium.ports.fleet_access import FleetWatch
from tests.adapters.server.test_transport import JSON, Misbehaving, Reply, misbehaving, problem
from tests.builders import NOW
from tests.serving.processes import until

STREAM = "text/event-stream"
STRINGS = dict.fromkeys(("K8s", "K8sNamespace", "ConsoleURL", "NotebooksURL", "Pachctl"), "")


def whole(status: str) -> dict[str, object]:
    """A workspace, as a read answers it."""
    return {"Workspace": {"ID": "demo", "Status": status}, "ConnectionInfo": STRINGS}


def told(kind: str, data: object, *, id: str = "") -> str:
    """An event on the wire."""
    return f"id: {id}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"


def watching(there: Misbehaving) -> FleetWatch:
    """Somebody who watches it."""
    return there.access().watch("demo", now=NOW)


def sees(watched: FleetWatch, word: str) -> Callable[[], bool]:
    """Whether it has this status by now."""

    def look() -> bool:
        watched.look_again()
        return (watched.names.get("demo") and watched.names["demo"].word) == word

    return look


def test_a_stream_is_read_event_by_event() -> None:
    """Comments are none, and what is cut off in the middle is none either."""
    text = "retry: 3000\n\n: still here\n\nid: 1\nevent: workspace\ndata: {}\n\nid: 2\nevent: gone\ndata: {"

    assert [ReadEvent("workspace", "{}", "1")] == list(events_of(iter(text.split("\n"))))


def test_a_stream_that_ends_is_begun_again_from_the_last_event() -> None:
    """So nothing is told twice, and nothing is missed."""
    first = told("workspace", whole("creating"), id="e1") + told("end", {"Reason": "It lasts a quarter of an hour."})
    second = told("workspace", whole("ready"), id="e2")
    with misbehaving((200, JSON, whole("requested")), (200, STREAM, first), (200, STREAM, second)) as there:
        watched = watching(there)
        until(sees(watched, "ready"))
        watched.close()
        asked = [(path, headers.get("last-event-id")) for _, path, headers in there.heard[:3]]

    assert asked[1:] == [("/v1/api/workspace/demo/events", None), ("/v1/api/workspace/demo/events", "e1")]


@pytest.mark.parametrize("reply", [problem(429, "Your token has 20 streams open."), problem(503, "No room."), None])
def test_without_a_stream_it_is_looked_at(reply: Reply | None) -> None:
    """Every second or so: too many streams, or a connection that breaks."""
    looks: list[Reply | None] = [(200, JSON, whole("requested")), reply, (200, JSON, whole("ready"))]
    with misbehaving(*looks, (200, STREAM, "")) as there:
        watched = watching(there)
        until(sees(watched, "ready"))
        watched.close()


def test_what_is_gone_is_gone() -> None:
    """By its event."""
    with misbehaving((200, JSON, whole("deleting")), (200, STREAM, told("gone", {"ID": "demo"}))) as there:
        watched = watching(there)
        until(sees(watched, "gone"))


def test_a_token_that_ends_meanwhile_ends_the_watch() -> None:
    """With what to do."""
    with misbehaving((200, JSON, whole("requested")), problem(401, "This token has ended.")) as there:
        watched = watching(there)
        with pytest.raises(NotSignedInError, match="helium login"):
            until(sees(watched, "ready"))
        watched.close()


def test_a_server_that_is_away_is_said_and_waited_for() -> None:
    """The last look holds until it is back."""
    with misbehaving((200, JSON, whole("creating")), (502, "text/html", "Bad gateway")) as there:
        watched = watching(there)
        until(lambda: bool(watched.look_again() or watched.trouble))
        assert "may be down" in watched.trouble
        assert "creating" == watched.names["demo"].word
        there.replies = [(200, STREAM, told("workspace", whole("ready")))]
        until(sees(watched, "ready"))
        watched.close()

    assert "" == watched.trouble


def test_all_are_listed_page_by_page() -> None:
    """With what a pass is at."""
    progress = {"a": {"Kind": "create", "Since": "2026-11-24T12:00:00Z", "Done": 1, "Of": 3}}
    one = {"IDs": ["a"], "Workspaces": [{"ID": "a", "Status": "creating"}], "Next": "more", "Progress": progress}
    two = {"IDs": ["b"], "Workspaces": [{"ID": "b", "Status": "ready"}], "Next": ""}
    with misbehaving((200, JSON, one), (200, JSON, two)) as there:
        names = there.access().watch(None, now=NOW).names

    assert [("a", "creating", True), ("b", "ready", False)] == [
        (name, each.word, each.live is not None) for name, each in names.items()
    ]
    assert "cursor=more" in there.heard[1][1]
