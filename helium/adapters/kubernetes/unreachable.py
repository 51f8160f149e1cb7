"""Why a cluster did not answer: in words for people, and as a word for whoever looks for what mends it."""

from __future__ import annotations

from enum import StrEnum


class Unreachable(StrEnum):
    """What is in the way. `OTHER`: the words have to do."""

    REFUSED = "refused"
    SILENT = "silent"
    UNKNOWN_HOST = "unknown-host"
    CERTIFICATE = "certificate"
    EXPIRED_CERTIFICATE = "expired-certificate"
    CREDENTIAL_PROGRAM = "credential-program"
    NOT_ACCEPTED = "not-accepted"
    OTHER = "other"


_SIGNS = (
    (Unreachable.REFUSED, "Connection refused", "nobody listens there (connection refused)"),
    (Unreachable.UNKNOWN_HOST, "Name or service not known", "its host has no address"),
    (Unreachable.UNKNOWN_HOST, "nodename nor servname", "its host has no address"),
    (Unreachable.UNKNOWN_HOST, "Temporary failure in name resolution", "its host's address cannot be looked up now"),
    (Unreachable.EXPIRED_CERTIFICATE, "certificate has expired", "its certificate has expired"),
    (Unreachable.CERTIFICATE, "CERTIFICATE_VERIFY_FAILED", "its certificate is not of the kubeconfig's CA"),
)


def explained(error: Exception) -> tuple[Unreachable, str]:
    """Of an error of HTTP or of a socket: what it is, and how to say it."""
    # Loaded by whoever speaks to a cluster, and by nobody who only looks at a record.
    from httpx2 import TimeoutException

    if isinstance(error, TimeoutException):
        return Unreachable.SILENT, "no answer in time"
    text = str(error)
    for kind, sign, words in _SIGNS:
        if sign in text:
            return kind, words
    return Unreachable.OTHER, text or type(error).__name__
