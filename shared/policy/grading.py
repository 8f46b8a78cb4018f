"""Which grade the facts of a case give in a scheme, by which rule, and how sure that is (G-GRADE, domain §4.4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from shared.complaint.state import Complaint
from shared.events.complaint import Registered
from shared.events.grading import GradedAs, GradeFacts
from shared.events.reference import ProductRecorded
from shared.events.words import Extent, GradeBasis
from shared.kernel.values import Rank
from shared.policy.conditions import Condition
from shared.policy.pack import GradeRule, GradeScheme, Pack

_parsed = lru_cache(maxsize=1_024)(Condition.parse)


def graded(scheme: GradeScheme, pack: str, facts: GradeFacts) -> GradedAs:
    """First match from the top. Where that depends on what is not known, the gravest grade that is possible, presumed."""
    known = facts.model_dump(mode="json", exclude_none=True)
    possible: list[GradeRule] = []
    for rule in scheme.rules:
        holds = _parsed(rule.when).holds(known)
        if holds is not False:
            possible.append(rule)
        if holds:
            break
    certain = len(possible) == 1 and _parsed(possible[0].when).holds(known) is True
    ranks = {level.code: level.rank for level in scheme.levels}
    rule = min(possible or scheme.rules[-1:], key=lambda rule: ranks[rule.code])
    basis = GradeBasis.CONFIRMED if certain else GradeBasis.PRESUMED
    return GradedAs(scheme=pack, code=rule.code, rank=Rank(str(ranks[rule.code])), rule_id=rule.id, basis=basis)


def graded_elsewhere(packs: Iterable[Pack], but: str, facts: GradeFacts) -> tuple[GradedAs, ...]:
    """The same facts in every other scheme there is, for comparison across companies (C1)."""
    return tuple(
        graded(pack.grade_scheme, pack.meta.id, facts)
        for pack in packs
        if pack.grade_scheme is not None and pack.meta.id != but
    )


def facts_used(scheme: GradeScheme, rule_id: str, facts: GradeFacts) -> dict[str, object]:
    """What the rule asked for and what was known of it; None where nothing was."""
    rule = next(rule for rule in scheme.rules if rule.id == rule_id)
    known = facts.model_dump(mode="json")
    return {name: known[name] for name in _parsed(rule.when).facts}


def facts_asked(scheme: GradeScheme) -> frozenset[str]:
    """Everything that its rules ask for."""
    return frozenset(name for rule in scheme.rules for name in _parsed(rule.when).facts)


def _on_form(form: Registered | None, currency: str | None) -> dict[str, object]:
    """What the form says of the impact; what it leaves open stays open."""
    if form is None:
        return {}
    price = form.unit_price
    said: dict[str, object] = {
        "downtime": form.downtime,
        "downtime_min": form.downtime_minutes,
        "core_function_lost": form.core_function_lost,
        "cosmetic_only": form.cosmetic_only,
        "affects_use": form.affects_use,
        "spoilage": form.spoilage,
        "regulator_or_media_threat": form.regulator_or_media_threat,
        "customers_affected": form.customers_affected,
        "single_customer": None if form.customers_affected is None else form.customers_affected == 1,
        "unit_price_minor": price.minor if price is not None and price.currency == currency else None,
        # The defective pieces of a form that names one lot are pieces of that lot.
        "same_lot_failed_units": form.quantity_defective if form.lot_no else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def facts_of(
    complaint: Complaint, more: GradeFacts, product: ProductRecorded | None = None, currency: str | None = None
) -> GradeFacts:
    """What the record of the case says already, and what whoever grades it adds; the latter wins.

    The price of the product counts where it is in the currency that the rules count in: 10 000 yen are not 10 000 fen.
    """
    told: dict[str, object] = {"case_kind": complaint.case_kind, "origin": complaint.origin}
    price = None if product is None else product.unit_price
    if price is not None and price.currency == currency:
        told["unit_price_minor"] = price.minor
    if complaint.registered_at is not None:
        told |= {"safety_hazard": complaint.safety_hazard, "main_function_lost": complaint.main_function_lost}
        match complaint.extent:
            case Extent.SINGLE_UNIT:
                told |= {
                    "units_affected": 1,
                    "same_lot_failed_units": 1,
                    "customers_affected": 1,
                    "single_customer": True,
                }
            case Extent.MULTI_CUSTOMER:
                told |= {"customers_affected": 2, "single_customer": False}
            case Extent.BUSINESS_INTERRUPTION:
                told |= {"core_business_interrupted": True}
            case _:
                pass
        if complaint.quantity_defective is not None:
            told["units_affected"] = complaint.quantity_defective
        told |= _on_form(complaint.form, currency)
    elif complaint.safety_hazard:
        told["safety_hazard"] = True
    given = {name: value for name, value in more if value is not None}
    return GradeFacts.model_validate({**told, **given})
