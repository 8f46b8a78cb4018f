"""Everything that can happen to the promises about time of one complaint; written by sla_watch alone."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.complaint import CaseText, Says
from shared.events.waiting import Wait
from shared.kernel.fact import Event
from shared.kernel.values import Instant, Line, PersonId, Rank, Value

CLOCK_ID = r"^[a-z_]+(:[A-Za-z0-9._-]{1,64})?/[0-9]{1,4}$"
ClockId = Annotated[str, Field(pattern=CLOCK_ID, examples=["root_cause/1", "action:a2/1"])]
Level = Annotated[int, Field(ge=1, le=5)]


class Reason(StrEnum):
    """Why a due date moved, or a clock ended without being met or breached."""

    REGRADE = "regrade"
    POLICY = "policy_migrated"
    CALENDAR = "calendar_published"
    REOPEN = "reopen"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    REPLANNED = "replanned"
    PLAN_RETURNED = "plan_returned"
    PAUSED = "paused"
    AGREED = "due_date_changed"
    CUSTOMER = "customer_requirement"
    NOT_A_COMPLAINT = "not_a_complaint"


class Step(Value):
    """One line of the explanation of a due date: a day, the rule that counted or skipped it, and the count so far."""

    day: Line
    rule: Line
    counted: int | None = None


class Rung(Value):
    """One level of an escalation ladder: the role, and how long after the breach its turn comes."""

    role: Line
    after: Line | None = None
    """In the notation of domain §4.5.3; None means at once."""
    answer: Line | None = None
    """How long that level has to take it on; None in facts that are older than this field."""


Warn = Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(max_length=9)]
"""When to warn, in percent of the allowed time."""
Lengths = Annotated[tuple[Line, ...], Field(max_length=9)]
"""In the notation of domain §4.5.3."""


class Idle(Value):
    """Time that a case lay closed: it does not count."""

    since: Instant
    until: Instant


class ClockStarted(Event):
    """A promise began to run; everything needed to explain its due date is pinned here."""

    TOPIC: ClassVar[str] = "clocks.ClockStarted"
    SHAPE: ClassVar[int] = 3
    SAYS: ClassVar[Says] = {"en": "Clock “{clause}” started: due {due_at}", "zh": "时限“{clause}”开始，截止{due_at}"}

    clock_id: ClockId
    clause: Line
    cycle: Annotated[int, Field(ge=1)]
    starts_at: Instant
    target: Line
    """In the notation of domain §4.5.3 (PT2H, wd3, cd7 …), or `date` for a day that was agreed."""
    due_at: Instant
    warn_at: tuple[Instant, ...] = ()
    rank: Rank | None = None
    ladder: Annotated[tuple[Rung, ...], Field(max_length=5)] = ()
    """Where a breach climbs, level 1 first."""
    responsible: PersonId | None = None
    provisional: bool = False
    """True while the due date reaches into a year whose holidays are not yet published."""
    calendar: Line
    """Id and version of the calendar used, for example `cn-std@1`."""
    source: Line
    """The document that promises it."""
    steps: Annotated[tuple[Step, ...], Field(max_length=60)] = ()
    warn: Warn | None = None
    """None in facts that are older than this field."""
    whole_days: bool = False
    """Of a pause, only whole days are given back to a target in days."""
    tzdb: Line | None = None
    """The edition of the time-zone database that the due date was computed with."""
    warn_before: Lengths | None = None
    """So long before it is due there are warnings as well; None in facts that are older than this field."""
    reminders: Lengths = ()
    """So long after its start too."""


class ClockPaused(Event):
    """Nobody here can do anything about it: the clock stands still."""

    TOPIC: ClassVar[str] = "clocks.ClockPaused"
    SHAPE: ClassVar[int] = 2
    SAYS: ClassVar[Says] = {"en": "Clock “{clock_id}” paused: {wait}", "zh": "时限“{clock_id}”暂停：{wait}"}

    clock_id: ClockId
    wait: Wait
    paused_at: Instant
    also: tuple[Wait, ...] = ()
    """What else the case waits for at the same time. Said again when that changes; time is given back once all the same."""
    until: Instant | None = None
    """When it runs again by itself: a pause has a longest length (domain §4.5.3)."""


class ClockResumed(Event):
    """The clock runs again; the due date has moved by what was paused."""

    TOPIC: ClassVar[str] = "clocks.ClockResumed"
    SHAPE: ClassVar[int] = 3
    SAYS: ClassVar[Says] = {
        "en": "Clock “{clock_id}” resumed: due {due_at}",
        "zh": "时限“{clock_id}”恢复，截止{due_at}",
    }

    clock_id: ClockId
    resumed_at: Instant
    due_at: Instant
    warn_at: tuple[Instant, ...] = ()
    provisional: bool = False
    exhausted: bool = False
    """The wait goes on, but a pause may not be longer."""
    calendar: Line | None = None
    """The edition that it was counted by; None in facts that are older than this field."""


class ClockRebased(Event):
    """The due date moved for a stated reason; what happened before stays a fact."""

    TOPIC: ClassVar[str] = "clocks.ClockRebased"
    SHAPE: ClassVar[int] = 3
    SAYS: ClassVar[Says] = {
        "en": "Clock “{clock_id}” moved from {was_due_at} to {due_at} ({reason})",
        "zh": "时限“{clock_id}”由{was_due_at}调整为{due_at}（{reason}）",
    }

    clock_id: ClockId
    reason: Reason
    was_due_at: Instant
    due_at: Instant
    warn_at: tuple[Instant, ...] = ()
    target: Line
    rank: Rank | None = None
    ladder: Annotated[tuple[Rung, ...], Field(max_length=5)] = ()
    provisional: bool = False
    calendar: Line
    counts_from: Instant | None = None
    """Where it counts from now on; None: where it did."""
    not_before: Instant | None = None
    """It is not due before this, however much was used up (domain §4.5.3, Rebase)."""
    idle: Idle | None = None
    warn: Warn | None = None
    warn_before: Lengths | None = None
    """None: as before."""
    reminders: Lengths | None = None
    """None: as before."""


class WarningIssued(Event):
    """Part of the allowed time is used up (S3-34)."""

    TOPIC: ClassVar[str] = "clocks.WarningIssued"
    SAYS: ClassVar[Says] = {
        "en": "Warning {number} for “{clock_id}”: due {due_at}",
        "zh": "“{clock_id}”第{number}次预警，截止{due_at}",
    }

    clock_id: ClockId
    number: Annotated[int, Field(ge=1, le=9)]
    warned_at: Instant
    due_at: Instant


class Breached(Event):
    """A promise was not kept. The instant of the breach is the instant it was due, whenever it was detected (S2-47)."""

    TOPIC: ClassVar[str] = "clocks.Breached"
    SAYS: ClassVar[Says] = {"en": "“{clock_id}” breached at {breached_at}", "zh": "“{clock_id}”于{breached_at}超期"}

    clock_id: ClockId
    breached_at: Instant
    climbs_at: Annotated[tuple[Instant, ...], Field(max_length=5)] = ()
    """When each level of the ladder has its turn, unless somebody takes it on before."""


class BreachExcused(Event):
    """A fact recorded later shows that the promise had been kept; the breach stays on record beside its excuse."""

    TOPIC: ClassVar[str] = "clocks.BreachExcused"
    SAYS: ClassVar[Says] = {
        "en": "Breach of “{clock_id}” excused: done at {happened_at}, recorded late ({reason})",
        "zh": "“{clock_id}”的超期已说明：实际于{happened_at}完成，补录原因：{reason}",
    }

    clock_id: ClockId
    happened_at: Instant
    reason: CaseText


class Met(Event):
    """What was promised happened; late when the margin is negative."""

    TOPIC: ClassVar[str] = "clocks.Met"
    SAYS: ClassVar[Says] = {"en": "“{clock_id}” met, {margin_s}", "zh": "“{clock_id}”完成，{margin_s}"}

    clock_id: ClockId
    met_at: Instant
    margin_s: int
    """Seconds between what stopped it and the due instant; negative when late."""


class ClockCancelled(Event):
    """The promise no longer applies."""

    TOPIC: ClassVar[str] = "clocks.ClockCancelled"
    SAYS: ClassVar[Says] = {"en": "Clock “{clock_id}” cancelled ({reason})", "zh": "时限“{clock_id}”取消（{reason}）"}

    clock_id: ClockId
    reason: Reason


class Escalated(Event):
    """A breach climbed to the next level (S1-45, S4-57)."""

    TOPIC: ClassVar[str] = "clocks.Escalated"
    SHAPE: ClassVar[int] = 2
    SAYS: ClassVar[Says] = {
        "en": "“{clock_id}” escalated to level {level}, {to_role}",
        "zh": "“{clock_id}”升级到第{level}级：{to_role}",
    }

    clock_id: ClockId
    level: Level
    to_role: Line
    escalated_at: Instant
    """When the level was due, whenever it was detected."""
    answer_by: Instant | None = None
    """By when somebody there takes it on (domain §4.5.2)."""


class EscalationUnanswered(Event):
    """Nobody on that level has taken the breach on in time; the ladder goes on as it stands."""

    TOPIC: ClassVar[str] = "clocks.EscalationUnanswered"
    SAYS: ClassVar[Says] = {
        "en": "Escalation of “{clock_id}” to {to_role} (level {level}) was not taken on by {answer_by}",
        "zh": "“{clock_id}”第{level}级升级（{to_role}）至{answer_by}无人接手",
    }

    clock_id: ClockId
    level: Level
    to_role: Line
    answer_by: Instant


class EscalationAcknowledged(Event):
    """Someone on that level has taken it on; it climbs no further."""

    TOPIC: ClassVar[str] = "clocks.EscalationAcknowledged"
    SAYS: ClassVar[Says] = {
        "en": "Escalation of “{clock_id}” at level {level} taken on by {by}: {decision}",
        "zh": "{by}已接手“{clock_id}”第{level}级升级：{decision}",
    }

    clock_id: ClockId
    level: Level
    by: PersonId
    decision: CaseText


ClocksEvent = (
    ClockStarted | ClockPaused | ClockResumed | ClockRebased | WarningIssued | Breached | BreachExcused | Met
    | ClockCancelled | Escalated | EscalationUnanswered | EscalationAcknowledged
)  # fmt: skip
