"""The cluster for tests that all processes of a run share, and what tests wait for in it.

Each test uses namespaces of its own, since the cluster can be a person's (HELIUM_TEST_KUBECONFIG) and others use it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.once import once, run_by
from tools.cluster.api import KubernetesApi
from tools.make import ROOT

_WITHIN = 120.0


def of_this_run(temporary: pytest.TempPathFactory) -> Path:
    """The kubeconfig of a person's cluster, else of one that whoever asks first starts. That one ends with the run."""
    if given := os.environ.get("HELIUM_TEST_KUBECONFIG"):
        return Path(given).expanduser().absolute()
    return Path((once("cluster", temporary, make=_start) / "kubeconfig").read_text())


def _start(folder: Path) -> None:
    """A process of its own, which outlives this worker, and no run."""
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "tools", "cluster", "--parent", str(run_by())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert started.stdout is not None
    kubeconfig = started.stdout.readline().decode().strip()
    assert kubeconfig, (folder / "log").read_text()
    (folder / "kubeconfig").write_text(kubeconfig)
    # Nobody waits for it: it waits for this run.
    started.returncode = 0


@contextmanager
def namespace(api: KubernetesApi) -> Iterator[str]:
    """A namespace with a name of its own, which goes with the block."""
    name = f"test-{uuid4().hex[:8]}"
    api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    try:
        yield name
    finally:
        api.delete(f"/api/v1/namespaces/{name}")


def soon(found: Callable[[], Any]) -> Any:
    """What is there as soon as there is something; the last answer if that takes too long."""
    until = time.monotonic() + _WITHIN
    while not (answer := found()) and time.monotonic() < until:
        time.sleep(0.1)
    return answer
