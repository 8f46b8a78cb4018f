"""The clocks of a case as one of its facts finds them, and what its site promises."""

from __future__ import annotations

from functools import cached_property

from services.sla_watch.clauses import BY_NAME, Clause
from services.sla_watch.moments import waits
from services.sla_watch.promises import Promise, promised, replaced
from shared.clocks.calendars import WorkCalendar
from shared.clocks.lead import WarnAt
from shared.clocks.state import BY_DATE, Clock, Clocks
from shared.complaint.demands import Term
from shared.complaint.state import Complaint
from shared.events.waiting import Wait
from shared.kernel.record import record
from shared.kernel.values import Rank
from shared.policy.policies import Policy
from shared.policy.promise_terms import Rebase, Times

USUAL_REBASE = Rebase(
    regrade="original_start", regrade_floor="PT30M", reopen="new_cycle", merge="earliest_and_strictest", policy="pin",
    calendar="open_timers_only",
)  # fmt: skip
USUAL_TIMES = Times(max_pause="wd10", pause_day_rule="exact")
"""Where a site goes by no policy, or its policy is silent (domain §4.5.3)."""


@record(slots=False)
class CaseClocks:
    """`running` are the open clocks as they stood just before the fact; `case` is the state right after it."""

    clocks: Clocks
    running: dict[str, Clock]
    case: Complaint
    policy: Policy
    calendar: WorkCalendar

    @cached_property
    def rebase(self) -> Rebase:
        """What happens to running promises when something under them changes."""
        said = self.policy.pack.rebase
        return USUAL_REBASE if said is None else USUAL_REBASE.model_copy(update=said.model_dump(exclude_none=True))

    @cached_property
    def times(self) -> Times:
        """How words of time are read."""
        said = self.policy.pack.time
        return USUAL_TIMES if said is None else USUAL_TIMES.model_copy(update=said.model_dump(exclude_none=True))

    @cached_property
    def waits(self) -> frozenset[Wait]:
        """What the case waits for that nobody here can do anything about."""
        return waits(self.case)

    def promise(self, clause: Clause, item: str) -> Promise | None:
        """What is promised for the case as it is graded now; None: nothing is."""
        return self.promise_at(clause, item, self.case.rank, self.case.grade)

    def promise_at(self, clause: Clause, item: str, rank: Rank | None, grade: str | None) -> Promise | None:
        """The same for another grade."""
        objection = self.case.objections.get(item) if clause.terms == "CL-OBJECTION" else None
        level = 1 if objection is None else objection.level
        found = promised(clause, self.policy, rank, item if clause.by_item else grade, level)
        return replaced(found, clause, self.term(clause), rank)

    def term(self, clause: Clause) -> Term | None:
        """What a contract or the customer wants instead."""
        return None if clause.terms is None else self.case.demanded.term(clause.terms)


def of(clock: Clock) -> tuple[Clause, str]:
    """A clock's clause, and the thing in the case that it is about."""
    return BY_NAME[clock.clause], clock.clock_id.partition(":")[2].rpartition("/")[0]


def warned(clock: Clock) -> tuple[WarnAt, ...]:
    """When it warns, by shares of the allowed time and by what is left of it."""
    if clock.warn is not None and clock.warn_before is not None:
        return (*clock.warn, *clock.warn_before)
    # Facts that are older than leads: an agreed day warned a day before, whatever else was said.
    if clock.target == BY_DATE:
        return ("cd1",)
    return BY_NAME[clock.clause].warn if clock.warn is None else clock.warn
