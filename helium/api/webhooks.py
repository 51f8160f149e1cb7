"""`POST /hooks/git`: the git host says that somebody pushed, so that the mirror fetches now and not in a while.

Refuses a call that is not signed with the shared secret. The body is not used: the remote itself says what is new.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from helium.api.parts import ApiParts
from helium.api.problems import problem
from helium.api.request_body import in_time

LARGEST = 4 << 20
"""The body of a push with many commits is long."""
SIGNATURES = ("X-Hub-Signature-256", "X-Gitea-Signature", "X-Forgejo-Signature", "X-Gogs-Signature")


@post("/hooks/git", request_max_body_size=LARGEST, include_in_schema=False)
async def git(request: Request[Any, Any, Any], parts: NamedDependency[ApiParts]) -> Response[None]:
    """202 for a call that is signed, of whatever event; 403 for another, 404 where no secret is set."""
    if not parts.hook_secret:
        raise problem(404, "Webhooks are off. To take them, start Helium with HELIUM_HOOK_SECRET.")
    body = await in_time(request.body())
    wanted = hmac.new(parts.hook_secret, body, hashlib.sha256).hexdigest().encode()
    signatures = (request.headers.get(name, "").removeprefix("sha256=").encode(errors="replace") for name in SIGNATURES)
    if not any(hmac.compare_digest(each, wanted) for each in signatures):
        raise problem(403, "This call is not signed with HELIUM_HOOK_SECRET. Set the same secret at the git host.")
    parts.poke()
    return Response(None, status_code=202)
