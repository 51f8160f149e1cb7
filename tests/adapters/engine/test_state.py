"""Bad luck with the state, the passphrase and Pulumi itself: a sentence each, and never a guess."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.engine import EngineSettings
from helium.errors import EngineError
from tests.adapters.engine.conftest import Make, Warm, workspace

Settings = Callable[..., EngineSettings]
BY_PULUMI = "?metadata=skip"
"""Behind a state's URL: with it, Pulumi itself lists the state."""


def test_a_wrong_passphrase_is_named(engine: Make, tmp_path: Path) -> None:
    """The marker is what it is tried on, before anything is made that nobody could destroy."""
    engine().create_marker("ledger-1")

    with pytest.raises(
        EngineError, match=r"organization/acme\.marker/marker: its secrets were encrypted with another passphrase"
    ):
        engine(passphrase="wrong", work=tmp_path / "other").check_marker()


def test_no_passphrase_is_refused(engine: Make) -> None:
    """An empty one encrypts nothing."""
    with pytest.raises(EngineError, match="the passphrase of the fleet's secrets is not set"):
        engine(passphrase="").create_marker("ledger-1")


def test_a_corrupt_state_file_is_named_where_pulumi_lists(warm_a: Warm) -> None:
    """Pulumi's listing fails as a whole and names no file; the engine finds it."""
    one = warm_a.engine
    one.up(workspace("b"))
    file = warm_a.state / ".pulumi" / "stacks" / "acme.plain" / "b.json"
    file.write_bytes(file.read_bytes()[:100])
    (warm_a.state / ".pulumi" / "stacks" / "unknown.json").write_bytes(b"{}")

    with pytest.raises(EngineError, match=r"^organization/acme\.plain/b: its state file is corrupt"):
        one.observe()


def test_attributes_that_a_killed_pulumi_left_torn_stop_nobody(warm_a: Warm) -> None:
    """They are written in place, beside a state file that is whole; without them the whole state can be listed."""
    one = warm_a.engine
    torn = warm_a.state / ".pulumi" / "stacks" / "acme.plain" / "a.json.attrs"
    torn.write_bytes(b"")

    assert ["a"] == [stack.id.name for stack in one.observe().stacks]
    assert not torn.exists()


def test_a_state_that_is_not_there_is_no_empty_state(engine: Make, tmp_path: Path) -> None:
    """Pulumi would call it empty; nothing may be made in it."""
    with pytest.raises(EngineError, match="the state does not exist"):
        engine(state=f"file://{tmp_path}/nowhere").observe()


def test_a_state_of_no_known_kind_is_reported(engine: Make) -> None:
    """Pulumi would take it for its own service and ask for a token."""
    with pytest.raises(EngineError, match="Helium does not know states of the kind nosuch://"):
        engine(state="nosuch://bucket").observe()


def test_a_missing_pulumi_is_reported(engine: Make, tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(EngineError, match=r"Pulumi cannot be started: .*helium doctor"):
        engine(pulumi=tmp_path / "no-pulumi").observe()


def test_an_old_pulumi_is_reported(engine: Make, tmp_path: Path) -> None:
    """With the version that it has and the one that it needs."""
    old = tmp_path / "pulumi"
    old.write_text('#!/bin/sh\ntest "$1" = version && echo v3.9.1\n')
    old.chmod(0o755)

    with pytest.raises(EngineError, match=r"Pulumi 3\.9\.1 is too old; Helium needs 3\.200\.0"):
        engine(pulumi=old, state=f"file://{tmp_path}/state{BY_PULUMI}").observe()


def test_what_is_no_pulumi_is_reported(engine: Make, tmp_path: Path) -> None:
    """Whatever it answers, and also when it calls that a success."""
    for name, words in (("silent", ""), ("wordy", "echo v3.258.0")):
        other = tmp_path / name
        other.write_text(f"#!/bin/sh\n{words}\n")
        other.chmod(0o755)

        with pytest.raises(EngineError, match="is it Pulumi"):
            engine(pulumi=other, state=f"file://{tmp_path}/state{BY_PULUMI}").observe()


def test_nowhere_to_work_is_reported(engine: Make, tmp_path: Path) -> None:
    """A full disk or a read-only folder is a sentence."""
    (tmp_path / "file").write_text("")

    with pytest.raises(EngineError, match="cannot use the work folder"):
        engine(work=tmp_path / "file" / "work")


def test_a_listing_that_hangs_is_ended(engine: Make, tmp_path: Path) -> None:
    """A state backend that does not answer does not hold a pass for ever."""
    hanging = tmp_path / "pulumi"
    hanging.write_text('#!/bin/sh\ntest "$1" = version && echo v3.258.0 || exec sleep 60\n')
    hanging.chmod(0o755)

    with pytest.raises(EngineError, match="the state cannot be listed: it took longer than its limit of 1 s"):
        engine(pulumi=hanging, timeout=timedelta(seconds=1), state=f"file://{tmp_path}/state{BY_PULUMI}").observe()


def test_an_unknown_backend_is_reported(engine: Make) -> None:
    """No stack is made for a program that is not there."""
    one = engine()

    with pytest.raises(EngineError, match=r"the backend nowhere has no folder with a resources\.py"):
        one.up(workspace("a", "nowhere"))

    assert () == one.observe().stacks


def test_two_versions_of_a_backend_do_not_meet(engine: Make, tmp_path: Path) -> None:
    """A worker that knows yesterday's folder runs today's, with the modules beside it."""
    folder = tmp_path / "versioned"
    folder.mkdir()
    (folder / "resources.py").write_text("from .words import WORD\n\ndef declare(w):\n    return {'word': WORD}\n")
    one = engine(backends={"versioned": folder}, workers=1)
    words = []
    for word in ("first", "second"):
        (folder / "words.py").write_text(f"WORD = {word!r}\n")
        words.append(one.up(workspace("a", "versioned")).outputs["word"])

    assert ["first", "second"] == words
