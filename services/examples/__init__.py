"""One worked example for each command, shown in the OpenAPI document; a test carries every one of them out."""

from __future__ import annotations

from typing import Any

from services.examples import capa, intake, main_way, money, reference, reviews, triage

EXAMPLES: dict[str, dict[str, Any]] = {
    name: body
    for topic in (main_way, intake, triage, reference, money, capa, reviews)
    for name, body in topic.EXAMPLES.items()
}
"""Command class → body. One module for each topic."""
