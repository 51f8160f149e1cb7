"""Remotes over ssh: a real server of it on this machine where there is one, else git's own ssh transport over a pipe.

Both stand behind a program called `ssh` on the PATH, so that Helium's own way of calling it is what is tested.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.adapters.git_repos import ENVIRON
from tools.system import PACKAGES

_SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 200
"""
_CLIENT = """
Host *
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  GlobalKnownHostsFile /dev/null
"""
_REAL = '#!/bin/sh\nexec {ssh} -F {folder}/client "$@"\n'
_PIPE = """#!/bin/sh
# As a server does with what a client asks for: its words are a command line, in an environment of its own.
while :; do case "$1" in -o|-p) shift 2;; -*) shift;; *) break;; esac; done
shift
exec env -i PATH="$PATH" sh -c "$*"
"""


@dataclass(frozen=True, slots=True)
class Ssh:
    """How remotes are reached: `folder` holds the keys and the `ssh` that comes first on the PATH."""

    folder: Path
    host: str
    real: bool

    @property
    def environ(self) -> Mapping[str, str]:
        """What a process needs to get there."""
        return {**ENVIRON, "PATH": f"{self.folder / 'bin'}:{ENVIRON['PATH']}"}

    def url(self, repository: Path) -> str:
        """A repository of this machine's, by its address."""
        return f"ssh://{self.host}{repository}"


@contextmanager
def reached(folder: Path) -> Iterator[Ssh]:
    """By a server that ends with the block, or by a pipe where there is no such program."""
    (folder / "bin").mkdir()
    server = PACKAGES["sshd"].locate(os.environ)
    if server is None:
        _program(folder, _PIPE)
        yield Ssh(folder, "helium@localhost", real=False)
        return
    with _serving(server, folder) as port:
        yield Ssh(folder, f"127.0.0.1:{port}", real=True)


def _program(folder: Path, text: str) -> None:
    (folder / "bin" / "ssh").write_text(text)
    (folder / "bin" / "ssh").chmod(0o755)


@contextmanager
def _serving(server: Path, folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    for name in ("host", "key"):
        subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name), check=True)
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "server").write_text(_SERVER.format(folder=folder, port=port))
    (folder / "client").write_text(_CLIENT.format(folder=folder))
    _program(folder, _REAL.format(ssh="/usr/bin/ssh", folder=folder))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen((server, "-D", "-e", "-f", folder / "server"), stderr=log)
        try:
            _wait(port, process, log=folder / "log")
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], *, log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"sshd does not listen: {log.read_text()}")
