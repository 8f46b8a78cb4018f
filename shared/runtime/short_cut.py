"""Commands go straight from the server to the doorkeeper.

The routes are there all the same, for the documentation and for whatever does not match exactly. But finding one among a
hundred of them, with the framework's dependencies and exit stacks around it, was measured to cost more than the command.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shared.kernel.errors import Problem
from shared.runtime.door import Doorkeeper
from shared.runtime.http import a_bug, carry_out, problem_response
from shared.runtime.service import Handles, Service

log = logging.getLogger("casetrail.http")


class ShortCut:
    """ASGI middleware; wrap it with whatever adds headers."""

    def __init__(self, app: Any, doorkeeper: Doorkeeper, services: Sequence[Service]) -> None:
        self.app, self.doorkeeper = app, doorkeeper
        self.table: dict[tuple[str, ...], tuple[Service, Handles]] = {
            (service.prefix, *handles.path.split("/")): (service, handles)
            for service in services
            for handles in service.handles
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a command, or pass on."""
        if scope["type"] == "http" and scope["method"] == "POST":
            parts = scope["path"].split("/")[1:]
            id = parts[2] if len(parts) == 4 else ""
            found = self.table.get((*parts[:2], "{id}", parts[3]) if id else tuple(parts))
            if found is not None:
                response = await self._answer(*found, id, Request(scope, receive))
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _answer(self, service: Service, handles: Handles, id: str, request: Request) -> Response:
        try:
            return await carry_out(self.doorkeeper, service, handles, id, request)
        except Problem as problem:
            return problem_response(problem)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as error:
            return a_bug(request, error)
