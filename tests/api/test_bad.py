"""Whatever is sent, the answer is a problem with a sentence: no 5xx, no trace, and the next caller is served."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.api.serving import ADMIN, World, client, served, visitor

PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b"
ROOT = Path(__file__).resolve().parents[2]
ONE_REQUEST = """
import threading

from tests.api.serving import World, client, served

with served(World().deps) as address, client(address) as caller:
    status = caller.get("/workspaces").status_code
print(status, [each.name for each in threading.enumerate()])
"""


@pytest.fixture(scope="module")
def world() -> World:
    """A fleet without a workspace, for all of these tests."""
    return World()


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """Where its API is."""
    with served(world.deps) as address:
        yield address


def checked(answer: httpx.Response) -> int:
    """The status of an answer that is a problem, with a sentence and an id, and no trace."""
    problem = answer.json()
    assert PROBLEM == answer.headers["Content-Type"]
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    assert 32 == len(answer.headers["X-Request-Id"])
    assert "Traceback" not in answer.text
    return answer.status_code


@pytest.mark.parametrize(
    ("path", "missing"),
    [("/workspace/x/owner", "to"), ("/workspace/x/orders?seen=a", "kind"), ("/workspace/x/orders?kind=a", "seen")],
)
def test_what_is_missing_is_named(address: str, path: str, missing: str) -> None:
    """With the place that it belongs to."""
    answer = client(address).post(path)

    assert 422 == checked(answer)
    assert (f"{missing} is missing; send it in the query", missing) == (answer.json()["detail"], answer.json()["field"])


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (JSON, b"{", 422),
        (JSON, b"[]", 422),
        (JSON, b"null", 422),
        (JSON, b'"text"', 422),
        (JSON, b'{"a": 1, "a": 2}', 422),
        (JSON, b'{"name": "a", "Name": "b"}', 422),
        (JSON, b'{"name": NaN}', 422),
        (JSON, b'{"values": {"a": Infinity}}', 422),
        (JSON, b'{"values": {"a": 1e999}}', 422),
        (JSON, b'{"values": {"a": ' + b"9" * 5000 + b"}}", 422),
        (JSON, b'{"name": "\\ud800"}', 422),
        (JSON, b'{"description": "\\u0000"}', 422),
        (JSON, b'{"\\u0000": "x"}', 422),
        (JSON, b"\xff\xfe{}", 422),
        (JSON, b"\x00", 422),
        (JSON, b'{"values": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 422),
        (JSON, b'{"values": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, 422),
        (JSON, b'{"values": ' + b'{"a":' * 40 + b"1" + b"}" * 41, 422),
        (JSON, b'{"values": []}', 422),
        (JSON, b'{"name": ["a"]}', 422),
        (JSON, b'{"name": {"a": 1}}', 422),
        (JSON, b'{"expiry": {"a": 1}}', 422),
        (JSON, b'{"labels": "x"}', 422),
        (JSON, b'{"disableNotebooks": "perhaps"}', 422),
        (JSON, b'{"disableNotebooks": 3}', 422),
        (JSON, b'{"valuesYaml": 3}', 422),
        (JSON, b'{"valuesYaml": "a: 1", "values": {}}', 422),
        (JSON, b'{"notebooksValuesYaml": "a: 1", "notebooks": {"values": {}}}', 422),
        (JSON, b'{"notebooksValuesYaml": "- a"}', 422),
        (JSON, b'{"notebooks": {"a": 1}}', 422),
        (JSON, b'{"notebooks": {"values": {"hub": {"config": {"a": 1}}}}}', 422),
        (JSON, b'{"valuesYaml": "a: [" }', 422),
        (JSON, b'{"valuesYaml": "- a"}', 422),
        (JSON, b'{"valuesYaml": "a: &x [*x]"}', 422),
        (JSON, json.dumps({"valuesYaml": "a: |\n" + "  x\n" * 20_000}).encode(), 422),
        (JSON, json.dumps({"values": {"password": "hunter2"}}).encode(), 422),
        (JSON, b'{"name": "' + b"x" * 200_000 + b'"}', 413),
        (FORM, b"a", 422),
        (FORM, b"name=%ff", 422),
        (FORM, b"name=a&name=b", 422),
        (FORM, b"&".join([b"a=b"] * 1000), 422),
        (FORM, b"\x00\x01", 422),
        (FORM, b"name=%00", 422),
        (MULTIPART, b"--b", 422),
        (MULTIPART, b"garbage", 422),
        (MULTIPART, b"--b\r\n\r\nx\r\n--b--\r\n", 422),
        (
            MULTIPART,
            b'--b\r\nContent-Disposition: form-data; name="valuesYaml"; filename="x"\r\n\r\n\xff\r\n--b--\r\n',
            422,
        ),
        (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nA\r\n--b--\r\n', 422),
        ("multipart/form-data", b"--b--", 422),
        ("multipart/form-data; boundary=" + "b" * 5000, b"--b--", 422),
        ("application/xml", b"<a/>", 415),
        ("application/msgpack", b"\x80", 415),
        ("image/png", b"\x89PNG", 415),
        ("text/plain", b"\x89PNG", 422),
    ],
)
def test_a_body_that_cannot_be_read(world: World, address: str, kind: str, body: bytes, *, status: int) -> None:
    """Refused with what is wrong with it; nothing is made."""
    head = world.repo.head()
    answer = client(address).post("/workspace", content=body, headers={"Content-Type": kind})

    assert status == checked(answer)
    assert head == world.repo.head()


@pytest.mark.parametrize(
    "id",
    [
        "..",
        ".",
        "a/b",
        "../../helium.yaml",
        "%2e%2e",
        "a%2fb",
        "ü",
        "a\x00b",
        "a\nb",
        "x" * 300,
        "x" * 8000,
        "'; id; '",
        "A",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_ids_that_are_no_names(address: str, id: str, method: str) -> None:
    """Nobody has such a name, and no path is made of it."""
    url = f"/workspace/{quote(id, safe='')}"
    answer = client(address).request(method, url, json={"expiry": "+1d"} if method == "PATCH" else None)

    assert checked(answer) in (404, 405, 422)


@pytest.mark.parametrize("name", ["..", "a/b", "../x", "ü", "a\x00b", "a\nb", "x" * 300, "A", "-a", "default", "jh-a"])
def test_names_that_may_not_be(world: World, address: str, name: str) -> None:
    """A new workspace has a good name or is none."""
    head = world.repo.head()

    assert 422 == checked(client(address).post("/workspace", json={"name": name}))
    assert head == world.repo.head()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1", 404),
        ("GET", "/v1/api/nope", 404),
        ("PUT", "/v1/api/workspaces", 405),
        ("POST", "/v1/api/workspaces", 405),
        ("GET", "/v1/api/workspace", 405),
        ("POST", "/healthz", 405),
        ("BREW", "/healthz", 405),
    ],
)
def test_paths_and_methods_that_are_not_there(address: str, method: str, path: str, status: int) -> None:
    """404 and 405 are problems like all others."""
    answer = client(address).request(method, address + path)

    assert (status, status == 405) == (checked(answer), "Allow" in answer.headers)


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v1/api/workspace", "OPTIONS, POST"),
        ("/v1/api/workspaces", "GET, HEAD, OPTIONS"),
        ("/v1/api/workspace/demo", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/new", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_a_path_tells_all_its_methods(address: str, path: str, allow: str) -> None:
    """To everybody, since the description does so too."""
    answer = visitor(address).options(path)

    assert (204, allow, b"") == (answer.status_code, answer.headers["Allow"], answer.content)


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "If-Match", "X-Pach", "X-Forwarded-For", "X-Request-Id", "Content-Type"]
)
@pytest.mark.parametrize("value", [b"\xff\xfe", b"x" * 4000, b'"', b",,,", b"a\tb", "ü".encode()])
def test_header_tricks(address: str, name: str, value: bytes) -> None:
    """A header may say anything; an id of the caller's is not taken over."""
    headers = [(b"X-Pach", ADMIN.encode()), (name.encode(), value)]
    answer = visitor(address).post("/v1/api/workspace", headers=headers, content=b'{"name": "-"}')

    assert checked(answer) in (401, 404, 412, 415, 422, 429)


