"""`python3 -m tools cluster`: a cluster until Ctrl-C, SIGTERM, or the end of the process that `--parent` names.

It prints the path of the kubeconfig on stdout when all is up, and nothing else there: a program can wait for it.
"""

from __future__ import annotations

import argparse
import os
import select
import time
from collections.abc import Callable, Mapping, Sequence
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
    is_over = _end_of(parser.parse_args(options).parent)
    began = time.monotonic()
    with running(environ) as cluster, suppress(KeyboardInterrupt):
        say(_USE.format(kubeconfig=cluster.kubeconfig, seconds=time.monotonic() - began))
        print(cluster.kubeconfig, flush=True)
        while not is_over(_LOOK_EVERY):
            cluster.check()
    say("the cluster for tests has ended")
    return 0


def _end_of(pid: int | None) -> Callable[[float], bool]:
    """What waits so many seconds, or until that process ends, and says whether it has. It may be another's child."""
    if pid is None:
        return _never
    try:
        # It also sees the end of a process that nobody has waited for yet.
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return lambda _: True
    except (AttributeError, OSError):
        return lambda seconds: _never(seconds) or not _is_there(pid)
    return lambda seconds: bool(select.select([descriptor], [], [], seconds)[0])


def _never(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
