"""Test charts, and the small ones that come with Helium, as a chart repository on loopback, as a real one is."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import yaml

CHARTS = Path(__file__).parent / "charts"
SMALL = Path(__file__).parents[1] / "charts"


class QuietFiles(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def package(chart: Path) -> bytes:
    """A chart's folder as the package that Helm makes of it; the same bytes each time."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(each for each in chart.rglob("*") if each.is_file()):
            entry = tarfile.TarInfo(f"{chart.name}/{path.relative_to(chart)}")
            entry.size = path.stat().st_size
            archive.addfile(entry, io.BytesIO(path.read_bytes()))
    return gzip.compress(packed.getvalue(), mtime=0)


@contextmanager
def served(folder: Path, *charts: Path) -> Iterator[str]:
    """The URL of a repository that has these charts, kept in a folder, while the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    entries: dict[str, list[dict[str, object]]] = {}
    for chart in charts:
        about, data = yaml.safe_load((chart / "Chart.yaml").read_text()), package(chart)
        name = f"{about['name']}-{about['version']}.tgz"
        (folder / name).write_bytes(data)
        about |= {"urls": [name], "digest": hashlib.sha256(data).hexdigest()}
        entries.setdefault(about["name"], []).append(about)
    (folder / "index.yaml").write_text(json.dumps({"apiVersion": "v1", "entries": entries}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(folder)))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
