"""When pydantic builds its schemas: when they are first needed, not while modules are imported."""

from __future__ import annotations

from pydantic import BaseModel


def when_needed() -> None:
    """From now on so for the models of libraries too; ours say it themselves.

    FastAPI's describe OpenAPI, for which nobody may ever ask. Measured: a thirtieth of a start.
    """
    BaseModel.model_config["defer_build"] = True
