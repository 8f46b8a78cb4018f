"""Reports to customers and authorities, and money."""

from __future__ import annotations

from datetime import date

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.clocks import Reason
from shared.events.money import CompensationGrounds, PartyRole, PersonShare
from tests.facts import (
    DAY,
    MONDAY,
    received,
)
from tests.services.sla_watch.clauses.example import (
    FEN,
    REPORT_BY,
    REPORTS,
    WANTS_A_REPORT,
    C,
    Example,
    issued,
    reportable,
    submitted,
    told,
)

EXAMPLES = (
    *(
        Example(
            id="initial_report/1", packs=("pack-s4",), target="cd3", ladder="B", before=(*before, *REPORTS), start=start,
            keeps=(issued("initial"), issued("final"), issued("8d")), others=(issued("progress"), issued("handling_report")),
        )
        for before, start in (((received(),), WANTS_A_REPORT), ((Stage.ASSIGNED,), told(REPORT_BY, due=None)))
    ),
    Example(
        id="progress_report/1", packs=("pack-s4",), target="cd7", ladder="B",
        before=(Stage.ASSIGNED, *REPORTS), start=issued("initial"), others=(issued("handling_report"),),
        keeps=(issued("progress"), issued("final")),
    ),
    *(
        Example(
            id="final_report/1", packs=("pack-s4",), target="date", ladder="C", start=start,
            before=(Stage.ASSIGNED, *REPORTS), keeps=(issued("final"), issued("8d")),
            others=(issued("initial"), issued("progress"), issued("handling_report")),
        )
        for start in (REPORT_BY, issued("initial", date(2026, 4, 2)))
    ),
    Example(
        id="authority_report:FDA_803_5DAY/1", packs=("pack-s4", "overlay-meddev"), target="wd5", ladder="C",
        before=(Stage.TRIAGED,), start=reportable("FDA_803_5DAY", since=MONDAY - DAY), since=MONDAY - DAY,
        keeps=(submitted("FDA_803_5DAY"),), others=(submitted("EU_SERIOUS_INCIDENT"),), closing="spares",
        let_go=((reportable("FDA_803_5DAY", yes=False), Reason.REPLANNED),),
    ),
    Example(
        id="cost_split:m1/1", packs=("pack-s2",), target="wd3", ladder="C", before=(Stage.ASSIGNED,), closing="spares",
        start=e.CostAllocationApproved(charge_id="m1", amount=FEN),
        keeps=(
            e.CostAllocationSplit(
                charge_id="m1", department=w.Department.PRODUCTION, legal_ack="Dr Li, 2026",
                persons=(PersonShare(person="p-cy", party_role=PartyRole.RESPONSIBLE_PERSON, amount=FEN),),
            ),
            e.CostAllocationExecuted(charge_id="m1", voucher_no="V-1", amount=FEN),
        ),
        others=(e.CostAllocationWaived(charge_id="m2", reason="goodwill"),),
        let_go=((e.CostAllocationWaived(charge_id="m1", reason="goodwill"), Reason.REPLANNED),),
    ),
    Example(
        id="payment:k1/1", packs=("pack-s4",), target="wd5", ladder="C", before=(Stage.ASSIGNED,), closing="spares",
        start=e.CompensationApproved(
            compensation_id="k1", amount=FEN, grounds=CompensationGrounds.CUSTOMER_DEMAND
        ),
        keeps=(e.CompensationPaid(compensation_id="k1", amount=FEN, voucher_no="V-2"),), waits=frozenset({C}),
        others=(e.CompensationPaid(compensation_id="k2", amount=FEN, voucher_no="V-3"),),
        let_go=((e.CompensationWithdrawn(compensation_id="k1", reason="the customer declined"), Reason.REPLANNED),),
    ),
)  # fmt: skip
