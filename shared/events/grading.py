"""What grades are decided from: one fixed vocabulary of facts about a complaint (domain §4.5.1), the same in every scheme."""

from typing import Annotated

from pydantic import Field

from shared.events.words import CaseKind, GradeBasis, Origin
from shared.kernel.values import Code, Quantity, Rank, Value


class GradeFacts(Value):
    """What is known of the case when it is graded. None means: not known, which is not the same as no."""

    safety_hazard: bool | None = None
    """Somebody may come to harm (S1-15)."""
    spoilage: bool | None = None
    """Food or material has gone bad (S1-15)."""
    regulator_or_media_threat: bool | None = None
    """The customer threatens to go to an authority or the press (S1-17)."""
    legal_reportable: bool | None = None
    """An authority may have to be told."""
    downtime: bool | None = None
    """Something stands still because of it (S0-21)."""
    downtime_min: Quantity | None = None
    """For how long, in minutes."""
    core_business_interrupted: bool | None = None
    """The customer's core business is interrupted (S3-17)."""
    customers_affected: Quantity | None = None
    """How many customers have the problem (S3-16)."""
    single_customer: bool | None = None
    """Only one customer has it (S1-20)."""
    units_affected: Quantity | None = None
    """How many pieces show it (S0-21)."""
    same_lot_failed_units: Quantity | None = None
    """How many pieces of one lot show it (S1-16)."""
    main_function_lost: bool | None = None
    """A main function is lost (S1-19)."""
    core_function_lost: bool | None = None
    """The customer cannot use the core function (S3-19)."""
    affects_use: bool | None = None
    """The product can be used less well than before (S1-22)."""
    cosmetic_only: bool | None = None
    """Only the looks are concerned (S1-22)."""
    unit_price_minor: Annotated[int, Field(ge=0, le=10**15)] | None = None
    """Price of one piece in the currency's minor unit (S1-20)."""
    recurrences_90d: Quantity | None = None
    """How often the same problem was complained of within 90 days (S0-21)."""
    shipped_affected: bool | None = None
    """Goods that have left the site are concerned (S4-76)."""
    wip_affected: bool | None = None
    """Work in process is concerned (S4-77)."""
    case_kind: CaseKind | None = None
    origin: Origin | None = None


class GradedAs(Value):
    """What one scheme makes of the facts, and by which of its rules."""

    scheme: Code
    """The pack the scheme belongs to."""
    code: Code
    rank: Rank
    rule_id: Code
    basis: GradeBasis
