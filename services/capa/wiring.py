"""CAPA to the machinery."""

from __future__ import annotations

from typing import Any

from services.capa import reviews
from services.capa.costs import CostStatement
from services.capa.domain import TOPICS
from services.capa.review_book import ReviewBook
from services.capa.worklist import CapaWorklist
from shared.kernel.fact import Occasion
from shared.runtime.rules_now import RulesNow
from shared.runtime.service import Handles, Service, case_commands


def _review(id: str, command: Any, occasion: Occasion) -> str:
    return reviews.stream_for(command, occasion)


def _site(id: str, command: Any, rules: RulesNow) -> str:
    return str(command.site)


SERVICE = Service(
    "capa",
    handles=(
        *case_commands(TOPICS),
        Handles(reviews.ScheduleReview, reviews.decide, "reviews/schedule", _review, creates=True, site=_site),
        Handles(reviews.HoldReview, reviews.decide, "reviews", _review, creates=True, site=_site),
    ),
    read_models=(CapaWorklist, CostStatement, ReviewBook),
    description="Containment, cause, actions, verification, closure; reviews of a site",
)
