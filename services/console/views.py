"""What the pages need to know, and nothing about where it comes from; `read_views.py` answers from the read models."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.clocks.state import Clock, ClockStatus
from shared.complaint.state import Complaint, Stage
from shared.events.reference import ReferenceList
from shared.events.words import Department
from shared.kernel.fact import Fact
from shared.kernel.values import Rank
from shared.policy.organisation import Person, Site
from shared.policy.pack import Pack


# ── the board ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class BoardFilters:
    """Which cases to show; None and empty mean all. `cursor` is where the page before ended."""

    site: str | None = None
    stage: Stage | None = None
    rank: Rank | None = None
    department: Department | None = None
    overdue: bool = False
    q: str = ""
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True)
class BoardRow:
    """One case in the list. `due_clause` is the next promise that can still be kept, due at `due_at`."""

    case_no: str
    site: str
    summary: str
    stage: Stage
    rank: Rank | None
    grade: str | None
    owner: str | None
    received_at: datetime
    due_at: datetime | None = None
    due_clause: str | None = None
    overdue_since: datetime | None = None
    """When the oldest broken promise was due."""
    paused: bool = False


@dataclass(frozen=True)
class BoardPage:
    """Some rows, and where the next ones begin (None at the end)."""

    rows: Sequence[BoardRow]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Counts:
    """How many cases there are by stage, and how many open ones by rank (None: not graded yet)."""

    by_stage: Mapping[Stage, int] = field(default_factory=dict[Stage, int])
    by_rank: Mapping[Rank | None, int] = field(default_factory=dict["Rank | None", int])
    overdue: int = 0


# ── one case ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class CaseView:
    """All facts of a case and of its clocks by position, and the case as it stood at one of these positions."""

    facts: Sequence[Fact[Any]]
    position: int
    complaint: Complaint
    clocks: Sequence[Clock]
    version: int
    """Of the complaint's own stream at that position."""
    sites: frozenset[str] = frozenset()
    """Where it may be read: where it is and was, and where somebody was asked to take it over."""


@dataclass(frozen=True)
class Listing:
    """What the lists of reference data know of something that a case names. It is accepted all the same (domain §1.2)."""

    known: bool
    retired: bool = False
    hints: Sequence[str] = ()
    """What it may mean: the same in other letters; of a lot, the products of which there is one."""


# ── the SLA wall ──────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class WallClock:
    """One open promise about time, with the case it belongs to; what a site owes by itself belongs to none."""

    case_no: str
    site: str
    clock_id: str
    status: ClockStatus
    due_at: datetime
    rank: Rank | None = None
    responsible: str | None = None
    provisional: bool = False
    level: int = 0
    taken_on: bool = False
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Wall:
    """Open promises in the order in which they are due. Not complete when there are more than a wall can show."""

    clocks: Sequence[WallClock]
    complete: bool = True


@dataclass(frozen=True)
class Kept:
    """How often a clause's promise was kept, and how often broken (an excused breach was kept)."""

    clause: str
    met: int
    broken: int

    @property
    def judged(self) -> int:
        """All promises whose outcome is known."""
        return self.met + self.broken


# ── work ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class WorkItem:
    """One thing that somebody has to do. `part` names the action or the clock it is about; a site's own duty is of no case."""

    case_no: str
    site: str
    stage: Stage
    summary: str
    duty: str
    part: str = ""
    rank: Rank | None = None
    grade: str | None = None
    due_at: datetime | None = None


Mine = Mapping[str, Mapping[str, Collection[str] | None]]
"""Duty that nobody has by name → the sites at which it is one's own → what it may ask for there (None: whatever)."""


Sites = Collection[str] | None
"""Of which sites an answer may show something; None means of all there are."""


class Views(Protocol):
    """What pages ask. `case` raises `Unknown` for what is not there, `board` raises `Invalid` for a foreign cursor."""

    def sites(self) -> Sequence[Site]: ...

    def name(self, person: str) -> str:
        """The person's name, or the id when there is none."""
        ...

    def roles(self, person: str, site: str, at: datetime) -> frozenset[str]:
        """What somebody may be at a site, in place of somebody else too."""
        ...

    def colleagues(self, site: str) -> Sequence[Person]:
        """Whoever holds a role at a site, by name; no services."""
        ...

    def everybody(self) -> Sequence[Person]:
        """All people, by name; no services. Only for those who give roles."""
        ...

    def pack(self, site: str, at: datetime) -> Pack:
        """The policy of a site."""
        ...

    def listed(self, kind: ReferenceList, site: str | None, sites: Sites) -> Sequence[tuple[str, str]]:
        """Codes and titles of a list of reference data, as far as it holds few enough to be offered."""
        ...

    def listings(self, case: Complaint, sites: Sites) -> Mapping[str, Listing]:
        """By field: customer, product and lot of a case, held against those lists in which these sites have anything."""
        ...

    def packs(self) -> Sequence[Pack]:
        """The latest version of every published pack."""
        ...

    def calendars(self) -> Sequence[str]:
        """All calendars, by id."""
        ...

    def reached(self, position: int) -> bool:
        """Whether cases, the board and worklists are shown with the fact at this position."""
        ...

    def work_counts(self, person: str, mine: Mine, now: datetime, sites: Sites = None) -> Mapping[str, int]:
        """How many duties of each kind somebody has now."""
        ...

    def work(
        self, person: str, mine: Mine, duties: Collection[str], limit: int, now: datetime, sites: Sites = None
    ) -> Sequence[WorkItem]:
        """Gravest first, then what is due next."""
        ...

    def board(self, filters: BoardFilters, sites: Sites = None) -> BoardPage: ...

    def counts(self, site: str | None, sites: Sites = None) -> Counts: ...

    def case(self, case: str, position: int | None = None) -> CaseView:
        """By UUID or case number; `position` None means as it stands now."""
        ...

    def clocks(self, site: str | None, state: str | None, sites: Sites = None) -> Wall:
        """`state` is a status of an open clock, or `provisional`; None means all open ones."""
        ...

    def owed(self, site: str | None, sites: Sites = None) -> Sequence[WallClock]:
        """What sites owe by themselves, in the order in which it is due."""
        ...

    def case_numbers(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Of the cases that there are, by id."""
        ...

    def kept(self, site: str | None, sites: Sites = None) -> Sequence[Kept]: ...
