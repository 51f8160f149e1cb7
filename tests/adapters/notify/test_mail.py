"""Mail to a real SMTP server on loopback."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from helium.adapters.notify.mail import Mail
from helium.ports.channels import MessageText
from helium.reconcile.telling.rendering import plain
from tests.adapters.notify.receivers import outgoing


class Inbox:
    """What a mail server got. `answers`: what it says to a recipient, by address; else it takes the mail."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Take a recipient, or not."""
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        """Keep a mail."""
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Inbox, str]]:
    """A server, and its URL."""
    known = Inbox()
    controller = Controller(known, hostname="127.0.0.1", port=_free())
    controller.start()
    try:
        yield known, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    """For one test."""
    with mail_server() as known:
        yield known


def mail(url: str) -> Mail:
    """Mail through that server."""
    return Mail(url, "helium@example.com", plain)


def test_a_mail_says_what_is_to_be_told(inbox: tuple[Inbox, str]) -> None:
    """As plain text, under an id that stays, so that a second copy is known for one; nobody's holiday note answers."""
    known, url = inbox
    text = MessageText("a ends in 1h 0m", ("Für Ada <b>",), {"Give it more time": "https://h/workspace/a#extend"})
    assert mail(url).send(outgoing(to="ada@example.com", text=text), seconds=20).ok
    got = known.mails[0]
    assert ("a ends in 1h 0m", "helium@example.com", "ada@example.com", f"<{'ab' * 16}@example.com>") == tuple(
        got[name] for name in ("Subject", "From", "To", "Message-ID")
    )
    assert ("auto-generated", "ab" * 16, "text/plain") == (
        got["Auto-Submitted"],
        got["X-Helium-Delivery"],
        got.get_content_type(),
    )
    lines = got.get_content().splitlines()
    assert ["Für Ada <b>", "", "Give it more time: https://h/workspace/a#extend"] == lines[:3]


def test_a_title_adds_no_header(inbox: tuple[Inbox, str]) -> None:
    """A line break in it is refused, and nothing is sent."""
    known, url = inbox
    text = MessageText("a\nBcc: eve@example.com", ("x",))
    assert not mail(url).send(outgoing(to="ada@example.com", text=text), seconds=20).ok
    assert [] == known.mails


@pytest.mark.parametrize(("answer", "for_good"), [("550 who?", True), ("450 later", False)])
def test_a_reader_who_is_refused_is_refused_alone(answer: str, for_good: bool, inbox: tuple[Inbox, str]) -> None:
    """For good where the server says so."""
    known, url = inbox
    known.answers["eve@example.com"] = answer
    receipt = mail(url).send(outgoing(to="eve@example.com"), seconds=20)
    assert (False, for_good, f"the server takes no mail to eve@example.com ({answer[:3]})") == (
        receipt.ok,
        receipt.for_good,
        receipt.why,
    )


def test_a_password_goes_nowhere_without_tls(inbox: tuple[Inbox, str]) -> None:
    """This server offers no login, so nothing is sent; what is said of it has no password."""
    _, url = inbox
    signed_in = mail(url.replace("smtp://", "smtp://ada:hunter2@"))
    receipt = signed_in.send(outgoing(to="ada@example.com"), seconds=20)
    assert (False, True) == (receipt.ok, "hunter2" not in receipt.why + repr(signed_in))


def test_a_server_that_says_nothing_or_is_away_ends_in_time() -> None:
    """It takes the connection, and never greets."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        receipt = mail(url).send(outgoing(to="a@example.com"), seconds=1)
        assert not receipt.ok
    assert not mail(url).send(outgoing(to="a@example.com"), seconds=5).ok


def test_tls_is_demanded_elsewhere_and_a_strangers_certificate_refused() -> None:
    """`smtps://` speaks TLS from the first byte: what answers in plain text is no such server."""
    with socket.create_server(("127.0.0.1", 0)) as plain_one:
        port = plain_one.getsockname()[1]

        def greet() -> None:
            connection, _ = plain_one.accept()
            with connection:
                connection.sendall(b"220 hello\r\n")

        threading.Thread(target=greet, daemon=True).start()
        receipt = mail(f"smtps://127.0.0.1:{port}").send(outgoing(to="a@example.com"), seconds=10)
    assert (False, "the server does not take it (SSLError)") == (receipt.ok, receipt.why)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