LONG_HEADERS = (("Idempotency-Key", 255), ("If-Match", 1000))


@pytest.mark.parametrize(("name", "longest"), LONG_HEADERS)
def test_a_header_that_is_too_long_says_how_long_it_may_be(address: str, name: str, *, longest: int) -> None:
    """In words, and with the header's own name."""
    answer = client(address).post("/workspace", headers={name: "k" * (longest + 1)}, json={"name": "-"})

    assert (422, name) == (answer.status_code, answer.json()["field"])
    assert f"{name} may have at most {longest} characters" == answer.json()["detail"]


@pytest.mark.parametrize("match", ["", '""', ",,", "W/"])
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_condition_that_is_empty_is_not_left_out(world: World, address: str, match: str, *, method: str) -> None:
    """A script whose variable is empty meant one, so nothing is written over and nothing is deleted."""
    head = world.repo.head()
    body: dict[str, Any] = {"json": {"expiry": "+1d"}} if method == "PATCH" else {}
    answer = client(address).request(method, "/workspace/some-name", headers={"If-Match": match}, **body)

    assert (422, "If-Match") == (answer.status_code, answer.json()["field"])
    assert head == world.repo.head()


NO_FILES = ("%00", "a%00.css", "a" * 5000, "helium.css/x", "%ff%fe", "..%2fapp.py", "")


