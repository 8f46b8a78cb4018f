"""`python -m bench.served noop|desk …`: servers that are no whole house, started as its door is.

`noop` reads a body and answers; `desk` is the desk with its ledger and the commands of `intake`, and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.types import ASGIApp

from bench.writes import STORES, opened_world
from services.composition import log_to, run_to_end
from services.house import door
from services.organisation_chart import SERVICES
from shared.runtime.door import Doorkeeper
from shared.runtime.http import CommandRoutes, application_of
from shared.runtime.short_cut import ShortCut

ANSWER = b'{"complaint_id":"019abcde-0000-7000-8000-000000000000","version":1,"position":100000,"events":[]}'


def noop() -> FastAPI:
    """A POST that does nothing but read what was sent."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/intake/complaints")
    async def complaints(request: Request) -> Response:
        await request.body()
        return Response(ANSWER, 201, media_type="application/json")

    return app


def desk(folder: Path, store: str) -> ASGIApp:
    """Every command of `intake`, durable when it is answered; nobody listens. A clerk's token is left in `clerk.token`."""
    world = opened_world(store, folder)
    (folder / "clerk.token").write_text(world.token)
    keeper = Doorkeeper(world.desk, alone=True)
    app = application_of("Desk", "The desk alone.", keeper)
    app.router.routes.append(CommandRoutes(SERVICES["intake"], keeper, {}))
    return ShortCut(app, keeper, [SERVICES["intake"]])


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("noop", "desk"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--store", choices=STORES, default="SQLite")
    given = parser.parse_args()
    log_to(logging.StreamHandler())
    app = noop() if given.what == "noop" else desk(given.folder, given.store)
    run_to_end(_serve(uvicorn.Server(door(app, "127.0.0.1", given.port))), on_one_core=True)


async def _serve(server: uvicorn.Server) -> None:
    await asyncio.create_task(server.serve())


if __name__ == "__main__":
    main()
