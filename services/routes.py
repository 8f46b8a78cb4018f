"""All doors of one process on one application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.responses import Response

from services import subscribers
from services.audit import http as audit_http
from services.audit.documents import http as documents_http
from services.audit.timeline import Timeline
from services.capa import http as capa_http
from services.capa import worklist as capa_worklist
from services.capa.costs import CostStatement
from services.capa.review_book import ReviewBook
from services.capa.worklist import CapaWorklist
from services.console.headers import RAW
from services.console.wiring import add_console
from services.examples import EXAMPLES
from services.insight import http as insight_http
from services.insight.case_board import CaseBoard
from services.insight.case_studies import CaseStudies
from services.intake import http as intake_http
from services.intake import reference_http
from services.intake import worklist as intake_worklist
from services.intake.kept_files import KeptFiles
from services.intake.reference_lists import ReferenceLists
from services.intake.worklist import IntakeWorklist
from services.notify import http as notify_http
from services.organisation_chart import SERVICES
from services.sla_watch import http as sla_http
from services.sla_watch.board import SlaBoard
from services.triage import http as triage_http
from services.triage import worklist as triage_worklist
from services.triage.similar_cases import SimilarCases
from services.triage.worklist import TriageWorklist
from shared.runtime import asyncapi, openapi
from shared.runtime.health import Hurry
from shared.runtime.http import CommandRoutes, Json, application_of, take_routes
from shared.runtime.rebuild_routes import rebuild_routes
from shared.runtime.short_cut import ShortCut
from shared.runtime.worklist_routes import worklist_route

if TYPE_CHECKING:
    from services.console.front import Upstream
    from services.house import House

DESCRIPTION = "Complaints and CAPA whose primary store is the audit trail itself. Every answer that says no names rule and way out."


def application(house: House) -> FastAPI:
    """The application with the doors of the parts that this house runs."""
    app = application_of("Casetrail", DESCRIPTION, house.doorkeeper)
    models, keeper = house.readables, house.doorkeeper
    for name in house.parts:
        if name in SERVICES:
            app.router.routes.append(CommandRoutes(SERVICES[name], keeper, EXAMPLES))
    if "intake" in house.parts:
        take_routes(app, intake_http.routes(keeper, house.files, models[KeptFiles]))
        take_routes(app, reference_http.routes(keeper, models[ReferenceLists]))
        take_routes(app, worklist_route("intake", models[IntakeWorklist], intake_worklist.waiting))
    if "triage" in house.parts:
        take_routes(app, worklist_route("triage", models[TriageWorklist], triage_worklist.waiting))
        take_routes(app, triage_http.routes(keeper, models[SimilarCases]))
    if "capa" in house.parts:
        take_routes(app, worklist_route("capa", models[CapaWorklist], capa_worklist.waiting))
        take_routes(app, capa_http.routes(keeper, models[CostStatement], models[ReviewBook]))
    if "audit" in house.parts:
        take_routes(app, audit_http.routes(keeper, models[Timeline]))
        take_routes(app, documents_http.routes(keeper, house.room))
    if "insight" in house.parts:
        take_routes(app, insight_http.routes(models[CaseBoard], models[CaseStudies]))
    if house.sender is not None:
        take_routes(app, notify_http.routes(keeper, house.sender))
    if "sla_watch" in house.parts:
        take_routes(app, sla_http.routes(keeper, models[SlaBoard], house.pass_time))
        take_routes(app, subscribers.routes(keeper, house.nats))
    take_routes(app, rebuild_routes(list(models.values())))
    if house.upstream is not None and "console" in house.parts:
        _front_door(app, house, house.upstream)
    take_routes(app, house.health.routes())
    _documents(app, house)
    if "console" in house.parts:
        house.sessions = add_console(
            app, house.shelf, keeper, house.files, house.room, SERVICES.values(), house.readables
        )
    return app


def served(app: FastAPI, house: House) -> ShortCut:
    """What the server is given: commands do not pass through the application."""
    also = RAW if "console" in house.parts else ()
    return ShortCut(app, house.doorkeeper, [SERVICES[name] for name in house.parts if name in SERVICES], also)


def _front_door(app: FastAPI, house: House, upstream: Upstream) -> None:
    # A house in one process asks nobody: importing an HTTP client would be a twentieth of its start.
    from services.console.front import add_front_door, readiness

    add_front_door(app, upstream)

    @app.get("/readyz", include_in_schema=False)
    async def readyz(hurry: Hurry = False, here: bool = False) -> Response:
        if here:  # for whoever sends requests to this process: the others answer for themselves
            return await house.health.answer(hurry)
        return await readiness(app.state.ask_parts, hurry)


def _documents(app: FastAPI, house: House) -> None:
    services = [SERVICES[name] for name in house.parts if name in SERVICES]
    made: dict[str, Any] = {}

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi_document() -> Response:
        if "openapi" not in made:
            document = openapi.document(app, services)
            if house.upstream is not None and "console" in house.parts:
                from services.console.front import merged_openapi

                document = await merged_openapi(app.state.ask_parts, document)
            made["openapi"] = document
        return Json(made["openapi"])

    @app.get("/asyncapi.json", include_in_schema=False)
    async def asyncapi_document() -> Response:
        if "asyncapi" not in made:
            made["asyncapi"] = asyncapi.document(list(SERVICES.values()))
        return Json(made["asyncapi"])
