"""`POST /<service>/read-models/<name>/rebuild`: build a read model anew from the ledger while everything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from shared.kernel.errors import Forbidden
from shared.runtime.http import Routes, SignedIn
from shared.runtime.readable import Readable


def rebuild_routes(readables: Sequence[Readable]) -> Routes:
    """One route for each read model of the process."""
    router = Routes()
    for readable in readables:
        _route(router, readable)
    return router


def _route(router: Routes, readable: Readable) -> None:
    name = readable.store.model.name
    prefix = prefix_of(readable)

    @router.post(
        f"/{prefix}/read-models/{name}/rebuild",
        operation_id=f"rebuild.{name}",
        summary=f"Build {name} anew",
        tags=[prefix],
    )
    async def rebuild(person: SignedIn, request: Request) -> dict[str, Any]:
        directory = request.app.state.doorkeeper.desk.directory
        if not any(site.owner == person.id for site in directory.sites.values()):
            raise Forbidden("only an owner has read models rebuilt", rule="G-SITE")
        await readable.listener.rebuild()
        return {"rebuilt": name, "position": readable.position}


def prefix_of(readable: Readable) -> str:
    """The service's prefix, from the name of the durable."""
    known = ("sla-watch", "intake", "triage", "capa", "audit", "insight", "notify")
    return next(prefix for prefix in known if readable.listener.durable.startswith(prefix))
