"""Mail, by SMTP: plain text, with a Message-ID that stays the same, so that a mail program shows a second copy as one.

A password goes over TLS alone. Without TLS, mail goes to a server on this machine and no further.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from helium.adapters.notify.within import within
from helium.ports.channels import MessageText, Outgoing, Receipt

SUBMISSION, SUBMISSION_TLS = 587, 465
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Mail:
    """The port `Channel`. `url`: `smtps://USER:PASSWORD@SERVER`, or `smtp://` for STARTTLS."""

    url: str = field(repr=False)
    sender: str
    render: Callable[[MessageText], str]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """One mail to one reader."""
        return within(seconds, lambda: self._mail(one, seconds=seconds))

    def close(self) -> None:
        """Each mail has a connection of its own."""

    def _mail(self, one: Outgoing, *, seconds: float) -> Receipt:
        try:
            with self._connected(seconds) as server:
                server.send_message(_mail_of(one, sender=self.sender, render=self.render))
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return Receipt(False, f"the server takes no mail to {one.to} ({code})", for_good=code >= 500)
        except smtplib.SMTPAuthenticationError as error:
            return Receipt(False, f"the server refuses the user or the password ({error.smtp_code})")
        except smtplib.SMTPResponseException as error:
            return Receipt(False, f"the server refuses ({error.smtp_code})")
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Receipt(False, f"the server does not take it ({type(error).__name__})")
        return Receipt(True)

    def _connected(self, seconds: float) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        trusted = ssl.create_default_context(cafile=self.environ.get("SSL_CERT_FILE") or None)
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, parts.port or SUBMISSION_TLS, timeout=seconds, context=trusted
            )
        else:
            server = smtplib.SMTP(host, parts.port or SUBMISSION, timeout=seconds)
            if host not in _LOCAL:
                server.starttls(context=trusted)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def _mail_of(one: Outgoing, *, sender: str, render: Callable[[MessageText], str]) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = one.text.title
    mail["From"] = sender
    mail["To"] = one.to
    mail["Message-ID"] = f"<{one.id}@{sender.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(one.message.noted)
    # Nobody's holiday note should answer it.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Helium-Delivery"] = one.id
    mail.set_content(render(one.text))
    return mail
