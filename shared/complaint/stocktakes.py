"""What a stock-take shows about a claim: the table of the procedure, and what follows where it shows nothing (domain §1.7)."""

from __future__ import annotations

from collections.abc import Iterable

from shared.events.disputes import Claim, Counted, Found
from shared.events.triage_words import ClaimDirection, DisputeOutcome


def materials_of(claim: Claim) -> tuple[str, ...]:
    """What has to be counted to judge a claim."""
    return (claim.material,) if claim.instead is None else (claim.material, claim.instead)


def expected(claim: Claim) -> dict[str, int]:
    """By how much stock would exceed the ledger if the claim were true.

    What was not sent is still here; what was sent in its place, or beyond the order, is missing.
    """
    match claim.direction:
        case ClaimDirection.SHORT:
            return {claim.material: claim.quantity}
        case ClaimDirection.OVER:
            return {claim.material: -claim.quantity}
        case ClaimDirection.WRONG_ITEM:
            came = {} if claim.instead is None else {claim.instead: -claim.quantity}
            return {**came, claim.material: claim.quantity}


def judged(claim: Claim, counted: Iterable[Counted], tolerance: int) -> tuple[DisputeOutcome, tuple[Found, ...]]:
    """The outcome, and the variances that it follows from.

    ========================  ============================  ============================
    stock differs as claimed  ledger, card and stock agree  outcome
    ========================  ============================  ============================
    yes                       no                            quality problem (S2-36)
    no                        yes                           customer inaccurate (S2-37)
    no                        no                            warehouse problem (S2-38)
    yes                       yes                           inconclusive
    ========================  ============================  ============================

    Both are true at once only of a claim that is not about a quantity, or about one no larger than what counting may miss:
    then counting proves nothing, and that it agrees with such a claim proves nothing either.
    """
    claimed = expected(claim)
    by_material = {one.material: one for one in counted}
    found = tuple(
        Found(material=name, variance=_stock(one) - one.ledger, expected=claimed.get(name, 0))
        for name, one in by_material.items()
    )
    as_claimed = all(abs(one.variance - one.expected) <= tolerance for one in found)
    agree = all(
        abs(one.card - one.ledger) <= tolerance and abs(_stock(one) - one.ledger) <= tolerance
        for one in by_material.values()
    )
    match as_claimed, agree:
        case True, False if any(claimed.values()):
            return DisputeOutcome.QUALITY_PROBLEM, found
        case False, True:
            return DisputeOutcome.CUSTOMER_INACCURATE, found
        case False, False:
            return DisputeOutcome.WAREHOUSE_PROBLEM, found
        case _:
            return DisputeOutcome.INCONCLUSIVE, found


def _stock(one: Counted) -> int:
    """What is there, on the shelf and beside the line (S2-35)."""
    return one.physical + (one.lineside or 0)
