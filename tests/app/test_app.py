from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import pytest

from helium.adapters.commit_queue.single_writer import SingleWriter
from helium.adapters.engine.locks import path_of
from helium.adapters.specs.fleet_specs import FleetSpecs
from helium.app.engine_settings import clusters_of, passphrase_of, plugins_of, pulumi_of, state_of
from helium.app.fleet_folder import root_of
from helium.app.run import clock, run_here
from helium.app.sandbox import SandboxCloud
from helium.core.fleet import Fleet
from helium.core.fleet_record import Lease
from helium.errors import HeliumError, UsageError
from helium.ports.commit_queue import Request, View
from helium.ports.repo import Edit
from helium.settings import Settings
from tests.builders import FLEET
from tests.fakes import FakeRepo
from tools import find
from tools.table import PROVIDER

SANDBOX = replace(FLEET, sandbox=("gcp", "kubernetes"))


def passphrase(
    fleet: Fleet, folder: Path, *, new: bool = True, applies: bool = True, environ: Mapping[str, str] | None = None
) -> str:
    """What would encrypt the state of the fleet in the folder."""
    return passphrase_of(fleet, folder, settings=Settings.from_env(environ or {}), new=new, applies=applies)


def test_a_fleet_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    """The nearest folder above with a `helium.yaml` is the fleet, else the repository's root."""
    (tmp_path / "workspaces" / "sales").mkdir(parents=True)
    (tmp_path / ".git").mkdir()

    assert tmp_path == root_of(tmp_path / "workspaces" / "sales")
    (tmp_path / "helium.yaml").touch()
    assert tmp_path == root_of(tmp_path / "workspaces" / "sales")
    with pytest.raises(UsageError, match="There is no folder"):
        root_of(tmp_path / "nowhere")


def test_a_relative_state_is_taken_from_the_fleet_s_folder(tmp_path: Path) -> None:
    """It is made for a new fleet and never later; any other URL is Pulumi's own business."""
    assert f"file://{tmp_path}/.helium/state" == state_of(FLEET, tmp_path)
    assert not (tmp_path / ".helium").exists()
    state_of(FLEET, tmp_path, make=True)
    assert (tmp_path / ".helium" / "state").is_dir()
    for url in ("gs://acme", "file:///var/state"):
        assert url == state_of(replace(FLEET, state=url), tmp_path, make=True)


@pytest.mark.parametrize(
    ("folder", "written"),
    [
        ("acme#42", "acme%2342"),
        ("acme%20x", "acme%2520x"),
        ("acme%x", "acme%25x"),
        ("what?", "what%3F"),
        ("a b", "a b"),
    ],
)
def test_a_folder_of_any_name_is_one_folder_to_pulumi_too(tmp_path: Path, folder: str, written: str) -> None:
    """What means something in a URL is quoted, so that no state is kept in a folder beside the fleet."""
    place = tmp_path / folder
    url = state_of(FLEET, place, make=True)

    assert f"file://{tmp_path}/{written}/.helium/state" == url
    assert path_of(url) == place / ".helium/state"
    assert path_of(url).is_dir()


@pytest.mark.parametrize(
    ("state", "url"),
    [
        ("file:///var/a%20b", "file:///var/a%20b"),
        ("file:///var/a#1", "file:///var/a%231"),
        ("file:///var/100%", "file:///var/100%25"),
        ("file:///var/state?no_tmp_dir=true", "file:///var/state?no_tmp_dir=true"),
        ("gs://acme#1", "gs://acme#1"),
    ],
)
def test_a_state_that_a_person_wrote_stays_the_url_that_it_is(tmp_path: Path, state: str, url: str) -> None:
    """Only what could mean nothing but a letter of the path is quoted."""
    assert url == state_of(replace(FLEET, state=state), tmp_path)


