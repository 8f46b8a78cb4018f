"""What a decision may look up besides its own state. The desk loads it inside the writer lock, so it is never stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks
from shared.complaint.state import Complaint
from shared.events.organisation import Role
from shared.events.reference import ReferenceList
from shared.events.reports import ReportDrafted
from shared.kernel.errors import Invalid, Unknown
from shared.kernel.fact import Fact, Occasion
from shared.kernel.values import FileRef
from shared.policy.organisation import CaseNumbers, Home, Person, Site
from shared.policy.policies import Policy, PublishedPack
from shared.policy.reference import Reference
from shared.policy.weeks import ChargedWeek


@dataclass(frozen=True)
class Page:
    """A printable page that was made from the facts of a case up to one of its versions, and kept."""

    file: FileRef
    as_of_version: int


class PromiseRules(Protocol):
    """All that the promises about time ask of the rest of the world."""

    def site(self, code: str) -> Site: ...

    def calendar(self, id: str) -> WorkCalendar: ...

    def policy(self, site: str, at: datetime) -> Policy:
        """What a site goes by at an instant; `NO_POLICY` where none was activated."""
        ...


class Rules(PromiseRules, Protocol):
    """The rest of the world as of this transaction. Everything raises `Unknown` when it is not there, but for numbers."""

    def home(self) -> Home: ...

    def sites(self) -> Sequence[Site]:
        """All sites of the installation."""
        ...

    def person(self, id: str) -> Person: ...

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        """What a person may be at a site, as its owner too; with `at`, also as whoever stands in for somebody then."""
        ...

    def complaint(self, id: str) -> Complaint: ...

    def clocks(self, complaint_id: str) -> Clocks: ...

    def has_file(self, sha256: str) -> bool: ...

    def page(self, complaint_id: str, drafted: ReportDrafted, occasion: Occasion) -> Page:
        """A report that is being drafted, as a page made from the facts that there are now."""
        ...

    def packs(self) -> Mapping[str, PublishedPack]:
        """All published packs by id."""
        ...

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        """One thing of the reference data; one that nobody recorded is not `known`."""
        ...

    def week(self, site: str, week: str) -> ChargedWeek:
        """What a week of a site was charged with; nothing where there is none."""
        ...

    def recorded_between(self, site: str, since: datetime, until: datetime) -> Iterable[Fact[Any]]:
        """The facts about a site's cases that were recorded from `since` on and before `until`, in their order."""
        ...

    def numbers(self, site: str, period: str) -> CaseNumbers: ...


def must_know(rules: Rules, person: str, field: str) -> None:
    """Raises Invalid, naming the field, when nobody has that id."""
    try:
        rules.person(person)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-PERSON", field=field, way_out="casetrail person list") from None
