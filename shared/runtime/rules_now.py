"""The rest of the world, as a decision may ask about it inside its transaction."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks
from shared.complaint.state import Complaint
from shared.events.organisation import Role
from shared.events.reference import ReferenceList
from shared.events.reports import ReportDrafted
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact, Occasion
from shared.kernel.values import rfc3339
from shared.policy.organisation import CaseNumbers, Home, Person, Site
from shared.policy.policies import Policy, PublishedPack
from shared.policy.reference import Reference
from shared.policy.reference import stream_of as reference_stream
from shared.policy.rules import Page
from shared.policy.weeks import ChargedWeek, stream_of_week
from shared.runtime.codec import fact_of
from shared.runtime.known import Known
from shared.runtime.ledger import Writing

OF_CASES = ("complaint-", "clocks-")


class RulesNow:
    """The rest of the world as of this transaction; see `shared.policy.rules.Rules`."""

    def __init__(self, known: Known, writing: Writing, decided: Sequence[Fact[Any]] = ()) -> None:
        """`decided` in this transaction, and not yet written."""
        self._known = known
        self._writing = writing
        self._decided = decided
        self._policies: dict[tuple[str, datetime], Policy] = {}
        """All that is decided in a transaction is decided at one instant, nearly; what is activated in it counts from the next."""

    def home(self) -> Home:
        return self._known.directory.home()

    def site(self, code: str) -> Site:
        return self._known.directory.site(code)

    def person(self, id: str) -> Person:
        return self._known.directory.person(id)

    def calendar(self, id: str) -> WorkCalendar:
        return self._known.directory.calendar(id)

    def policy(self, site: str, at: datetime) -> Policy:
        if (found := self._policies.get((site, at))) is None:
            found = self._policies[site, at] = self._known.directory.policy(site, at)
        return found

    def packs(self) -> Mapping[str, PublishedPack]:
        return self._known.directory.packs

    def complaint(self, id: str) -> Complaint:
        loaded = self._known.states.get(self._writing, f"complaint-{id}")
        if loaded.version == 0:
            raise Unknown(f"there is no complaint {id!r}")
        return loaded.state

    def clocks(self, complaint_id: str) -> Clocks:
        return self._known.states.get(self._writing, f"clocks-{complaint_id}").state

    def numbers(self, site: str, period: str) -> CaseNumbers:
        return self._known.states.get(self._writing, f"numbers-{site}-{period}").state

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        return self._known.states.get(self._writing, reference_stream(kind, *key)).state

    def week(self, site: str, week: str) -> ChargedWeek:
        return self._known.states.get(self._writing, stream_of_week(site, week)).state

    def recorded_between(self, site: str, since: datetime, until: datetime) -> Iterable[Fact[Any]]:
        # What is recorded never decreases with the position, so the place to begin is found by halving.
        def recorded_at(before: int) -> str:
            return self._writing.rows(before, 1)[0].recorded_at

        position = bisect_left(range(self._writing.head().position), rfc3339(since), key=recorded_at)
        end = rfc3339(until)
        while rows := self._writing.rows(position, 1_000):
            within = [row for row in rows if row.recorded_at < end]
            yield from (fact_of(row) for row in within if row.site == site and row.stream.startswith(OF_CASES))
            if len(within) < len(rows):
                return
            position = rows[-1].position
        for fact in self._decided:  # in this transaction: not written yet, and recorded all the same
            if fact.site == site and fact.stream.startswith(OF_CASES) and since <= fact.recorded_at < until:
                yield fact

    def sites(self) -> list[Site]:
        return list(self._known.directory.sites.values())

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        directory = self._known.directory
        lent = frozenset[Role]() if at is None else frozenset(directory.stood_in_for(person, site, at))
        return directory.roles(person, site) | lent

    def has_file(self, sha256: str) -> bool:
        return self._known.has_file(sha256)

    def page(self, complaint_id: str, drafted: ReportDrafted, occasion: Occasion) -> Page:
        stream = f"complaint-{complaint_id}"
        facts = [fact_of(row) for row in self._writing.stream(stream)]
        facts += [fact for fact in self._decided if fact.stream == stream]
        return self._known.drafts(facts, drafted, occasion)