def test_a_sandbox_fleet_makes_its_own_passphrase_once(tmp_path: Path) -> None:
    """The file is only its owner's, is read again, and is never made where the fleet is not new."""
    first = passphrase(SANDBOX, tmp_path)
    path = tmp_path / ".helium" / "passphrase"

    assert first == passphrase(SANDBOX, tmp_path, new=False)
    assert 0o600 == path.stat().st_mode & 0o777
    assert ["passphrase"] == [each.name for each in path.parent.iterdir()]
    path.write_text("\n")
    with pytest.raises(UsageError, match="is empty"):
        passphrase(SANDBOX, tmp_path)
    path.unlink()
    with pytest.raises(UsageError, match="put the old file back"):
        passphrase(SANDBOX, tmp_path, new=False)


def test_a_real_fleet_is_given_its_passphrase(tmp_path: Path) -> None:
    """None is made up; looking needs none, and a key of a cloud needs none at all."""
    with pytest.raises(UsageError, match="HELIUM_PASSPHRASE"):
        passphrase(FLEET, tmp_path)
    assert "" == passphrase(FLEET, tmp_path, applies=False)
    assert "" == passphrase(replace(FLEET, secrets="gcpkms://key"), tmp_path)
    assert "own" == passphrase(SANDBOX, tmp_path, environ={"HELIUM_PASSPHRASE": "own"})
    assert not (tmp_path / ".helium").exists()


def test_pulumi_is_the_named_one_then_the_path_s_then_the_cache_s(tmp_path: Path) -> None:
    """HELIUM_PULUMI, PATH, cache, in this order."""
    (tmp_path / "pulumi").touch(mode=0o755)
    environ = {"PATH": "/nonexistent", "HELIUM_CACHE": "/cache"}

    assert Path("/cache/pulumi-3.258.0/bin/pulumi") == pulumi_of(Settings.from_env(environ))
    environ["PATH"] = str(tmp_path)
    assert tmp_path / "pulumi" == pulumi_of(Settings.from_env(environ))
    environ["HELIUM_PULUMI"] = "/own/pulumi"
    assert Path("/own/pulumi") == pulumi_of(Settings.from_env(environ))


def test_the_built_provider_is_the_one_that_the_tools_build_for_the_sdk() -> None:
    """Its place in the cache, and a version that SDK and tools agree on: Pulumi looks for no other."""
    home = find.home(PROVIDER, {"HELIUM_CACHE": "/cache"})
    (name,), (program,) = zip(*plugins_of(Settings.from_env({"HELIUM_CACHE": "/cache"})).items(), strict=True)

    assert (f"resource-kubernetes-v{version('pulumi-kubernetes')}", home / "bin" / PROVIDER.name) == (name, program)


def test_a_kubeconfig_is_taken_from_the_fleet_s_folder() -> None:
    """A relative path is meant from where `helium.yaml` is; other ways to a cluster stay."""
    fleet = replace(FLEET, clusters={"ci": {"kubeconfig": "kube.yaml"}, "dev": {"stack": "organization/k/dev"}})

    expected = {"ci": {"kubeconfig": "/fleet/kube.yaml"}, "dev": {"stack": "organization/k/dev"}}
    assert expected == clusters_of(fleet, Path("/fleet"))


def test_gke_is_asked_where_the_backend_says() -> None:
    """The project and the zone are those of the backend in that cluster; without one there are none."""
    backends = {
        "an": {"cluster": "big"},
        "other": {"zone": "a"},
        "own": {"cluster": "big", "project": "p", "zone": "us-east1-b", "domain": "d"},
    }
    fleet = replace(FLEET, clusters={"big": {"gke": True}, "lone": {"gke": True}}, backends=backends)

    expected = {"big": {"gke": True, "project": "p", "zone": "us-east1-b"}, "lone": {"gke": True}}
    assert expected == clusters_of(fleet, Path("/fleet"))


def test_the_environment_s_sandbox_goes_over_the_fleet_s() -> None:
    """HELIUM_SANDBOX changes the fleet wherever its settings are read."""
    data = b"fleet: acme\nsandbox: [gcp, kubernetes]\ndefaults: {backend: own}\nbackends: {own: {}}\n"

    assert () == FleetSpecs({}, ()).fleet(data).sandbox
    assert ("gcp", "kubernetes") == FleetSpecs({}, None).fleet(data).sandbox


