"""What a refusal of a host means, and what to do about it: each status as an error of Helium's."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from helium.adapters.hosts.call import HostAnswer, HostCall
from helium.adapters.hosts.token import HostToken
from helium.core.host_errors import HostError, HostMissingError, HostRightsError
from helium.core.host_place import HostPlace

_PERMISSIONS = re.compile(r"[a-z_=,; ]{1,200}")


def refusal(answer: HostAnswer, call: HostCall, *, place: HostPlace, token: HostToken) -> HostError:
    """The error for an answer that is neither a success nor a reason to wait."""
    said = token.redacted(answer.message)
    status = f"{answer.status}: {said}" if said else str(answer.status)
    cannot, right = f"Helium cannot {call.what}", _right(answer, call)
    if 300 <= answer.status < 400:
        return HostError(f"{cannot}, because {place.name} {_sends_on(answer, place)}.")
    if answer.status == 401:
        return HostRightsError(
            f"{cannot}: {place.name} does not accept the token in {token.source} ({status}). "
            f"Make a new one, with {right}."
        )
    if answer.status == 403:
        return HostRightsError(
            f"{cannot}: {place.name} does not let its account do so ({status}). "
            f"Give the token in {token.source} {right}."
        )
    if answer.status == 404:
        return HostMissingError(
            f"{cannot}: {place.name} does not have it in {place.repository}, or hides it from Helium's account "
            f"({status}). Check host: in helium.yaml. If that is right, let the account into the repository, and give "
            f"the token in {token.source} {right}."
        )
    return HostError(f"{cannot}: {place.name} refuses it ({status}).")


def _right(answer: HostAnswer, call: HostCall) -> str:
    """What the token needs. GitHub says it itself, like `issues=write; pull_requests=write`: one of these will do."""
    said = answer.headers.get("x-accepted-github-permissions", "")
    if not said or not _PERMISSIONS.fullmatch(said):
        return call.right
    return f"the permission {' or '.join(each.strip() for each in said.split(';'))}"


def _sends_on(answer: HostAnswer, place: HostPlace) -> str:
    """A renamed repository is sent on within the host; whatever else it is, the token does not go there."""
    to = urlsplit(answer.headers.get("location", ""))
    here = urlsplit(place.api).netloc
    where = to.netloc if to.netloc and to.netloc != here else "another address"
    return (
        f"sends us on to {where} ({answer.status}), and the token does not go there. "
        "The repository may have another name now: correct host: in helium.yaml, and the remote's address"
    )
