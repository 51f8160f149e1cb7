"""`HEAD` on every path that can be read: what load balancers and link checkers ask."""

from __future__ import annotations

import logging
import subprocess

import pytest

from tests.api.serving import ADMIN, World, visitor

VARY = {"date", "x-request-id", "age"}


@pytest.fixture
def address(socket_server: str, world: World) -> str:
    """Where the API of the fleet is, on a socket."""
    return socket_server


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/schema/openapi.json", 200),
        ("/sign-in", 200),
        ("/static/helium.css", 200),
        ("/", 303),
        ("/nope", 404),
        ("/v1/api/workspaces", 200),
        ("/v1/api/workspaces?detail=true", 200),
        ("/v1/api/workspace/demo", 200),
        ("/v1/api/workspace/demo/expired", 200),
        ("/v1/api/workspace/demo/history", 200),
        ("/v1/api/workspace/none", 404),
    ],
)
def test_head_is_get_without_its_body(world: World, address: str, path: str, status: int) -> None:
    """The same status and headers, and nothing more, also where the answer is a problem."""
    world.repo.land({"workspaces/demo.yaml": b"owner: ada@example.com\n"})
    caller = visitor(address, headers={"X-Pach": ADMIN})
    head, read = (caller.request(method, path) for method in ("HEAD", "GET"))
    # Figures and cookies are new with each answer.
    vary = VARY | {"set-cookie", "content-length"} if path in ("/metrics", "/sign-in") else VARY

    assert (status, status, b"") == (head.status_code, read.status_code, head.content)
    assert {key: value for key, value in read.headers.items() if key not in vary} == (
        {key: value for key, value in head.headers.items() if key not in vary}
    )


def test_options_are_in_the_log(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """Only what an open page asks every few seconds, and gets nothing new for, is left out."""
    with caplog.at_level(logging.INFO, logger="helium.api.access_log"):
        visitor(address).options("/v1/api/workspaces")

    assert ["OPTIONS /v1/api/workspaces: 204"] == [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("path", ["/v1/api/workspace", "/hooks/git", "/sign-out"])
def test_what_cannot_be_read_has_no_head(address: str, path: str) -> None:
    """A 405 names the methods that there are, and `HEAD` is none of them."""
    answer = visitor(address).head(path, headers={"X-Pach": ADMIN})

    assert (405, False) == (answer.status_code, "HEAD" in answer.headers["Allow"])


def test_a_405_names_head_beside_get(address: str) -> None:
    """As `OPTIONS` does."""
    assert "GET, HEAD, OPTIONS" == visitor(address).put("/healthz").headers["Allow"]


def test_head_wants_a_token_where_get_does(address: str) -> None:
    """Nobody learns by it what they may not read."""
    assert 401 == visitor(address).head("/v1/api/workspaces").status_code


def test_curl_shows_headers(address: str) -> None:
    """`curl -I` ends well, over a connection that is used again."""
    command = ["curl", "-sS", "--fail", "-I", f"{address}/healthz", f"{address}/readyz"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    assert (0, 2) == (done.returncode, done.stdout.count("HTTP/1.1 200 OK")), done.stderr


def test_it_is_counted_as_what_it_was(address: str) -> None:
    """In the metrics, `HEAD` is not `GET`."""
    caller = visitor(address, headers={"X-Pach": ADMIN})

    def counted() -> list[float]:
        line = 'helium_requests_total{method="HEAD",route="/healthz",status="200"} '
        lines = caller.get("/metrics").text.splitlines()
        return [float(each.removeprefix(line)) for each in lines if each.startswith(line)]

    caller.head("/healthz")
    before = counted()
    caller.head("/healthz")

    assert [before[0] + 1] == counted()


def test_the_description_is_as_it_was(address: str) -> None:
    """No call is described twice."""
    described = visitor(address).get("/schema/openapi.json").json()

    assert {"get", "post", "patch", "delete"} == {method for item in described["paths"].values() for method in item}