def test_a_sandbox_that_died_is_replaced(tmp_path: Path) -> None:
    """It runs from the first start; another start leaves it alone, or replaces it when it was killed; close ends it."""
    cloud = SandboxCloud(tmp_path / "sandbox")
    try:
        assert not (tmp_path / "sandbox").exists()
        cloud.start()
        first = _sandbox_of(tmp_path)
        cloud.start()
        assert first == _sandbox_of(tmp_path) != 0
        os.kill(first, signal.SIGKILL)
        while _sandbox_of(tmp_path) or _answers(cloud.port):
            time.sleep(0.01)
        cloud.start()
        assert _sandbox_of(tmp_path) not in {0, first}
    finally:
        cloud.close()
    assert not _answers(cloud.port)


def _answers(port: int) -> bool:
    """Whether somebody listens: a killed process loses its name before its sockets."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _sandbox_of(folder: Path) -> int:
    """The process that serves the sandbox in this folder."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"{folder}/sandbox".encode() in path.read_bytes():
                return int(path.parent.name)
    return 0


def test_a_lost_race_is_judged_again() -> None:
    """A wish that met somebody else's push is asked again on the new head, and lands once with its trailers."""
    repo = FakeRepo()
    repo.land({"workspaces/.gitkeep": b""})
    looks: list[str] = []

    def edit(view: View) -> tuple[Edit, ...]:
        looks.append(view.commit)
        if len(looks) == 1:
            repo.land({"workspaces/b.yaml": b"{}\n"})
        return (Edit("workspaces/a.yaml", b"{}\n"),)

    commit = SingleWriter(repo).submit(Request("request-1", "Ada <ada@example.com>", "Ask for a", edit))

    assert 2 == len(looks)
    assert commit == repo.head()
    assert {"a", "b"} == {entry.name for entry in repo.entries(commit)}
    trailers = repo.commits("a", commit=commit)[0].trailers
    assert {"Helium-Request": "request-1", "Helium-By": "Ada <ada@example.com>"} == trailers


def test_a_refusal_is_not_tried_again() -> None:
    """What the asker is to be told ends the wish at once."""
    repo = FakeRepo()
    repo.land({"workspaces/.gitkeep": b""})

    def edit(view: View) -> tuple[Edit, ...]:
        raise UsageError(f"no, at {view.commit}")

    with pytest.raises(HeliumError, match="no, at"):
        SingleWriter(repo).submit(Request("request-1", "Ada <ada@example.com>", "Ask for a", edit))


def test_a_run_knows_its_machine() -> None:
    """This process is not gone, another boot's pids are nobody's, and the clock is whole seconds of UTC."""
    run = run_here(Settings.from_env({"HELIUM_HOST": "ci-7", "GITHUB_RUN_ID": "7"}))

    assert ("7-1", "ci-7") == (run.id, run.host)
    assert not run.gone(run.pid)
    assert run.gone(2**22 + 1)
    assert (0, timedelta(0)) == (clock().microsecond, clock().utcoffset())


def test_pids_are_told_apart_by_who_sees_them() -> None:
    """A container with its machine's name and boot sees other pids: it must not take a living pass's lease."""
    run = run_here(Settings.from_env({"HELIUM_HOST": "ci-7"}))
    here = str(Path("/proc/self/ns/pid").readlink())
    inside = replace(run, boot=run.boot.replace(here, "pid:[4026531999]"), gone=lambda pid: True)
    lease = Lease("another", 1, run.host, run.pid, run.boot, clock() + timedelta(minutes=5))

    assert here in run.boot
    assert (False, True) == (inside.free(lease, clock()), replace(run, gone=lambda pid: True).free(lease, clock()))


def test_fleets_of_one_machine() -> None:
    """Only a relative state serves one machine."""
    assert Fleet("acme").serves_one_machine
