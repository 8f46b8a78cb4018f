"""How much two cases have in common: enough to suspect that they are the same complaint, never enough to say so."""

from __future__ import annotations

from dataclasses import dataclass

from shared.complaint.state import Complaint
from shared.events.triage_words import Sign

WEIGHTS = {Sign.LOT: 40, Sign.FAILURE_MODE: 25, Sign.PRODUCT_MODEL: 15, Sign.CUSTOMER: 15, Sign.CATEGORY: 5}
"""They come to 100. One lot, or the same failure of the same product, is enough to look at both (ours)."""
LEAST = 40
"""From here on two cases are suspected to be the same complaint."""


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
    mine, theirs = _signs(one), _signs(other)
    same = tuple(sign for sign in Sign if mine[sign] is not None and mine[sign] == theirs[sign])
    return Similarity(sum(WEIGHTS[sign] for sign in same), same)


def _signs(case: Complaint) -> dict[Sign, str | None]:
    said = {
        Sign.LOT: case.lot_no, Sign.FAILURE_MODE: case.failure_mode, Sign.PRODUCT_MODEL: case.product_model,
        Sign.CUSTOMER: case.customer_no or case.customer_name, Sign.CATEGORY: case.category,
    }  # fmt: skip
    # Erased names are no names: two erased customers have nothing in common.
    return {
        sign: " ".join(text.split()).casefold() or None if isinstance(text, str) else None
        for sign, text in said.items()
    }
