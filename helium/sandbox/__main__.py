"""`python -m helium.sandbox --folder DIR`: run the sandbox until its parent, or its standard input, ends.

Prints one line of JSON when it listens, and nothing else. It never outlives who started it. With `--list` it tells
what the folder holds instead.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread

from helium.errors import HeliumError
from helium.sandbox.fault_injection import FaultInjector
from helium.sandbox.provider import Provider, serve
from helium.sandbox.store import Store
from helium.sandbox.testing import resources

_LOOK_EVERY = 0.5


def main() -> int:
    """Run the command; 0 when all went well, else an error's exit code."""
    arguments = _arguments()
    try:
        return _show(arguments.folder) if arguments.list else _run(arguments)
    except HeliumError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _show(folder: Path) -> int:
    """One line for each resource: its type, its id, and where it is."""
    for each in resources(folder):
        sys.stdout.write(f"{each.token}  {each.id}  {each.identity.where}\n")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    store = Store.open(arguments.folder)
    lines = tuple(os.environ.get("HELIUM_SANDBOX_FAULTS", "").replace(";", "\n").splitlines())
    server, port = serve(Provider(store, FaultInjector(store, lines)), arguments.port)
    sys.stdout.write(json.dumps({"sandbox": str(store.folder), "port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    if arguments.parent is None:
        Thread(target=_until_input_ends, args=(ended,), daemon=True).start()
    while not ended.wait(_LOOK_EVERY):
        if arguments.parent is not None and os.getppid() != arguments.parent:
            break
    server.stop(grace=1).wait()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m helium.sandbox", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the pretend cloud is kept")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--list", action="store_true", help="print what is there, and end")
    parser.add_argument("--parent", type=int, help="end when this process does, instead of when the input ends")
    return parser.parse_args()


def _until_input_ends(ended: Event) -> None:
    while os.read(0, 4096):
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
