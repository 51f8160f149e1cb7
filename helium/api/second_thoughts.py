"""The calls for second thoughts: a removed file comes back, what failed is tried again, a workspace changes hands."""

from __future__ import annotations

from functools import partial

from litestar import Controller, Response, post
from litestar.params import FromPath, FromQuery

from helium.api import openapi
from helium.api.auth import needs
from helium.api.responses import WriteResponse
from helium.api.retries import retried
from helium.api.tokens import Scope
from helium.api.workspaces import ApiRequest, Key, TheIndexer, TheParts, TheWrites, answered, write_request
from helium.core.digest import Json

_WRITES = (needs(Scope.WRITE),)


class SecondThoughts(Controller):
    """What has no body: the address says all of it."""

    @post(
        "/workspace/{id:str}/restore",
        guards=_WRITES,
        summary="Put a removed file back",
        status_code=200,
        responses=openapi.CHANGE_ONE,
    )
    async def restore(
        self,
        id: FromPath[str],
        request: ApiRequest,
        *,
        writes: TheWrites,
        parts: TheParts,
        key: Key = None,
        empty: FromQuery[bool] = False,
    ) -> Response[WriteResponse]:
        """Cancels a deletion that no pass has begun: the file comes back as it was, and the workspace goes on.

        Of one that was destroyed, this answers 404 and says so; with `empty=true` its spec makes a new, empty one.
        """
        fields: dict[str, Json] = {"empty": True} if empty else {}
        body = await write_request(request, parts, key=key, match=None, fields=fields)
        return answered(await writes.written(lambda: writes.restore(id, body)))

    @post(
        "/workspace/{id:str}/owner",
        guards=_WRITES,
        summary="Give a workspace to somebody else",
        status_code=200,
        responses=openapi.CHANGE_ONE,
    )
    async def give(
        self,
        id: FromPath[str],
        to: FromQuery[str],
        *,
        request: ApiRequest,
        writes: TheWrites,
        parts: TheParts,
        key: Key = None,
    ) -> Response[WriteResponse]:
        """`?to=ada@example.com`, by its owner or an admin. It counts for the quota of whoever gets it."""
        body = await write_request(request, parts, key=key, match=None, fields={"owner": to})
        return answered(await writes.written(lambda: writes.change(id, body)))

    @post(
        "/workspace/{id:str}/retry",
        guards=_WRITES,
        summary="Try again what failed",
        status_code=200,
        responses=openapi.CHANGE_ONE,
    )
    async def retry(
        self, id: FromPath[str], request: ApiRequest, *, writes: TheWrites, indexer: TheIndexer, parts: TheParts
    ) -> Response[WriteResponse]:
        """The next round tries it, by a note in the ledger; no file changes. 200 where it would have done so anyway."""
        asked = partial(retried, id, caller=request.auth, indexer=indexer, parts=parts)
        waited = await writes.written(asked)
        return Response(WriteResponse(id), status_code=202 if waited else 200)
