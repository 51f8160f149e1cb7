"""From POST to ready in the sandbox, beside Pulumi's own `up` of the same program in the same run.

Helium's side is whole: a client's bytes, the push, the control plane that looks every two seconds, the pass, the
ledger, and a status that is asked for as a script would. Pulumi's side is one process with the Automation API, from its
start to its end, as its own examples do it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.serving import BenchClient, BenchServer, site
from helium.adapters.charts import small
from helium.adapters.engine.protocol import StackProgram
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from helium.sandbox import start

ROOT = Path(__file__).resolve().parent.parent
BACKEND = ROOT / "stacks" / "gcp-namespace"
PLACE = {"project": "bench", "zone": "us-east1-b", "cluster": "ci", "domain": "ws.example.com"}
MAKE = {**json.loads((BACKEND / "backend.json").read_text())["defaults"], "auth0Domain": "https://t.example.com/"}
MAKE["charts"] = {
    name: {"chart": f"charts/{name}", "version": "2.3.9", "digest": digest} for name, digest in small.digests().items()
}
SETTINGS = (ROOT / "helium" / "cli" / "templates" / "helium.yaml").read_text(encoding="utf-8").replace("FLEET", "bench")
PATIENCE = 120.0


def run(*, pulumi: Path, rounds: int = 3) -> Mapping[str, float]:
    """Seconds both ways, the median of some rounds in turns."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name, start(Path(name) / "cloud") as sandbox:
        plain, folder = dict(sandbox.environment), Path(name)
        made = site(folder / "site", count=0, settings=SETTINGS, env={"HELIUM_PULUMI": str(pulumi)})
        with made.running("serve"), made.running("controlplane"):
            posted(made, "warm-up")
            pairs = [
                (by_pulumi(folder, pulumi, name=f"plain-{turn}", sandbox=plain), posted(made, f"ready-{turn}"))
                for turn in range(rounds)
            ]
    up, ready = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"from POST to ready: {ready:.1f} s; Pulumi's own up: {up:.1f} s")
    print(f"  {ready - up:+.1f} s (promise: at most 2 s more)")
    return {"ready.helium": ready, "ready.pulumi": up, "ready.more": ready - up}


def posted(made: BenchServer, name: str) -> float:
    """Seconds from the request to the status `ready`."""
    client, began = made.client(), time.perf_counter()
    client.created(name)
    while (status := _status(client, name)) != "ready":
        if status == "failed" or time.perf_counter() - began > PATIENCE:
            raise SystemExit(f"{name} is {status}")
        time.sleep(0.1)
    client.close()
    return time.perf_counter() - began


def _status(client: BenchClient, name: str) -> str:
    code, answer = client.ask("GET", f"/v1/api/workspace/{name}")
    return str(json.loads(answer)["Workspace"]["Status"]) if code == 200 else str(code)


def by_pulumi(folder: Path, pulumi: Path, *, name: str, sandbox: Mapping[str, str]) -> float:
    """Seconds of a process that does one `up` and nothing else."""
    state = folder / "plain"
    state.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **sandbox,
        "PATH": f"{pulumi.parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **dict.fromkeys(json.loads((BACKEND / "backend.json").read_text())["secrets"], "bench"),
    }
    began = time.perf_counter()
    command = [sys.executable, "-m", "bench.ready", name]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def plain_up(name: str) -> None:
    """One stack with the Automation API and nothing else."""
    from pulumi import automation

    from helium.adapters.engine.program import program_of

    now = datetime.now(UTC)
    spec = Spec(name, f"workspaces/{name}.yaml", "blob", "gcp-namespace")
    workspace = Workspace("bench", spec, "ada@example.com", now, now + timedelta(days=3), PLACE, MAKE)
    program = program_of(StackProgram(str(BACKEND), workspace), workspace.stack)
    stack = automation.create_or_select_stack(stack_name=name, project_name="bench.gcp-namespace", program=program)
    stack.up()


if __name__ == "__main__":
    plain_up(sys.argv[1])
