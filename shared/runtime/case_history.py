"""A case as it stood right after one of its facts: for reactions, which must not see the future."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.kernel.fact import Fact
from shared.runtime.codec import fact_of
from shared.runtime.ledger import Ledger

REMEMBERED = 5_000


class CaseHistory:
    """Usually one fold on from the last time; else folded from the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._cases: OrderedDict[str, tuple[int, Complaint]] = OrderedDict()

    def case_at(self, fact: Fact[Any]) -> Complaint:
        """The case right after this fact."""
        version, case = self._cases.get(fact.stream, (0, INITIAL))
        if version != fact.version - 1:
            case = INITIAL
            for row in self.ledger.stream(fact.stream, up_to=fact.version - 1):
                case = fold(case, fact_of(row))
        case = fold(case, fact)
        self._cases[fact.stream] = (fact.version, case)
        self._cases.move_to_end(fact.stream)
        if len(self._cases) > REMEMBERED:
            self._cases.popitem(last=False)
        return case

    def later_than(self, fact: Fact[Any]) -> list[Fact[Any]]:
        """Facts of the same case that are recorded already and come after it."""
        return [fact_of(row) for row in self.ledger.stream(fact.stream, after=fact.version)]
