"""Requests of many people, where main takes only pull requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from helium.core.change_request import ChangeRequest, SharedPullRequest
from helium.ports.commit_queue import View
from helium.ports.repo import Edit


class ChangeRequests(Protocol):
    """Opens pull requests in the name of Helium's own account."""

    def submit(self, request: ChangeRequest, edit: Callable[[View], Sequence[Edit]]) -> SharedPullRequest | None:
        """Block until the ledger has the request, and as a rule until the host has its pull request.

        Requests of a short time share one. `None`: main has exactly that already. A request whose id the ledger knows
        is done already; `KeyReusedError` when it has another one with its key. Without a `number`, the host does not
        answer now, and the pull request is opened as soon as it does. Whatever `edit` raises; `SourceError` when the
        ledger or the branch cannot be written, `HostError` when the host refuses; then nothing is asked for.
        """
