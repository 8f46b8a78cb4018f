"""What somebody tried out: how the promises of a period would have gone under other packs or another calendar."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.policy import PackRef
from shared.events.texts import Says
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Instant, Line, LocalId, Sha256, SiteCode, Value

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class ClauseCount(Value):
    """Promises of one clause: how many began, and of those that are decided, how many were kept and broken."""

    clause: Line
    started: Count
    kept: Count
    broken: Count


ClauseCounts = Annotated[tuple[ClauseCount, ...], Field(max_length=100)]


class TriedCalendar(Value):
    """The calendar that was tried: an edition that is published, or the text of a file that is not."""

    calendar: Code
    edition: Annotated[int, Field(ge=1)] | None = None
    digest: Sha256 | None = None
    """SHA-256 of the file."""


class TriedPolicy(Value):
    """One thing that was tried, and what would have come of it."""

    packs: Annotated[tuple[PackRef, ...], Field(max_length=20)] = ()
    """Everything the policy is made of, the most general first; none where each site went by its own."""
    cases_differ: Count
    """Cases in which at least one promise would have gone otherwise."""
    clauses: ClauseCounts


class SimulationRecorded(Event):
    """Somebody had the ledger replayed under other rules, and keeps what came out, and why they asked (K5).

    The figures are those of whoever asked: they were counted from the facts at hand, and can be counted again.
    """

    TOPIC: ClassVar[str] = "simulation.SimulationRecorded"
    SAYS: ClassVar[Says] = {
        "en": "What if, {case_count} cases as of {as_of}: {reason}",
        "zh": "假设推演（截至{as_of}，{case_count}个案件）：{reason}",
    }

    simulation_id: LocalId
    reason: Line
    sites: Annotated[tuple[SiteCode, ...], Field(max_length=100)] = ()
    """None: all that there were."""
    received_from: Day | None = None
    received_before: Day | None = None
    """The first day that no longer counts."""
    with_history: bool = False
    """Cases that were taken over as history are among them."""
    as_of: Instant
    """Up to when time passed."""
    case_count: Count
    calendar: TriedCalendar | None = None
    """None: each site's own."""
    recorded: ClauseCounts
    """As it went."""
    tried: Annotated[tuple[TriedPolicy, ...], Field(min_length=1, max_length=12)]
    """As it would have gone."""


SimulationEvent = SimulationRecorded
