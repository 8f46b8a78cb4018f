"""The promises about time, as data: what starts and stops each clock, how long is allowed by grade, and who promises it.

Targets by policy pack follow with the packs; these are the strictest the sources state, or proposals where they are silent.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.events import complaint as events
from shared.events.clocks import Rung
from shared.events.words import Direction
from shared.kernel.fact import Event
from shared.kernel.values import Rank

BY_DATE = "date"
"""The target of a clock whose due day was agreed in the case itself."""

SUPERVISOR_LADDER = (Rung(role="service_supervisor"), Rung(role="quality_head", after="PT4H"))
QUALITY_LADDER = (
    Rung(role="dept_head"),
    Rung(role="quality_head", after="wd1"),
    Rung(role="general_manager", after="wd2"),
)
URGENT_LADDER = (
    Rung(role="dept_head"),
    Rung(role="quality_head", after="PT4H"),
    Rung(role="general_manager", after="wd1"),
)


@dataclass(frozen=True)
class Clause:
    """One promise. `allowed` is in the notation of domain §4.5.3, by rank; `presumed` holds until the case is graded.

    `per_action` gives every action a clock of its own. `warn` is in percent of the allowed time.
    """

    name: str
    title: dict[str, str]
    starts: type[Event]
    stops: type[Event]
    allowed: dict[Rank, str]
    source: str
    presumed: str | None = None
    warn: tuple[int, ...] = (50, 80)
    ladder: tuple[Rung, ...] = QUALITY_LADDER
    urgent_ladder: tuple[Rung, ...] = URGENT_LADDER
    pauses: bool = False
    per_action: bool = False

    def target(self, rank: Rank | None) -> str:
        """What is allowed at this rank; before grading, what is presumed."""
        if rank is None:
            return self.presumed or self.allowed[Rank.MINOR]
        return self.allowed[rank]

    def rungs(self, rank: Rank | None) -> tuple[Rung, ...]:
        """Where a breach climbs; faster for a critical case."""
        return self.urgent_ladder if rank == Rank.CRITICAL else self.ladder


def _by_rank(critical: str, major: str, minor: str, negligible: str) -> dict[Rank, str]:
    return dict(zip(Rank, (critical, major, minor, negligible), strict=True))


def _same(target: str) -> dict[Rank, str]:
    return dict.fromkeys(Rank, target)


CLAUSES: tuple[Clause, ...] = (
    Clause(
        "acknowledgement",
        {"en": "Acknowledgement", "zh": "受理确认"},
        starts=events.Received, stops=events.Acknowledged, allowed=_same("PT2H:biz"), warn=(80,),
        ladder=SUPERVISOR_LADDER, urgent_ladder=SUPERVISOR_LADDER, source="S1-05",
    ),
    Clause(
        "first_response",
        {"en": "First response", "zh": "首次响应"},
        starts=events.Received, stops=events.CustomerContacted, allowed=_by_rank("PT2H", "PT4H", "PT8H", "PT24H"),
        presumed="PT24H", ladder=SUPERVISOR_LADDER, urgent_ladder=SUPERVISOR_LADDER, source="S1-18, S1-21, S1-23, S3-36",
    ),
    Clause(
        "root_cause",
        {"en": "Root cause", "zh": "根本原因"},
        starts=events.Assigned, stops=events.RootCauseFound, allowed=_by_rank("PT24H", "wd3", "wd3", "wd5"),
        pauses=True, source="S0-29",
    ),
    Clause(
        "action_plan",
        {"en": "Action plan", "zh": "措施计划"},
        starts=events.Assigned, stops=events.ActionPlanSubmitted, allowed=_by_rank("PT48H", "PT48H", "wd5", "wd7"),
        pauses=True, source="S2-31",
    ),
    Clause(
        "action",
        {"en": "Action due", "zh": "措施到期"},
        starts=events.ActionPlanApproved, stops=events.ActionCompleted, allowed=_same(BY_DATE), per_action=True,
        source="S0-40",
    ),
    Clause(
        "verification",
        {"en": "Verification", "zh": "效果验证"},
        starts=events.ActionCompleted, stops=events.Verified, allowed=_by_rank("wd3", "wd3", "cd7", "cd7"),
        source="S0-45, S1-46",
    ),
    Clause(
        "closure",
        {"en": "Closure", "zh": "结案"},
        starts=events.Received, stops=events.Closed, allowed=_by_rank("wd5", "wd10", "wd15", "wd20"),
        presumed="wd20", pauses=True, source="S3-23",
    ),
)  # fmt: skip

BY_NAME: dict[str, Clause] = {clause.name: clause for clause in CLAUSES}


def stops(clause: Clause, event: Event) -> bool:
    """Whether the event keeps the promise. Only a contact that goes out to the customer is a response (A12)."""
    if isinstance(event, events.CustomerContacted):
        return clause.stops is events.CustomerContacted and event.direction == Direction.OUTBOUND
    return isinstance(event, clause.stops)
