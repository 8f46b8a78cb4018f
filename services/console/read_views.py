"""The pages' questions, answered from the read models: timeline, case board, SLA board and everybody's work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.audit import timeline
from services.audit.timeline import Timeline
from services.console.views import (
    BoardFilters,
    BoardPage,
    BoardRow,
    CaseView,
    Counts,
    Kept,
    Listing,
    Mine,
    Wall,
    WallClock,
    WorkItem,
)
from services.insight import case_board, my_work
from services.insight.case_board import CaseBoard
from services.insight.my_work import MyWork
from services.intake import reference_lists
from services.intake.reference_lists import ReferenceLists
from services.sla_watch import board as sla_board
from services.sla_watch.board import SlaBoard
from services.sla_watch.clauses import CLAUSES
from shared.clocks.state import ENDED, ClockStatus
from shared.complaint.state import Complaint, Stage
from shared.events.reference import ReferenceList
from shared.kernel.errors import Unknown
from shared.kernel.values import Rank, parse_instant
from shared.policy.organisation import Person, Site
from shared.policy.pack import Pack
from shared.runtime.directory import Directory
from shared.runtime.reader import Sites
from shared.runtime.store import Store

MOST_LISTED = 300
"""Things of a list that are offered while somebody types; what is not among them is typed in full."""
LISTED = {
    "customer_no": ReferenceList.CUSTOMERS, "product_model": ReferenceList.PRODUCTS, "lot_no": ReferenceList.LOTS,
}  # fmt: skip
"""What of a case is held against which list."""
MOST_CLOCKS = 1000
"""Of each status; the wall shows fewer still, but tells how many there are."""

_IN_ORDER = {clause.name: place for place, clause in enumerate(CLAUSES)}


class ReadViews:
    """See `services.console.views.Views`."""

    def __init__(
        self,
        timeline: Store[Timeline],
        cases: Store[CaseBoard],
        sla: Store[SlaBoard],
        work: Store[MyWork],
        lists: Store[ReferenceLists],
        directory: Directory,
    ) -> None:
        self._timeline, self._cases, self._sla, self._work, self._lists = timeline, cases, sla, work, lists
        self._directory = directory

    def sites(self) -> Sequence[Site]:
        """All sites by code."""
        return [site for _, site in sorted(self._directory.sites.items())]

    def name(self, person: str) -> str:
        """The person's name, or the id when there is none."""
        return self._directory.name(person)

    def roles(self, person: str, site: str, at: datetime) -> frozenset[str]:
        """Held, and lent."""
        directory = self._directory
        return directory.roles(person, site) | frozenset(directory.stood_in_for(person, site, at))

    def colleagues(self, site: str) -> Sequence[Person]:
        """By name; no services."""
        directory = self._directory
        return [person for person in self.everybody() if directory.roles(person.id, site)]

    def everybody(self) -> Sequence[Person]:
        """By name; no services."""
        people = [person for person in self._directory.people.values() if not person.service]
        return sorted(people, key=lambda person: (str(person.name), person.id))

    def pack(self, site: str, at: datetime) -> Pack:
        """The policy of a site; an empty one where nothing was activated."""
        return self._directory.policy(site, at).pack

    def listed(self, kind: ReferenceList, site: str | None, sites: Sites) -> Sequence[tuple[str, str]]:
        """By code; what is retired is not offered."""
        with self._lists.reading() as db:
            found = reference_lists.search(db, kind, sites=_only(site, sites), limit=MOST_LISTED).items
        return [(item["code"], item["title"] or "") for item in found]

    def listings(self, case: Complaint, sites: Sites) -> Mapping[str, Listing]:
        """Asked anew each time: a list that comes later makes known what was not."""
        said = {name: getattr(case, name) for name in LISTED}
        with self._lists.reading() as db:
            kept = {
                name for name, kind in LISTED.items() if reference_lists.search(db, kind, sites=sites, limit=1).items
            }
            found = reference_lists.matched(db, **{name: said[name] for name in kept}, sites=sites)
        return {
            name: Listing(each["known"], each["retired"], (*each["similar"], *each["of_products"]))
            for name, each in found.items()
        }

    def packs(self) -> Sequence[Pack]:
        """By id."""
        latest = [published.latest for _, published in sorted(self._directory.packs.items())]
        return [each.pack for each in latest if each is not None]

    def calendars(self) -> Sequence[str]:
        """By id."""
        return sorted(self._directory.calendars)

    def reached(self, position: int) -> bool:
        """As their files say: the page of the case, the board, and everybody's work."""
        return all(store.position_on_disk() >= position for store in (self._timeline, self._cases, self._work))

    def work_counts(self, person: str, mine: Mine, now: datetime, sites: Sites = None) -> Mapping[str, int]:
        """By duty."""
        with self._work.reading() as db:
            return my_work.counts(db, person, mine, sites, now)

    def work(
        self, person: str, mine: Mine, duties: Collection[str], limit: int, now: datetime, sites: Sites = None
    ) -> Sequence[WorkItem]:
        """Gravest first, then what is due next."""
        with self._work.reading() as db:
            found = my_work.waiting(db, person, mine, duties, limit, sites, now)
        return [
            WorkItem(
                item["case_no"], item["site"], Stage(item["stage"]), item["summary"], item["duty"], item["part"],
                None if item["rank"] is None else Rank(item["rank"]), item["grade"], _instant(item["due"]),
            )
            for item in found
        ]  # fmt: skip

    def board(self, filters: BoardFilters, sites: Sites = None) -> BoardPage:
        """Some cases, gravest first, then what is due next."""
        with self._cases.reading() as db:
            page = case_board.search(
                db, sites=_only(filters.site, sites), stage=filters.stage, rank=filters.rank, department=filters.department,
                overdue=filters.overdue or None, q=filters.q or None, limit=filters.limit, cursor=filters.cursor,
            )  # fmt: skip
        return BoardPage([_row(item) for item in page.items], page.next_cursor)

    def counts(self, site: str | None, sites: Sites = None) -> Counts:
        """By stage, by rank, and overdue."""
        with self._cases.reading() as db:
            found = case_board.counts(db, sites, site)
        return Counts(
            {Stage(stage): n for stage, n in found["stages"].items()},
            {None if rank == "ungraded" else Rank(rank): n for rank, n in found["ranks"].items()},
            found["overdue"],
        )

    def case(self, case: str, position: int | None = None) -> CaseView:
        """The case after the last of its facts up to the position; raises Unknown."""
        with self._timeline.reading() as db:
            complaint_id = timeline.complaint_id_of(db, case) or case
            facts = timeline.entries(db, complaint_id)
            if not facts:
                raise Unknown(f"there is no case {case!r}", field="case")
            known = [fact.position for fact in facts if position is None or fact.position <= position]
            if not known:
                raise Unknown(f"at position {position} there was no case {case!r} yet", field="position")
            at = timeline.case_at(db, complaint_id, position=known[-1])
        clocks = tuple(at.clocks.clocks.values())
        return CaseView(facts, at.position, at.complaint, clocks, at.version, timeline.read_at(facts))

    def clocks(self, site: str | None, state: str | None, sites: Sites = None) -> Wall:
        """Each status is asked for by itself, so that many old breaches never crowd out what is due next."""
        open_states = [status.value for status in ClockStatus if status not in ENDED]
        found: list[WallClock] = []
        complete = True
        with self._sla.reading() as db:
            for wanted in open_states if state is None else [state]:
                page = sla_board.clocks(db, state=wanted, sites=_only(site, sites), limit=MOST_CLOCKS)
                found += [_clock(item) for item in page.items]
                complete = complete and page.next_cursor is None
        return Wall(sorted(found, key=lambda clock: (clock.due_at, clock.case_no, clock.clock_id)), complete)

    def owed(self, site: str | None, sites: Sites = None) -> Sequence[WallClock]:
        """In the order in which it is due."""
        with self._sla.reading() as db:
            return [_clock(item) for item in sla_board.owed(db, _only(site, sites))]

    def case_numbers(self, ids: Sequence[str]) -> Mapping[str, str]:
        """By id."""
        with self._sla.reading() as db:
            return sla_board.case_numbers(db, ids)

    def kept(self, site: str | None, sites: Sites = None) -> Sequence[Kept]:
        """By clause, in the order of the procedure."""
        with self._sla.reading() as db:
            told = sla_board.compliance(db, _only(site, sites))
        found = [Kept(item["clause"], item["met"], item["breached"]) for item in told]
        return sorted(found, key=lambda kept: _IN_ORDER.get(kept.clause, len(_IN_ORDER)))


def _only(site: str | None, sites: Sites) -> Sites:
    """One of the sites, or all of them; of another one, nothing."""
    if site is None:
        return sites
    return (site,) if sites is None or site in sites else ()


def _row(item: dict[str, Any]) -> BoardRow:
    return BoardRow(
        case_no=item["case_no"], site=item["site"], summary=item["summary"], stage=Stage(item["stage"]),
        rank=None if item["rank"] is None else Rank(item["rank"]), grade=item["grade"], owner=item["owner"],
        received_at=parse_instant(item["received_at"]),
        due_at=_instant(item["next_due"]), due_clause=item["next_due_clause"],
        overdue_since=_instant(item["overdue_since"]),
        paused=bool(item["paused"]),
    )  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _clock(item: dict[str, Any]) -> WallClock:
    return WallClock(
        case_no=item["case_no"], site=item["site"], clock_id=item["clock_id"], status=ClockStatus(item["status"]),
        due_at=parse_instant(item["due_at"]), rank=None if item["rank"] is None else Rank(item["rank"]),
        responsible=item["responsible"], provisional=bool(item["provisional"]), level=item["level"],
        taken_on=bool(item["acknowledged"]), starts_at=parse_instant(item["starts_at"]),
    )  # fmt: skip
