"""What Pulumi said when it failed: how much of it is kept, and that no secret is in it. All of it on real Pulumi."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from helium.adapters.engine.errors import MOST, diagnostics_of
from helium.adapters.engine.events import fold
from helium.adapters.engine.protocol import EventSummary, Reply
from helium.adapters.engine.redact import Redactor, secrets_in
from helium.core.digest import Json
from helium.errors import EngineError
from helium.sandbox import Sandbox
from helium.sandbox.testing import set_faults
from tests.adapters.engine.conftest import Make, Warm, destroy, workspace


@pytest.fixture
def faults(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The cloud, without faults afterwards."""
    yield sandbox
    set_faults(sandbox.folder)


def failure(warm: Warm, name: str, description: str) -> str:
    """The diagnostics of an `up` of the leaky backend."""
    with pytest.raises(EngineError) as caught:
        warm.engine.up(workspace(name, "leaky", description=description))
    return f"{caught.value.what}\n{caught.value.diagnostics}"


def test_what_pulumi_said_comes_with_the_error(warm: Warm) -> None:
    """Not only the first sentence of it: also where in the program it was, and every other error and warning."""
    with pytest.raises(EngineError, match="the backend was told to fail") as caught:
        warm.engine.up(workspace("a", description="fail"))
    assert "ValueError: the backend was told to fail" in caught.value.diagnostics
    assert "resources.py" in caught.value.diagnostics


def test_a_secret_that_only_the_program_knew_is_not_in_it(warm: Warm) -> None:
    """It is in no state, no setting and no environment: the program made it, and put it into its error."""
    said = failure(warm, "raises", "raise")
    assert ("made-in-the-program" in said, said.count("[secret]") >= 3) == (False, True)


def test_a_secret_that_the_program_learned_later_is_not_in_it(warm: Warm) -> None:
    """Inside an `apply`, and deep in a value."""
    said = failure(warm, "logs", "log")
    assert ("known-only-later" in said, "warning: it is [secret]" in said) == (False, True)
    assert "and again [secret]" in said


@pytest.mark.parametrize("form", ["", " as base64", " as json"])
def test_a_secret_that_a_provider_repeats_is_not_in_it(warm: Warm, faults: Sandbox, form: str) -> None:
    """A provider quotes its inputs in an error, of a resource that was never made and is in no state."""
    set_faults(faults.folder, f"echo secret{form} create secret")
    name = f"echo{form.replace(' ', '')}"
    said = failure(warm, name, "")
    assert ("given-to-a-resource" in said, "[secret]" in said) == (False, True)
    assert base64.b64encode(b"given-to-a-resource").decode().rstrip("=") not in said


def test_a_secret_of_the_state_is_not_in_it_when_a_destroy_fails(
    engine: Make, sandbox: Sandbox, faults: Sandbox
) -> None:
    """No program runs then, and no worker has ever met it: only the state knows."""
    made = workspace("later", "leaky")
    engine(providers=faults.environment).up(made)
    set_faults(faults.folder, "echo secret delete secret")
    with pytest.raises(EngineError) as caught:
        destroy(engine(providers=faults.environment), made.stack)
    said = f"{caught.value.what}\n{caught.value.diagnostics}"
    assert ("given-to-a-resource" in said, "[secret]" in said) == (False, True)


def test_only_the_end_is_kept_by_whole_lines(warm: Warm) -> None:
    """The last word is there, the first ones are not, and it is as long as it may be."""
    with pytest.raises(EngineError) as caught:
        warm.engine.up(workspace("long", "leaky", description="long"))
    lines = caught.value.diagnostics.splitlines()
    assert "the last word" in caught.value.diagnostics
    assert lines[0].startswith("warning: ")
    assert MOST - 200 < len(caught.value.diagnostics.encode()) < MOST
    assert "line 0 of" not in caught.value.diagnostics


def reply(*said: str) -> Reply:
    """A failed run that said this."""
    return Reply(1, seen=EventSummary(said="\n".join(said)))


def test_it_is_cut_after_it_was_redacted() -> None:
    """A secret across the cut would be half a secret, which nothing recognizes."""
    secret = "s" * 3000
    text = diagnostics_of(reply(f"error: {secret}", "error: " + "x" * (MOST - 1500)), redact=Redactor.of([secret]))
    assert ("ss" in text, "[secret]" in text) == (False, True)


def test_one_line_that_is_too_long_is_shown_by_its_beginning() -> None:
    """Whole characters of it."""
    text = diagnostics_of(reply("error: " + "ü" * MOST), redact=Redactor())
    assert (True, True) == (text.startswith("error: üü"), MOST - 2 <= len(text.encode()) <= MOST)
    assert "" == diagnostics_of(reply(), redact=Redactor())


def test_what_a_terminal_would_overwrite_is_no_diagnostic() -> None:
    """Nor debugging, nor colours; what a message is about stands before it."""
    urn = "urn:pulumi:a::acme::helium:index:Workspace$gcp:storage/bucket:Bucket::data"
    events: list[dict[str, Json]] = [
        {"diagnosticEvent": {"severity": "info", "message": "waiting 1 s", "ephemeral": True}},
        {"diagnosticEvent": {"severity": "debug", "message": "wire"}},
        {"diagnosticEvent": {"severity": "info#err", "message": "<{%fg 1%}>red<{%reset%}> \x1b[31mword\x1b[0m\n"}},
        {"diagnosticEvent": {"severity": "error", "message": "no quota", "urn": urn}},
        {"diagnosticEvent": {"severity": "error", "message": ""}},
    ]
    assert "info: red word\nerror: Bucket data: no quota" == fold(events).said


def test_secrets_of_a_state_are_found_however_deep() -> None:
    """Short ones are left: they would blank half of any text."""
    sealed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    state = {
        "a": [
            {**sealed, "plaintext": '"plain text"'},
            {**sealed, "plaintext": '{"k": ["deep-1", 123456, true, "no"]}'},
        ],
        "b": {**sealed, "ciphertext": "v1:x"},
        "c": {**sealed, "plaintext": "{"},
    }
    assert ["plain text", "deep-1", "123456"] == list(secrets_in(state))
