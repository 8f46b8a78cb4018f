"""How much two cases have in common: enough to suspect that they are the same complaint, never enough to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.complaint.state import Complaint
from shared.events.triage_words import Sign

WEIGHTS = {
    Sign.LOT: 40, Sign.SERIAL_NO: 40, Sign.FAILURE_MODE: 25, Sign.EXTERNAL_REF: 25, Sign.PRODUCT_MODEL: 15,
    Sign.CUSTOMER: 15, Sign.CATEGORY: 5,
}  # fmt: skip
"""One lot, one unit, one reference of a customer, or the same failure of a product is enough to look at both (ours)."""
STRONG = frozenset({Sign.LOT, Sign.SERIAL_NO, Sign.FAILURE_MODE, Sign.EXTERNAL_REF})
"""Without one of these nothing is suspected, whatever else two cases share."""
LEAST, MOST = 40, 100
"""From the one on two cases are suspected to be the same complaint; more than the other nothing counts."""
Signs = Mapping[Sign, frozenset[str]]


@dataclass(frozen=True)
class Similarity:
    """What two cases share, and how much that counts, of 100."""

    score: int
    same: tuple[Sign, ...]

    @property
    def suspicious(self) -> bool:
        """Whether somebody should look at both."""
        return self.score >= LEAST


def similarity(one: Complaint, other: Complaint) -> Similarity:
    """What is not known of either counts for nothing."""
    mine, theirs = signs_of(one), signs_of(other)
    return counted(sign for sign in Sign if mine[sign] & theirs[sign])


def counted(same: Iterable[Sign]) -> Similarity:
    """How much these signs count together."""
    shared = set(same)
    return Similarity(min(MOST, sum(WEIGHTS[sign] for sign in shared)), tuple(sign for sign in Sign if sign in shared))


def signs_of(case: Complaint) -> Signs:
    """By what a case is known again, as it is compared: without regard to case and space."""
    serials = [serial for record in (case.receipt, case.form) if record is not None for serial in record.serial_nos]
    said: dict[Sign, list[object]] = {
        Sign.LOT: [case.lot_no], Sign.FAILURE_MODE: [case.failure_mode], Sign.PRODUCT_MODEL: [case.product_model],
        Sign.CUSTOMER: [case.customer_no or case.customer_name], Sign.CATEGORY: [case.category],
        Sign.SERIAL_NO: list(serials), Sign.EXTERNAL_REF: [case.external_ref],
    }  # fmt: skip
    return {sign: frozenset(filter(None, map(_compared, texts))) for sign, texts in said.items()}


def _compared(text: object) -> str | None:
    # Erased names are no names: two erased customers have nothing in common.
    return " ".join(text.split()).casefold() if isinstance(text, str) else None
