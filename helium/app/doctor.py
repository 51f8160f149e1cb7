"""Checks everything that a fleet needs on this machine, and says what to do about what is missing.

It changes nothing: it creates neither folder nor passphrase nor sandbox.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version as installed
from pathlib import Path

from helium.adapters.charts import small
from helium.adapters.engine import EngineSettings, pulumi_home
from helium.adapters.engine.errors import how_to_install
from helium.adapters.engine.listing import version
from helium.adapters.engine.locks import path_of
from helium.app.charts import named_in
from helium.app.check import Check
from helium.app.compose import EngineFactory, charts_in, pulumi_engine
from helium.app.doctor_channels import channel_checks
from helium.app.doctor_clusters import cluster_checks
from helium.app.doctor_grace import grace_checks
from helium.app.doctor_host import host_checks
from helium.app.doctor_places import place_checks
from helium.app.engine_settings import engine_settings, plugins_of, pulumi_of, state_of
from helium.app.fleet_folder import FOLDER
from helium.app.host import find_host, pushing_host
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.run import clock
from helium.core.fleet import PROVIDERS
from helium.core.heartbeat import heartbeat
from helium.core.host_place import NoHost
from helium.core.record import CorruptRecord
from helium.errors import HeliumError, UsageError
from helium.extras import require
from helium.reconcile.marker import prove_ledger
from helium.settings import Settings

PYTHON = (3, 11)
GIT = (2, 30)
GIT_THAT_MERGES = (2, 38)
WITHIN = 10.0
"""Seconds for each answer of the host, with all that is tried again: a person waits for it."""
GET_GIT = "sudo apt-get install git"


class CheckFailedError(HeliumError):
    """Something that a fleet needs is missing or wrong; the text says what to do."""


def diagnosis(start: Path, settings: Settings, *, engine: EngineFactory = pulumi_engine) -> Iterator[Check]:
    """Every check, each after those that it needs. When the fleet cannot be opened, the rest is left out."""
    yield _python()
    yield _git(settings)
    yield _checked("pulumi", lambda: _pulumi(settings), mends="python3 -m tools setup pulumi")
    try:
        fleet = open_fleet(start, settings, engine=engine)
    except HeliumError as error:
        yield Check("fleet", False, str(error), "helium init" if isinstance(error, UsageError) else "helium validate")
        return
    sandbox = f", {', '.join(fleet.fleet.sandbox)} in the sandbox" if fleet.fleet.sandbox else ""
    yield Check("fleet", True, f"{fleet.fleet.name} in {fleet.folder}{sandbox}")
    yield _remote(fleet)
    yield from _each_checked("host", lambda: _host(fleet), mends="export HELIUM_HOST_TOKEN='...'")
    yield _checked("you", fleet.person, mends="git config user.email YOU@EXAMPLE.COM")
    yield _checked("passphrase", lambda: _passphrase(fleet), mends="export HELIUM_PASSPHRASE='...'")
    yield _checked("backends", lambda: _backends(fleet), mends="helium validate")
    yield from _each_checked("providers", lambda: _providers(fleet), mends="helium validate")
    yield from _each_checked("charts", lambda: _charts(fleet), mends="helium validate")
    yield from _each_checked("clusters", lambda: cluster_checks(fleet.fleet, _looking(fleet)), mends="helium validate")
    yield from place_checks(fleet.fleet)
    yield _checked("state", lambda: _state(fleet), mends=f"pulumi login {shlex.quote(_state_url(fleet))}")
    yield from _each_checked("key", lambda: _key(fleet), mends="export HELIUM_PASSPHRASE='...'")
    yield _checked("ledger", lambda: _ledger(fleet), mends="helium ledger rebuild")
    yield from _each_checked("notify", lambda: channel_checks(fleet), mends="helium notify")
    yield from _each_checked("grace", lambda: grace_checks(fleet), mends="helium reconcile")
    yield _checked("passes", lambda: _passes(fleet), mends="helium reconcile")


def _checked(what: str, look: Callable[[], str], *, mends: str) -> Check:
    try:
        return Check(what, True, look())
    except (HeliumError, OSError) as error:
        return Check(what, False, str(error), mends)


def _each_checked(what: str, look: Callable[[], Iterable[Check]], *, mends: str) -> Iterator[Check]:
    """Where a look fails as a whole, that is a check too: it must not hide the others."""
    try:
        yield from look()
    except (HeliumError, OSError) as error:
        yield Check(what, False, str(error), mends)


def _looking(fleet: OpenFleet) -> EngineSettings:
    return engine_settings(fleet.fleet, fleet.folder, settings=fleet.settings, backends=fleet.opened, applies=False)


def _python() -> Check:
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= PYTHON:
        return Check("python", True, here)
    needed = ".".join(map(str, PYTHON))
    return Check("python", False, f"{here} is too old; Helium needs {needed} or newer", f"uv venv --python {needed}")


def _git(settings: Settings) -> Check:
    git = shutil.which("git", path=settings.environ.get("PATH", ""))
    if git is None:
        return Check("git", False, "git is not on the PATH; install it", GET_GIT)
    said = subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout.split()
    number = said[2] if len(said) > 2 else "0.0"
    seen = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
    if seen < GIT:
        needed = ".".join(map(str, GIT))
        return Check("git", False, f"git {number} is too old; install {needed} or newer", GET_GIT)
    plans = "" if seen >= GIT_THAT_MERGES else "; planning a branch before it is merged needs 2.38"
    return Check("git", True, f"{number} ({git}){plans}")


def _pulumi(settings: Settings) -> str:
    require("engine")
    program = pulumi_of(settings)
    if not program.is_file():
        raise CheckFailedError(
            f"there is no Pulumi on the PATH or at {program}; run `make setup` in a clone of Helium, install it from "
            "pulumi.com, or set HELIUM_PULUMI"
        )
    with tempfile.TemporaryDirectory(prefix="helium-doctor-") as work:
        bare = EngineSettings(fleet="", state="", pulumi=program, work=Path(work), environment=settings.environ)
        return f"{version(bare)} ({program})"


def _remote(fleet: OpenFleet) -> Check:
    if fleet.clone.remote is None:
        return Check("remote", True, f"none: branch {fleet.clone.main} of this repository is the truth")
    return Check("remote", True, f"{fleet.clone.remote} was fetched; its branch {fleet.clone.main} is the truth")


def _host(fleet: OpenFleet) -> Iterator[Check]:
    host = find_host(fleet.clone, fleet.fleet, settings=fleet.settings, within=WITHIN)
    if isinstance(host, NoHost):
        yield Check("host", True, f"none is asked. {host.why}")
        return
    try:
        pusher = pushing_host(host, settings=fleet.settings, within=WITHIN)
        pushes = fleet.fleet.pushes(fleet.clone.remote)
        yield from host_checks(host, fleet.fleet, main=fleet.clone.main, pushes=pushes, pusher=pusher)
    finally:
        host.close_connections()


def _passphrase(fleet: OpenFleet) -> str:
    path = fleet.folder / FOLDER / "passphrase"
    if fleet.fleet.secrets != "passphrase":
        return f"not needed: secrets are kept by {fleet.fleet.secrets.partition(':')[0]}"
    if fleet.settings.passphrase:
        return "given by the environment"
    if fleet.fleet.sandbox:
        return f"in {path}" if path.exists() else "the first pass creates one, because this fleet is in the sandbox"
    raise CheckFailedError("no passphrase is set, so only reading works; set HELIUM_PASSPHRASE before a pass")


def _backends(fleet: OpenFleet) -> str:
    recipes = fleet.backends.recipes(fleet.fleet, commit=fleet.repo.head())
    used = {fleet.fleet.defaults.backend, *fleet.fleet.backends}
    for name in sorted(used):
        if name not in recipes or recipes[name].issues:
            why = "; ".join(recipes[name].issues) if name in recipes else "there is no such backend"
            raise CheckFailedError(f"{name} cannot create a workspace: {why}")
    return ", ".join(sorted(used))


def _providers(fleet: OpenFleet) -> Iterator[Check]:
    """Those of Pulumi's that the built-in backends need. Nothing is downloaded during a pass."""
    kinds = {fleet.fleet.kind_of(name) for name in (fleet.fleet.defaults.backend, *fleet.fleet.backends)}
    needed = {"gcp": "gcp-namespace" in kinds, "kubernetes": bool(fleet.fleet.clusters)}
    real = [name for name in PROVIDERS if needed[name] and name not in fleet.fleet.sandbox]
    versions = {name: installed(f"pulumi-{name}") for name in real}
    built = plugins_of(fleet.settings)
    there = []
    for name, of_sdk in versions.items():
        if pulumi_home.finds(f"resource-{name}-v{of_sdk}", fleet.settings.environ, built=built):
            there.append(f"{name} {of_sdk}")
        else:
            mends = f"pulumi plugin install resource {name} v{of_sdk}"
            yield Check("providers", False, how_to_install(name, of_sdk), mends)
    if there or not versions:
        yield Check("providers", True, ", ".join(there) or "none is needed beside the sandbox")


