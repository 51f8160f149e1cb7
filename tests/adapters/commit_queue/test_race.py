"""Several processes at one remote: nothing that was acknowledged is missing, no name is given twice, kills included."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helium.errors import SourceError
from tests.adapters.commit_queue import hooks
from tests.adapters.commit_queue.remotes import GitQueueHost, by_http, by_path, by_ssh, claiming, putting
from tests.gitea import Gitea

ROOT = Path(__file__).resolve().parents[3]
PROCESSES = 4


@pytest.fixture(params=["path", "gitea"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GitQueueHost]:
    """Before a repository of this machine's, and before one that a host keeps."""
    if request.param == "path":
        with by_path(tmp_path) as queue_host:
            yield queue_host
    else:
        host: Gitea = request.getfixturevalue("gitea")
        with by_http(tmp_path, host.with_token(host.repository(tmp_path.name))) as queue_host:
            yield queue_host


@pytest.fixture
def near(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GitQueueHost]:
    """Before a repository of this machine's, in whose hooks its processes can be killed."""
    way = by_path(tmp_path) if request.param == "path" else by_ssh(tmp_path, request.getfixturevalue("ssh"))
    with way as queue_host:
        yield queue_host


def _started(place: GitQueueHost, mirrors: Path, *, who: str, names: tuple[int, int]) -> subprocess.Popen[str]:
    command = (
        sys.executable,
        "-m",
        "tests.adapters.commit_queue.worker",
        place.url,
        str(mirrors),
        who,
        *map(str, names),
    )
    environ = {**os.environ, "PATH": place.environ["PATH"]}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("each", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_four_processes_lose_nothing(place: GitQueueHost, each: int) -> None:
    """Many requests, neighbours after some of the same names: every success is a commit, every loser knows."""
    shared = each // 4
    step = each - shared
    workers = {
        f"p{number}": _started(place, place.mirrors, who=f"p{number}", names=(number * step, number * step + each))
        for number in range(PROCESSES)
    }
    answers: dict[str, str] = {}
    for worker in workers.values():
        out, err = worker.communicate(timeout=600)
        assert (0, "") == (worker.returncode, err)
        answers |= dict(line.split(" ") for line in out.splitlines())
    won = {id: commit for id, commit in answers.items() if commit != "taken"}
    created = place.commits()
    assert (PROCESSES * each, shared * (PROCESSES - 1)) == (len(answers), len(answers) - len(won))
    assert won == {commit.trailers["Helium-Request"]: commit.id for commit in created}
    assert len(created) == len({commit.trailers["Helium-Request"] for commit in created})
    names = {f"workspaces/w-{number}.yaml" for number in range(PROCESSES * step + shared)}
    assert (names, len(names)) == (set(place.files()), len(won))


@pytest.mark.parametrize(
    ("near", "side", "name", "script", "landed"),
    [
        ("path", "mirror", "pre-push", hooks.KILL, False),
        ("path", "remote", "pre-receive", hooks.KILL_AND_GO_ON, True),
        ("ssh", "remote", "pre-receive", hooks.KILL_AND_GO_ON, True),
        ("path", "remote", "post-receive", hooks.KILL, True),
    ],
    ids=["before the push", "during the push", "during the push by ssh", "before the answer"],
    indirect=["near"],
)
def test_a_kill_leaves_one_commit_after_the_retry(
    near: GitQueueHost, tmp_path: Path, side: str, name: str, script: str, landed: bool
) -> None:
    """Kill -9 at each point: the client asks again with the same id, and there is one commit, as if nothing was."""
    near.another().close()
    mirrors = tmp_path / "victims"
    first = _started(near, mirrors, who="before", names=(0, 1))
    assert "before-0" == first.communicate(timeout=600)[0].split()[0]
    repository = mirrors / "1" if side == "mirror" else tmp_path / "remote.git"
    hook = hooks.put(repository, name, script=script.format(pid=mirrors / "pid", code=1))
    victim = _started(near, mirrors, who="r", names=(7, 8))
    assert ("", -signal.SIGKILL) == (victim.communicate(timeout=600)[0], victim.returncode)
    hook.unlink()
    answer = near.commit_queue.submit(claiming("w-7", id="r-7"))
    created = [commit.id for commit in near.commits() if commit.trailers["Helium-Request"] == "r-7"]
    assert ([answer], b"r-7") == (created, near.files()["workspaces/w-7.yaml"])
    again = _started(near, mirrors, who="r", names=(7, 8))
    assert f"r-7 {answer}\n" == again.communicate(timeout=600)[0]
    assert landed or name == "pre-push"


def test_a_push_that_takes_too_long_is_found_out(tmp_path: Path) -> None:
    """A push that was cut short is looked for on the remote before it is done again, and is never done twice."""
    with by_path(tmp_path, seconds=3.0) as place:
        script = hooks.SLOW_ONCE.format(folder=tmp_path, seconds=8)
        hooks.put(Path(place.url), "post-receive", script=script)
        answer = place.commit_queue.submit(putting("a", id="r-1"))
        assert [answer] == [commit.id for commit in place.commits()]


def test_what_cannot_be_found_out_is_said(tmp_path: Path) -> None:
    """The remote takes a push and goes away before it answers: the asker is told to ask again with the same key."""
    with by_path(tmp_path) as place:
        remote = Path(place.url)
        script = f"#!/bin/sh\nmv {remote} {remote}.away\nkill -9 $PPID\n"
        hooks.put(remote, "post-receive", script=script)
        with pytest.raises(SourceError, match=r"request r-1\. .*same Idempotency-Key"):
            place.commit_queue.submit(putting("a", id="r-1"))
        Path(f"{remote}.away").rename(remote)
        (remote / "hooks/post-receive").unlink()
        answer = place.commit_queue.submit(putting("a", id="r-1"))
        assert [answer] == [commit.id for commit in place.commits()]
