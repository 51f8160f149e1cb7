"""Makes a tool that was not found: the official release where there is one, else a build with Go.

It works in a folder of its own and renames it into place: what the cache holds is whole, however a try ended.
Two clones that want the same tool take turns. It refuses what `tools/go/NAME/go.sum` does not vouch for.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.find import cache, found, home
from tools.progress import SetupError, run, say
from tools.table import Tool

ROOT = Path(__file__).resolve().parent.parent

# Asks Pulumi's own SDK for its CLI; the first word from the host must come within five seconds.
RELEASE = """
import socket, sys
from pulumi.automation import PulumiCommand
socket.setdefaulttimeout(5)
PulumiCommand.install(root=sys.argv[1])
"""


def ensure(tool: Tool, environ: Mapping[str, str]) -> Path:
    """The folder of the tool's programs, made if need be. Raises SetupError with what to do."""
    if (folder := found(tool, environ)) is not None:
        return folder
    with turn(tool, environ):
        if (folder := found(tool, environ)) is not None:
            return folder
        make(tool, environ)
    if (folder := found(tool, environ)) is None:
        raise SetupError(f"{tool.name} was made, and yet {home(tool, environ)} does not hold it; remove that folder")
    return folder


@contextmanager
def turn(tool: Tool, environ: Mapping[str, str]) -> Iterator[None]:
    """Hold the right to make this tool; the system gives it back when the process dies."""
    place = cache(environ) / "making"
    place.mkdir(parents=True, exist_ok=True)
    with (place / f"{tool.name}-{tool.version}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another set-up that is making {tool} …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(tool: Tool, environ: Mapping[str, str]) -> None:
    """Make the tool in a fresh folder and rename it into place; what a killed try left goes first."""
    place = cache(environ) / "making"
    for left in place.glob(f"{tool.name}-{tool.version}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f"{tool.name}-{tool.version}.", suffix=".tmp", dir=place))
    try:
        if not (tool.released and release(tool, work, environ=environ)):
            build(tool, work, environ=environ)
        target = home(tool, environ)
        if target.exists():
            shutil.rmtree(target)
        (work / "out").rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def release(tool: Tool, work: Path, *, environ: Mapping[str, str]) -> bool:
    """Try the official release; False, within seconds, where its host cannot be reached."""
    python = ROOT / ".venv/bin/python"
    if not python.exists():
        return False
    (work / ".curlrc").write_text("connect-timeout = 5\nspeed-time = 20\nspeed-limit = 1000\n")
    quick = {**environ, "CURL_HOME": str(work), "RES_OPTIONS": "timeout:2 attempts:1"}
    command = [python, "-c", RELEASE, work / "out"]
    try:
        run(command, f"asking for the release of {tool}", log=logfile(tool, environ), environ=quick)
    except SetupError:
        say(f"the release of {tool} cannot be had here; building it from source")
        shutil.rmtree(work / "out", ignore_errors=True)
        return False
    return True


def build(tool: Tool, work: Path, *, environ: Mapping[str, str]) -> None:
    """Build the tool's programs with Go into `work/out/bin`."""
    go = shutil.which("go", path=environ.get("PATH", ""))
    if go is None:
        raise SetupError(
            f"{tool} is not on the PATH, and there is no Go to build it with. "
            f"Install {tool.name} or Go, put it on the PATH, and run the same command again."
        )
    module = work / "module"
    shutil.copytree(ROOT / "tools/go" / tool.name, module)
    embed(tool, module, go=go, environ=environ)
    out = work / "out/bin"
    out.mkdir(parents=True)
    run(
        [go, *arguments(tool, out)],
        f"building {tool} with Go",
        log=logfile(tool, environ),
        about=tool.about,
        folder=module,
        environ=environ if tool.tags else {**environ, "CGO_ENABLED": "0"},
    )


def arguments(tool: Tool, out: Path) -> list[str]:
    """What `go` is told: reproducible paths, no symbols, the version written in."""
    stamps = " ".join(f"-X {name}={value}" for name, value in tool.stamp)
    target = str(out / tool.binaries[0]) if len(tool.binaries) == 1 else f"{out}{os.sep}"
    tags = ["-tags", tool.tags] if tool.tags else []
    flags = ["-mod=readonly", "-trimpath", *tags, "-ldflags", f"-s -w {stamps}".strip()]
    return ["build", *flags, "-o", target, *(tool.packages or (".",))]


def embed(tool: Tool, module: Path, *, go: str, environ: Mapping[str, str]) -> None:
    """Copy the generated files that the tool's own main embeds out of the module that Go verified."""
    if not tool.embeds:
        return
    subprocess.run([go, "mod", "download", tool.module], cwd=module, env=dict(environ), check=True)
    asked = [go, "list", "-m", "-f", "{{.Dir}}", tool.module]
    said = subprocess.run(asked, cwd=module, env=dict(environ), check=True, capture_output=True, text=True)
    for name in tool.embeds:
        shutil.copyfile(Path(said.stdout.strip()) / name, module / Path(name).name)


def logfile(tool: Tool, environ: Mapping[str, str]) -> Path:
    """Where the words of the making go; kept, so that a failure can be read."""
    return cache(environ) / "making" / f"{tool.name}-{tool.version}.log"
