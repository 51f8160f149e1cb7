"""Chats and whatever else apprise knows, in a process of its own: it loads some two hundred plugins at its first use.

The process gets the channel's URL on its standard input, and of the environment only what the network needs. It is
killed when a message takes too long, and started again for the next.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from helium.ports.channels import MessageText, Outgoing, Receipt

WORKER = "helium.adapters.notify.apprise_worker"
_ROOT = str(Path(__file__).resolve().parents[3])
_GIVEN = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


@dataclass(slots=True)
class AppriseChannel:
    """The port `Channel`. `schemas`: what the URL may begin with, and the only plugins that are used."""

    url: str = field(repr=False)
    schemas: tuple[str, ...]
    render: Callable[[MessageText], str]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: tuple[str, ...] = (sys.executable, "-P", "-m", WORKER)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _said: Queue[bytes] = field(default_factory=Queue, init=False, repr=False)

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """One message, through the process that is there, or a new one."""
        schema = self.url.partition("://")[0].strip().lower()
        if schema not in self.schemas:
            allowed = ", ".join(self.schemas)
            return Receipt(False, f"its URL must begin with one of {allowed}, as schemas in helium.yaml says")
        try:
            self._started()
            # An owner's address may have any sign, so the title is rendered as a line.
            title = self.render(MessageText("", (one.text.title,))).strip()
            self._write({"title": title, "body": self.render(one.text)})
            answer = json.loads(self._said.get(timeout=seconds))
        except Empty:
            self.close()
            return Receipt(False, f"it did not answer within {seconds:.0f} seconds")
        except (OSError, ValueError):
            self.close()
            return Receipt(False, "its process ended; is Helium's extra `notify` installed here?")
        return Receipt(bool(answer.get("ok")), str(answer.get("why", ""))[:200])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _started(self) -> None:
        if self._process is not None:
            return
        self._said = Queue()
        self._process = process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**{name: self.environ[name] for name in _GIVEN if name in self.environ}, "PYTHONPATH": _ROOT},
        )
        said, out = self._said, process.stdout

        def listen() -> None:
            with suppress(OSError, ValueError):
                for line in out or ():
                    said.put(line)
            # Nothing more comes: whoever waits need not.
            said.put(b"")

        Thread(target=listen, name="apprise", daemon=True).start()
        self._write({"url": self.url, "schemas": list(self.schemas)})

    def _write(self, value: object) -> None:
        pipe = self._process.stdin if self._process else None
        if pipe is None:
            raise BrokenPipeError
        pipe.write(json.dumps(value).encode() + b"\n")
        pipe.flush()
