"""The real apprise, in its own process, to a receiver on loopback; and processes that do not behave."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from helium.adapters.notify.apprise import AppriseChannel
from helium.adapters.notify.apprise_worker import without_secrets
from helium.ports.channels import MessageText
from helium.reconcile.telling.rendering import chat
from tests.adapters.notify.receivers import Receiver, outgoing, receiver

SECONDS = 60.0
"""Its plugins take some seconds to load on a busy machine."""


@pytest.fixture
def at() -> Iterator[Receiver]:
    """A receiver."""
    with receiver() as known:
        yield known


def test_apprise_tells_and_what_it_says_of_a_failure_has_no_secret(at: Receiver) -> None:
    """One process for several messages; of the environment it has nothing that is not the network's."""
    url = f"json://user:secretword@127.0.0.1:{at.port}/hidden-path"
    channel = AppriseChannel(url, ("json", "jsons"), chat, {"HELIUM_PASSPHRASE": "x"})
    try:
        text = MessageText("a is of *`b`*c@example.com now", ("@everyone <!channel>",))
        assert channel.send(outgoing(text=text), seconds=SECONDS).ok
        at.behave = "500"
        failed = channel.send(outgoing(), seconds=SECONDS)
        at.behave = "ok"
        assert channel.send(outgoing(), seconds=SECONDS).ok
    finally:
        channel.close()
    first = at.calls[0].document
    assert ("a is of \u2217'b'\u2217c@example.com now", True) == (
        first["title"],
        "@everyone" not in first["message"] and "<" not in first["message"],
    )
    assert 3 == len(at.calls)
    assert not failed.ok
    assert failed.why
    assert all(secret not in failed.why + repr(channel) for secret in ("secretword", "hidden-path", "user:"))


def test_a_secret_that_is_encoded_in_the_url_is_not_said_decoded_either() -> None:
    """What a plugin complains of has it as it was sent."""
    said = without_secrets(
        "mailto://ada:p%40ss%2Fword@example.org", "534 p@ss/word and p%40ss%2Fword are\n wrong for ada"
    )

    assert "534 … and … are wrong for ada" == said


def test_no_plugin_but_those_of_the_settings_is_used(at: Receiver) -> None:
    """The URL in the environment must be of a kind that `helium.yaml` names: judged here, and by apprise as well."""
    channel = AppriseChannel(f"json://127.0.0.1:{at.port}/", ("slack",), chat)
    receipt = channel.send(outgoing(), seconds=SECONDS)
    assert (False, "its URL must begin with one of slack, as schemas in helium.yaml says") == (receipt.ok, receipt.why)
    assert [] == at.calls


def test_a_url_that_apprise_cannot_use_is_an_answer() -> None:
    """It lacks what Slack needs."""
    channel = AppriseChannel("slack://", ("slack",), chat)
    try:
        receipt = channel.send(outgoing(), seconds=SECONDS)
    finally:
        channel.close()
    assert (False, True) == (receipt.ok, bool(receipt.why))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import time; time.sleep(60)", "it did not answer within 1 seconds"),
        ("pass", "its process ended"),
        ("print('no json')", "its process ended"),
        ("import sys; [print('{\"ok\": true}', flush=True) for _ in range(10**9)]", ""),
    ],
)
def test_a_process_that_does_not_behave_is_killed(program: str, why: str) -> None:
    """It hangs, ends, says what it must not, or says too much: a second is a second."""
    channel = AppriseChannel("json://x", ("json",), chat, command=(sys.executable, "-c", program))
    began = time.monotonic()
    receipt = channel.send(outgoing(), seconds=1 if "sleep" in program else 20)
    channel.close()
    assert (why in receipt.why, not why) == (True, receipt.ok)
    assert time.monotonic() - began < 25
