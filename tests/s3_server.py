"""An S3 server on loopback (moto's own), which notes each request, for states in a bucket."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAKEYOFTESTS", "AWS_SECRET_ACCESS_KEY": "secret of tests"}


@dataclass
class S3Server:
    """`requests`: method, path and query, and the id of the key that signed it, as they came.

    `after`: called with method and path, between what a request does and its answer.
    """

    port: int
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    after: Callable[[str, str], None] | None = None

    def url(self, bucket: str, *more: str, path: str = "") -> str:
        """The state's URL as Pulumi's documentation writes it."""
        query = (f"endpoint=127.0.0.1:{self.port}", "disableSSL=true", "s3ForcePathStyle=true", *more)
        return f"s3://{bucket}{path}?{'&'.join((*query, 'region=eu-west-1'))}"

    def create(self, bucket: str) -> None:
        """A new bucket."""
        self._backend.create_bucket(bucket, "eu-west-1")

    def put(self, bucket: str, files: Mapping[str, bytes]) -> None:
        """Objects, past HTTP: ten thousand in a second."""
        for key, data in files.items():
            self._backend.put_object(bucket, key, data)

    def files(self, bucket: str) -> dict[str, bytes]:
        """Every object, past HTTP."""
        return {key.name: key.value for key in self._backend.head_bucket(bucket).keys.values()}

    def remove(self, bucket: str, key: str) -> None:
        """Take an object away, past HTTP."""
        self._backend.delete_object(bucket, key)

    @property
    def _backend(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the requests are noted."""


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """The server, as long as it is needed."""
    moto = DomainDispatcherApplication(create_backend_app)

    def noting(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        key = re.search(r"Credential=([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        where = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        server.requests.append((environ["REQUEST_METHOD"], where, key[1] if key else ""))
        answer: Iterable[bytes] = moto(environ, start)
        if server.after is not None:
            server.after(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        return answer

    http = make_server("127.0.0.1", 0, noting, threaded=True, request_handler=_Quiet)
    server = S3Server(http.server_port)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
