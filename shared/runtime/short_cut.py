"""Commands go straight from the server to the doorkeeper.

The routes are there all the same, for the documentation and for whatever does not match exactly. But a framework's way to one
of them, with its middleware, its requests and responses and its exit stacks, was measured to cost more than the command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.kernel.errors import Problem
from shared.runtime.door import Doorkeeper
from shared.runtime.http import a_bug, carry_out, problem_response
from shared.runtime.service import Handles, Service

RawHeaders = Sequence[tuple[bytes, bytes]]


class ShortCut:
    """What the server is given instead of the application; the application gets whatever is no command."""

    def __init__(
        self, app: ASGIApp, doorkeeper: Doorkeeper, services: Sequence[Service], also: RawHeaders = ()
    ) -> None:
        """`also`: headers of every answer, which the application's own middleware gives to all others."""
        self.app, self.doorkeeper, self.also = app, doorkeeper, also
        self.table: dict[tuple[str, ...], tuple[Service, Handles]] = {
            (service.prefix, *handles.path.split("/")): (service, handles)
            for service in services
            for handles in service.handles
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a command, or pass on."""
        if scope["type"] == "http" and scope["method"] == "POST":
            parts = scope["path"].split("/")[1:]
            id = parts[2] if len(parts) == 4 else ""
            found = self.table.get((*parts[:2], "{id}", parts[3]) if id else tuple(parts))
            if found is not None:
                await self._answer(*found, id, scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _answer(
        self, service: Service, handles: Handles, id: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            reply = await carry_out(self.doorkeeper, service, handles, id, _headers(scope), receive)
        except Problem as problem:
            await self._say(problem_response(problem), scope, receive, send)
        except ClientDisconnect:
            await self._say(Response(status_code=400), scope, receive, send)  # nobody is there to read it
        except Exception as error:
            await self._say(a_bug(Request(scope), error), scope, receive, send)
        else:
            body = orjson.dumps(reply.body)
            said = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
            head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *said, *self.also]
            await send({"type": "http.response.start", "status": reply.status, "headers": head})
            await send({"type": "http.response.body", "body": body})

    async def _say(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        response.raw_headers.extend(self.also)
        await response(scope, receive, send)


def _headers(scope: Scope) -> Mapping[str, str]:
    """Of a header that is given twice, the first counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
