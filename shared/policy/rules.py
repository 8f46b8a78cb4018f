"""What a decision may look up besides its own state. The desk loads it inside the writer lock, so it is never stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks
from shared.complaint.state import Complaint
from shared.events.organisation import Role
from shared.events.reference import ReferenceList
from shared.kernel.errors import Invalid, Unknown
from shared.policy.organisation import CaseNumbers, Home, Person, Site
from shared.policy.policies import Policy, PublishedPack
from shared.policy.reference import Reference
from shared.policy.weeks import ChargedWeek


class Rules(Protocol):
    """The rest of the world as of this transaction. Everything raises `Unknown` when it is not there, but for numbers."""

    def home(self) -> Home: ...

    def site(self, code: str) -> Site: ...

    def sites(self) -> Sequence[Site]:
        """All sites of the installation."""
        ...

    def person(self, id: str) -> Person: ...

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        """What a person may be at a site, as its owner too; with `at`, also as whoever stands in for somebody then."""
        ...

    def calendar(self, id: str) -> WorkCalendar: ...

    def complaint(self, id: str) -> Complaint: ...

    def clocks(self, complaint_id: str) -> Clocks: ...

    def has_file(self, sha256: str) -> bool: ...

    def policy(self, site: str, at: datetime) -> Policy:
        """What a site goes by at an instant; `NO_POLICY` where none was activated."""
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

    def numbers(self, site: str, period: str) -> CaseNumbers: ...


def must_know(rules: Rules, person: str, field: str) -> None:
    """Raises Invalid, naming the field, when nobody has that id."""
    try:
        rules.person(person)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-PERSON", field=field, way_out="casetrail person list") from None
