"""What a week of a site was charged with, case by case, where the policy takes a department's week as one sum (domain §1.6)."""

from typing import ClassVar

from shared.events.texts import Says
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import ComplaintId, Line, LocalId, Money, SiteCode


class WeekCharged(Event):
    """Costs of a case were put forward as part of a department's week, and fill its lower tiers from now on (S2-50)."""

    TOPIC: ClassVar[str] = "week.WeekCharged"
    SAYS: ClassVar[Says] = {
        "en": "{department} charged in {week} with {cost} of {case_no}, charge {charge_id}",
        "zh": "{department}{week}计入{case_no}的{cost}（考核单{charge_id}）",
    }

    site: SiteCode
    week: Line
    """As ISO 8601 counts it: 2024-W20."""
    complaint: ComplaintId
    case_no: Line
    charge_id: LocalId
    department: Department
    cost: Money


class WeekChargeWaived(Event):
    """A charge was waived, so what it held of the week counts no more."""

    TOPIC: ClassVar[str] = "week.WeekChargeWaived"
    SAYS: ClassVar[Says] = {
        "en": "Charge {charge_id} of {case_no} no longer counts in {week}",
        "zh": "{week}不再计入{case_no}的考核单{charge_id}",
    }

    site: SiteCode
    week: Line
    complaint: ComplaintId
    case_no: Line
    charge_id: LocalId


WeekEvent = WeekCharged | WeekChargeWaived
