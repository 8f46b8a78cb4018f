"""What a site promises under a clause: how long, when to warn and where a breach climbs, from its policy or the defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import cast

from services.sla_watch.clauses import Clause
from services.sla_watch.due_times import by_the_clock
from shared.clocks.lead import MOST_WARNINGS, WarnAt, leads, shares
from shared.clocks.state import BY_DATE
from shared.complaint.demands import Term
from shared.events.clocks import Rung
from shared.kernel.fact import Event
from shared.kernel.values import Rank
from shared.policy.pack import Pack
from shared.policy.policies import Policy
from shared.policy.promise_terms import RECURRING, ByRank, ClauseTerms

MOST_RUNGS = 5
ANSWER: ByRank = {"rank1": "PT30M", "other": "PT4H:biz"}
"""How long a level has to take a breach on (domain §4.5.2); in hours in which people are told, unless it is critical."""
PROMISED = ("date", "as_told")
"""Targets that lie in the case: an agreed day, or what the customer was told."""


@dataclass(frozen=True)
class Promise:
    """`target` is a length in the notation of domain §4.5.3, or `date`; `warn` is in percent of it, or so long before its end."""

    target: str
    warn: tuple[WarnAt, ...]
    ladder: tuple[Rung, ...]
    source: str
    stops_at: str | None = None
    """The one event that keeps it, where the policy names one."""
    only_named: frozenset[str] = frozenset()
    """Events that keep it only where the policy names them."""
    starts_at: str | None = None
    """From where it counts, where the policy says so: receipt, awareness, occurrence."""
    requires: tuple[str, ...] = ()
    """What that event must say besides: `symptom_confirmed` (S4-69)."""
    reminders: tuple[str, ...] = ()
    """When to remind, counted like the target from the start: two and five days after somebody was asked."""

    @cached_property
    def shares(self) -> tuple[int, ...]:
        """Of the allowed time, in percent, at which it warns."""
        return shares(self.warn)

    @cached_property
    def leads(self) -> tuple[str, ...]:
        """So long before the end it warns as well."""
        return leads(self.warn)

    def kept_by(self, event: Event) -> bool:
        """Whether an event that may keep the promise does so here."""
        kind = type(event).__name__
        if kind in self.only_named if self.stops_at is None else kind != self.stops_at:
            return False
        return all(getattr(event, field, True) for field in self.requires)


@lru_cache(4_096)
def promised(clause: Clause, policy: Policy, rank: Rank | None, grade: str | None, level: int = 1) -> Promise | None:
    """What is promised for a case of this grade; before it is graded, what the least grave would get. None: nothing is.

    `level` is how high an objection has climbed already.
    """
    if not policy.ref:
        target = clause.target(rank)
        if target is None:
            return None
        return Promise(target, clause.warn, _answering(clause.rungs(rank), ANSWER, rank), clause.source)
    terms = (policy.pack.clauses or {}).get(clause.terms or "")
    return None if terms is None else _by_terms(clause, terms, policy.pack, rank, grade, level)


def _by_terms(
    clause: Clause, terms: ClauseTerms, pack: Pack, rank: Rank | None, grade: str | None, level: int
) -> Promise | None:
    target = None if terms.targets is None else _target(terms.targets, pack, rank, grade)
    if target is None or (target in RECURRING and not clause.comes_round):
        return None  # most of what comes again belongs to the site, not to a case (duties)
    if target == "immediate":
        target = _for_rank(pack.time.immediate if pack.time else None, rank) or "PT1H"
    elif target in PROMISED:
        target = BY_DATE
    if (terms.calendar or clause.calendar) == "biz" and by_the_clock(target):
        target += ":biz"
    warn = clause.warn if terms.warnings is None else terms.warnings
    return Promise(
        target,
        warn[:MOST_WARNINGS],
        _answering(tuple(_rungs(pack, terms, rank, level))[:MOST_RUNGS], _answer(pack), rank),
        f"{pack.meta.id} {clause.terms}",
        _stops_at(terms, pack, rank, grade),
        frozenset(kind.__name__ for kind in clause.only_named),
        terms.starts_at,
        terms.requires,
        terms.reminders[:MOST_WARNINGS],
    )


def _stops_at(terms: ClauseTerms, pack: Pack, rank: Rank | None, grade: str | None) -> str | None:
    """`service_restored` is told by the event ServiceRestored; the others are named by their events."""
    said = terms.stops_at
    name = _target(said, pack, rank, grade) if isinstance(said, dict) else said
    return None if name is None else "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def replaced(promise: Promise | None, clause: Clause, term: Term | None, rank: Rank | None) -> Promise | None:
    """What a contract or the customer asks for goes before what the site promises by itself (S2-32, S4-72)."""
    if term is None or (term.due is None and term.target is None):
        return promise
    target = BY_DATE if term.due is not None else str(term.target)
    source = f"contract {term.contract_ref}" if term.contract_ref else "the customer"
    if promise is None:
        return Promise(target, clause.warn, _answering(clause.rungs(rank), ANSWER, rank), source)
    return replace(promise, target=target, source=source)


def _answer(pack: Pack) -> ByRank:
    return (pack.time.escalation_answer if pack.time else None) or ANSWER


def _answering(rungs: tuple[Rung, ...], within: ByRank, rank: Rank | None) -> tuple[Rung, ...]:
    answer = _for_rank(within, rank)
    return tuple(rung.model_copy(update={"answer": answer}) for rung in rungs)


def _for_rank(by_rank: ByRank | None, rank: Rank | None) -> str | None:
    lengths = cast("dict[str, str]", by_rank or {})
    return lengths.get(f"rank{rank}") or lengths.get("other")


def _target(targets: dict[str, str], pack: Pack, rank: Rank | None, grade: str | None) -> str | None:
    levels = pack.grade_scheme.levels if pack.grade_scheme else ()
    if rank is not None:
        # A case that was graded before the site had this policy is told by its rank.
        same_rank = (level.code for level in levels if str(level.rank) == rank)
        keys = (grade or "", f"rank{rank}", *same_rank, "other", "all")
        return next((targets[key] for key in keys if key in targets), None)
    keys = ("all", "other", "rank4", "rank3", *(level.code for level in reversed(levels)), "rank2", "rank1")
    return next((targets[key] for key in keys if key in targets), None)


def rungs_of(pack: Pack, clause: str) -> tuple[Rung, ...]:
    """Where a duty of the site climbs that nobody has kept. Keeping it is what is owed, so no level is asked to answer."""
    terms = (pack.clauses or {}).get(clause)
    return () if terms is None else tuple(_rungs(pack, terms, None, 1))[:MOST_RUNGS]


def _rungs(pack: Pack, terms: ClauseTerms, rank: Rank | None, level: int) -> Iterator[Rung]:
    """What comes before the due instant is a warning, not a rung."""
    for rung in (pack.ladders or {}).get(terms.ladder, ()) if terms.ladder else ():
        if rung.level is not None:
            if rung.level > level:  # an objection that stays unanswered climbs a level
                yield Rung(role=rung.to)
                return
        elif rung.at is not None:
            if int(rung.at.rstrip("%")) >= 100:
                yield Rung(role=rung.to)
        else:
            yield Rung(role=rung.to, after=_for_rank(rung.after, rank) if isinstance(rung.after, dict) else rung.after)