@pytest.mark.parametrize("name", NO_FILES, ids=range(len(NO_FILES)))
def test_a_name_that_no_file_can_have_is_not_found(address: str, name: str) -> None:
    """Whatever the disk would say of it: anybody may ask, so it must not end as a failure with a trace."""
    assert 404 == visitor(address).get(f"/static/{name}").status_code


def raw(address: str, data: bytes, *, shut: bool = False) -> bytes:
    """What comes back for bytes as they are; with `shut`, we stop sending after them."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(data)
        if shut:
            wire.shutdown(socket.SHUT_WR)
        wire.settimeout(2)
        try:
            return b"".join(iter(lambda: wire.recv(65536), b""))
        except TimeoutError:
            return b""


HEAD = f"POST /v1/api/workspace HTTP/1.1\r\nHost: x\r\nX-Pach: {ADMIN}\r\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b'Content-Length: 100\r\n\r\n{"name": "half',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"nam',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x00\x01",
        HEAD[:20],
    ],
)
def test_half_a_request(world: World, address: str, data: bytes) -> None:
    """What was not sent to its end makes nothing, and the next caller is served."""
    head = world.repo.head()
    answer = raw(address, data, shut=True)

    assert b" 50" not in answer[:15]
    assert b"Traceback" not in answer
    assert (200, head) == (client(address).get("/workspaces").status_code, world.repo.head())


def test_a_slow_body_keeps_nobody_waiting(address: str) -> None:
    """While one caller dawdles, another is served."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")

        assert 200 == client(address).get("/workspaces").status_code


def test_chunks_count_too(address: str) -> None:
    """A body without a length is measured as it comes."""
    chunks = (b"x" * 65536 for _ in range(4))
    answer = client(address).post("/workspace", content=chunks, headers={"Content-Type": JSON})

    assert 413 == checked(answer)


def test_no_thread_is_left() -> None:
    """The threads of an application end with it. A process of its own has no other's."""
    done = subprocess.run([sys.executable, "-c", ONE_REQUEST], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "200 ['MainThread']\n") == (done.returncode, done.stdout), done.stderr
