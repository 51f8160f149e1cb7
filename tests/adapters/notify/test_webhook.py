"""A webhook against a receiver on a real socket, which behaves as badly as it likes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.adapters.notify.addresses import AddressRefusedError, judged
from helium.adapters.notify.webhook import Webhook
from tests.adapters.notify.receivers import KEY, Receiver, outgoing, receiver

LOCAL = ("127.0.0.0/8",)


@pytest.fixture
def at() -> Iterator[Receiver]:
    """A receiver."""
    with receiver() as known:
        yield known


def hook(at: Receiver) -> Webhook:
    """A webhook that calls it."""
    return Webhook(at.url, KEY, LOCAL)


def test_a_call_is_signed_as_github_signs_its_own(at: Receiver) -> None:
    """Over the very bytes that come, with an id that the signature covers too."""
    assert hook(at).send(outgoing(), seconds=10).ok
    call = at.calls[0]
    assert call.signed
    assert ("ab" * 16, "ready", "1", "application/json", f"127.0.0.1:{at.port}") == tuple(
        call.headers[name]
        for name in ("X-Helium-Delivery", "X-Helium-Event", "X-Helium-Attempt", "Content-Type", "Host")
    )
    assert {"delivery": "ab" * 16, "version": 1, "event": "ready", "text": "ü"} == call.document
    assert not replace(call, body=call.body + b" ").signed


@pytest.mark.parametrize(
    ("behave", "ok", "for_good", "why"),
    [
        ("200", True, False, ""),
        ("500", False, False, "it answers 500"),
        ("404", False, False, "it answers 404"),
        ("422", False, True, "it takes no such message (422)"),
        ("302 Location={url}", False, False, "it answers 302, and Helium follows no redirect"),
        ("close", False, False, "it does not answer"),
        ("headers", False, False, "it does not answer"),
        ("hang", False, False, "it does not answer"),
        ("drip", False, False, "it did not answer within 1 seconds"),
        ("flood", True, False, ""),
    ],
)
def test_whatever_answers_is_over_in_time(behave: str, ok: bool, for_good: bool, why: str, at: Receiver) -> None:
    """A body is not read, a redirect not followed, and a second is a second."""
    at.behave = behave
    began = time.monotonic()
    receipt = hook(at).send(outgoing(), seconds=1)
    assert (ok, for_good) == (receipt.ok, receipt.for_good)
    assert why in receipt.why or (behave == "hang" and "within" in receipt.why)
    assert time.monotonic() - began < 5
    assert 1 == len(at.calls)


def test_a_receiver_says_when_it_wants_to_be_asked_again(at: Receiver) -> None:
    """By seconds or by a date, within bounds; what is neither says nothing."""
    now = datetime.now(UTC)
    at.behave = "429 Retry-After=120"
    asked = hook(at).send(outgoing(), seconds=10).retry_at
    assert asked is not None
    assert timedelta(seconds=110) < asked - now < timedelta(seconds=180)
    at.behave = "503 Retry-After=Wed, 21 Oct 2099 07:28:00 GMT"
    far = hook(at).send(outgoing(), seconds=10).retry_at
    assert far is not None
    assert far - now < timedelta(hours=7)
    at.behave = "503 Retry-After=soon"
    assert hook(at).send(outgoing(), seconds=10).retry_at is None


def test_nobody_is_there() -> None:
    """Neither behind the port nor behind the name."""
    with receiver() as gone:
        pass
    assert "it does not answer (ConnectError)" == hook(gone).send(outgoing(), seconds=5).why
    nowhere = Webhook("https://nowhere.invalid/x", KEY)
    assert "nobody knows the address of nowhere.invalid" == nowhere.send(outgoing(), seconds=20).why


def test_a_private_address_is_refused_unless_the_machine_allows_it(at: Receiver) -> None:
    """Whoever writes `helium.yaml` does not reach what only this machine can."""
    receipt = Webhook(at.url, KEY).send(outgoing(), seconds=5)
    assert (False, "127.0.0.1 is in a private network; HELIUM_NOTIFY_NETWORKS in the environment may allow it", []) == (
        receipt.ok,
        receipt.why,
        at.calls,
    )


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fc00::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "localhost"),
    ],
)
def test_every_spelling_of_a_private_address_is_refused(host: str) -> None:
    """Also those that stand for one of the other family."""
    with pytest.raises(AddressRefusedError, match="private network"):
        judged(host, 443, allowed=(), plain=False)


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"])
def test_the_metadata_of_a_cloud_is_refused_always(host: str) -> None:
    """Even where somebody allowed everything."""
    with pytest.raises(AddressRefusedError, match="where no call goes"):
        judged(host, 80, allowed=("0.0.0.0/0", "::/0"), plain=True)


def test_plain_http_goes_to_allowed_networks_alone() -> None:
    """What is told is nobody else's matter."""
    with pytest.raises(AddressRefusedError, match="write https"):
        judged("8.8.8.8", 80, allowed=(), plain=True)
    assert "8.8.8.8" == judged("8.8.8.8", 443, allowed=(), plain=False)
    assert "10.0.0.1" == judged("10.0.0.1", 80, allowed=("10.0.0.0/8",), plain=True)


def test_a_key_is_in_no_printed_form(at: Receiver) -> None:
    """A log shows objects."""
    assert KEY not in repr(hook(at))