def _charts(fleet: OpenFleet) -> Iterator[Check]:
    """Those of main, fetched and compared with their digests as a pass does. One that is wrong hides no other."""
    commit, store = fleet.repo.head(), charts_in(fleet.folder, fleet.settings)
    recipes = fleet.backends.recipes(fleet.fleet, commit=commit)
    used = sorted({fleet.fleet.defaults.backend, *fleet.fleet.backends} & recipes.keys())
    found = [each for name in used for each in named_in(name, recipes[name])]
    pretended = set() if "kubernetes" in fleet.fleet.sandbox else {*small.digests().values()}
    well = 0
    for each in found:
        if each.reference.digest in pretended:
            why = f"{each.place} is a small chart for the sandbox, in which nothing runs; name the real one"
            yield Check("charts", False, why, f"helium chart pin {each.place}")
            continue
        try:
            store.package(each.reference, commit=commit)
            well += 1
        except (HeliumError, OSError) as error:
            yield Check("charts", False, str(error), f"helium chart pin {each.place}")
    if well or not found:
        said = f"{well} are there, with the digests of helium.yaml" if found else "none are used"
        yield Check("charts", True, said)


def _state_url(fleet: OpenFleet) -> str:
    return state_of(fleet.fleet, fleet.folder)


def _state(fleet: OpenFleet) -> str:
    url = _state_url(fleet)
    fleet_record = fleet.ledger.fleet_record()
    if fleet_record is None and url.startswith("file://") and not path_of(url).exists():
        return f"{url}: the first pass creates it"
    engine = fleet.engine(_looking(fleet))
    try:
        listing = engine.observe()
    finally:
        engine.close()
    return f"{url}: {len(listing.stacks)} stacks of this fleet, {len(listing.foreign)} of others"


