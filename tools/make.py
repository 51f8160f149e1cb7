"""Gets a tool that is not on this machine: its official release if it has one, else a build with Go, or Node packages.

It works in a temporary folder and renames that into place, so the cache holds only complete tools, however a try ended.
Two clones that want the same tool take turns. Go refuses a source whose checksum is not in `tools/go/NAME/go.sum`, and
npm a package whose checksum is not in `tools/npm/NAME/package-lock.json`.
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

from tools.find import cache, home, locate
from tools.progress import SetupError, run, say
from tools.table import Tool

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv/bin/python"

# Asks Pulumi's own SDK for its CLI. The host must answer within five seconds, or a build would start too late.
RELEASE = """
import socket, sys
from pulumi.automation import PulumiCommand
socket.setdefaulttimeout(5)
PulumiCommand.install(root=sys.argv[1])
"""


def ensure(tool: Tool, environ: Mapping[str, str], *, python: Path = PYTHON) -> Path:
    """The folder of the tool's programs. Gets the tool if needed. SetupError says what to do.

    `python`: has the SDK that knows where a release is.
    """
    if (folder := locate(tool, environ)) is not None:
        return folder
    with turn(tool, environ):
        if (folder := locate(tool, environ)) is not None:
            return folder
        make(tool, environ, python=python)
    if (folder := locate(tool, environ)) is None:
        raise SetupError(
            f"{tool.name} was built, but {home(tool, environ)} does not hold it. Remove that folder and run this again."
        )
    return folder


@contextmanager
def turn(tool: Tool, environ: Mapping[str, str]) -> Iterator[None]:
    """Hold the lock for making this tool. The system releases it when the process dies."""
    place = cache(environ) / "making"
    place.mkdir(parents=True, exist_ok=True)
    with (place / f"{tool.name}-{tool.version}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another set-up to make {tool} …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(tool: Tool, environ: Mapping[str, str], *, python: Path) -> None:
    """Make the tool in a fresh folder and rename it into place. Removes what a killed try left behind."""
    place = cache(environ) / "making"
    for left in place.glob(f"{tool.name}-{tool.version}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f"{tool.name}-{tool.version}.", suffix=".tmp", dir=place))
    try:
        if not (tool.released and release(tool, work, python=python, environ=environ)):
            (node if tool.npm else build)(tool, work, environ=environ)
        target = home(tool, environ)
        if target.exists():
            shutil.rmtree(target)
        (work / "out").rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def release(tool: Tool, work: Path, *, python: Path, environ: Mapping[str, str]) -> bool:
    """Try the official release. False, within seconds, if its host cannot be reached."""
    if not python.exists():
        return False
    (work / ".curlrc").write_text("connect-timeout = 5\nspeed-time = 20\nspeed-limit = 1000\n")
    quick = {**environ, "CURL_HOME": str(work), "RES_OPTIONS": "timeout:2 attempts:1"}
    command = [python, "-c", RELEASE, work / "out"]
    try:
        run(command, f"asking for the release of {tool}", log=logfile(tool, environ), environ=quick)
    except SetupError:
        say(f"cannot fetch the release of {tool} here; building it from source")
        shutil.rmtree(work / "out", ignore_errors=True)
        return False
    return True


def node(tool: Tool, work: Path, *, environ: Mapping[str, str]) -> None:
    """Install the tool's Node packages into `work/out`, and a program that starts it. No script of theirs is run."""
    path = environ.get("PATH", "")
    npm, program = shutil.which("npm", path=path), shutil.which("node", path=path)
    if npm is None or program is None:
        raise SetupError(
            f"{tool} needs Node 20 or newer with npm, and they are not on the PATH. "
            "Install Node, put it on the PATH, and run the same command again."
        )
    out = work / "out"
    shutil.copytree(ROOT / "tools/npm" / tool.name, out)
    run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        f"getting {tool} with npm",
        log=logfile(tool, environ),
        about=tool.about,
        folder=out,
        environ=environ,
    )
    for each in {path for pattern in tool.spare for path in (out / "node_modules").glob(pattern)}:
        each.unlink()
    start = out / "bin" / tool.name
    start.parent.mkdir()
    start.write_text(f'#!/bin/sh\nexec "{program}" "$(dirname "$0")/../start.mjs" "$@"\n')
    start.chmod(0o755)


def build(tool: Tool, work: Path, *, environ: Mapping[str, str]) -> None:
    """Build the tool's programs with Go into `work/out/bin`."""
    go = shutil.which("go", path=environ.get("PATH", ""))
    if go is None:
        raise SetupError(
            f"{tool} is not on the PATH, and neither is Go, which could build it. "
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
    """The arguments for `go`: reproducible paths, no symbols, the version written in."""
    stamps = " ".join(f"-X {name}={value}" for name, value in tool.stamp)
    target = str(out / tool.binaries[0]) if len(tool.binaries) == 1 else f"{out}{os.sep}"
    tags = ["-tags", tool.tags] if tool.tags else []
    flags = ["-mod=readonly", "-trimpath", *tags, "-ldflags", f"-s -w {stamps}".strip()]
    return ["build", *flags, "-o", target, *(tool.packages or (".",))]


def embed(tool: Tool, module: Path, *, go: str, environ: Mapping[str, str]) -> None:
    """Copy the generated files that the tool's main.go embeds, out of the module that Go verified."""
    if not tool.embeds:
        return
    subprocess.run([go, "mod", "download", tool.module], cwd=module, env=dict(environ), check=True)
    command = [go, "list", "-m", "-f", "{{.Dir}}", tool.module]
    listed = subprocess.run(command, cwd=module, env=dict(environ), check=True, capture_output=True, text=True)
    for name in tool.embeds:
        shutil.copyfile(Path(listed.stdout.strip()) / name, module / Path(name).name)


def logfile(tool: Tool, environ: Mapping[str, str]) -> Path:
    """The log of making this tool. It stays, so that you can read about a failure."""
    return cache(environ) / "making" / f"{tool.name}-{tool.version}.log"
