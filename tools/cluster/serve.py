"""`python3 -m tools cluster`: a cluster until Ctrl-C, SIGTERM, or the end of the process that `--parent` names.

It prints the path of the kubeconfig on stdout when all is up, and nothing else there: a program can wait for it.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from tools.cluster import running
from tools.progress import say

_LOOK_EVERY = 0.5

_USE = """\
A Kubernetes API for tests is up, after {seconds:.1f} s. Its pods only say that they run.

  kubectl:          export KUBECONFIG={kubeconfig}
  Helium's tests:   export HELIUM_TEST_KUBECONFIG={kubeconfig}
  a fleet:          clusters: {{NAME: {{kubeconfig: {kubeconfig}}}}}, and sandbox: [gcp]

Ctrl-C ends it, and removes all of it."""


def serve(options: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a cluster. `SetupError` if one of its parts ends by itself."""
    parser = argparse.ArgumentParser(prog="python3 -m tools cluster", description="run a Kubernetes API for tests")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process does, too")
    if (parent := parser.parse_args(options).parent) is not None:
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    began = time.monotonic()
    with running(environ) as cluster, suppress(KeyboardInterrupt):
        say(_USE.format(kubeconfig=cluster.kubeconfig, seconds=time.monotonic() - began))
        print(cluster.kubeconfig, flush=True)
        while True:
            cluster.check()
            time.sleep(_LOOK_EVERY)
    say("the cluster for tests has ended")
    return 0


def _end_with(pid: int) -> None:
    """End in good order, also in the middle of the start, when that process ends. It may be another's child."""
    try:
        # It also sees the end of a process that nobody has waited for yet.
        select.select([os.pidfd_open(pid)], [], [])
    except (AttributeError, OSError):
        # It is gone already, or this system has no such thing.
        while _is_there(pid):
            time.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
