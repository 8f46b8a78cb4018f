"""OpenAPI 3.1 for what an application answers, with the commands' schemas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from shared.runtime.http import ANSWER_SCHEMA, PROBLEM_SCHEMA, CommandRoutes
from shared.runtime.service import Service


def document(app: FastAPI, services: Sequence[Service]) -> dict[str, Any]:
    """OpenAPI 3.1 with the commands' schemas, made once."""
    routes = [
        one for route in app.routes for one in (route.router.routes if isinstance(route, CommandRoutes) else [route])
    ]
    for route in routes:
        for media in _media(route):
            if isinstance(media.get("schema"), type):
                media["schema"] = media["schema"].model_json_schema()
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for service in services:
        for handles in service.handles:
            schema = handles.command.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(
                {name: _as_asked(part) for name, part in schema.pop("$defs", {}).items() if name not in ERASED}
            )
            schemas[handles.command.__name__] = _as_asked(schema)
    schemas["Problem"], schemas["Answer"] = PROBLEM_SCHEMA, ANSWER_SCHEMA
    made["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for path in made["paths"].values():
        for operation in path.values():
            answers = operation.get("responses", {})
            answers.get("422", {}).get("content", {}).pop("application/json", None)
            if "health" not in operation.get("tags", ()):
                operation["security"] = [{"bearer": []}]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return made


def _media(route: BaseRoute) -> Iterable[dict[str, Any]]:
    """What is said of the bodies that a route reads itself."""
    said: dict[str, Any] = getattr(route, "openapi_extra", None) or {}
    return said.get("requestBody", {}).get("content", {}).values()


ERASED = {"Erased_Complainant_", "Erased_Employee_"}


def _as_asked(schema: Any) -> Any:
    """A command's schema without what no caller may say: that personal data stood there and was erased."""
    if isinstance(schema, list):
        return [_as_asked(part) for part in cast("list[Any]", schema) if not _is_erased(part)]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {name: _as_asked(part) for name, part in cast("dict[str, Any]", schema).items()}
    if kept.get("default") == "":  # left out, the case finds the next free id itself; no caller sends that
        del kept["default"]
    if len(kept.get("anyOf", ())) == 1:
        kept |= kept.pop("anyOf")[0]
    return kept


def _is_erased(part: Any) -> bool:
    return isinstance(part, dict) and str(cast("dict[str, Any]", part).get("$ref")).rpartition("/")[2] in ERASED