def _key(fleet: OpenFleet) -> Iterator[Check]:
    """Whether the key of the fleet's secrets opens what the marker keeps. Nothing where either is not there yet."""
    fleet_record = fleet.ledger.fleet_record()
    if fleet_record is None or fleet_record.marker != "created":
        return
    if fleet.fleet.secrets == "passphrase" and not (fleet.settings.passphrase or fleet.fleet.sandbox):
        return
    engine = fleet.engine(_looking(fleet))
    try:
        prove_ledger(engine, fleet_record)
    finally:
        engine.close()
    yield Check("key", True, "it opens the fleet's secrets, and the state is this ledger's")


def _ledger(fleet: OpenFleet) -> str:
    snapshot = fleet.ledger.read()
    corrupt = [record for record in snapshot.records.values() if isinstance(record, CorruptRecord)]
    if corrupt:
        raise CheckFailedError(
            f"{len(corrupt)} records cannot be read, the first is {corrupt[0].path}: {corrupt[0].sentence}; "
            "run helium ledger rebuild"
        )
    if snapshot.fleet_record is None:
        return f"no branch {fleet.fleet.ledger} yet: the first pass creates it"
    return f"branch {fleet.fleet.ledger}: {len(snapshot.records)} records"


def _passes(fleet: OpenFleet) -> str:
    """Whether passes come as often as they should."""
    now = clock()
    beat = heartbeat(fleet.ledger.fleet_record(), now=now)
    if beat is None:
        return "none has run yet"
    if beat.is_late(now):
        raise CheckFailedError(f"{beat.sentence(now)} Look at CI's schedule, or at the control plane's log")
    return beat.sentence(now)
