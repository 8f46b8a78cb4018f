"""What keeps the trouble from spreading, its cause, and the plan."""

from __future__ import annotations

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.triage_words import DisputeOutcome, RecallDecision, WaiverReason
from tests.facts import (
    MONDAY,
    assigned,
    cause,
    classified,
    planned,
    received,
    registered,
    reopened,
    verified,
)
from tests.services.sla_watch.clauses.example import (
    APPROVED,
    CONTAINED,
    NOTHING_FOUND,
    OUTSIDE,
    RETURNED,
    SUBMITTED,
    C,
    D,
    Example,
    P,
    S,
    counted,
    disputed,
    scope,
    signed,
)

EXAMPLES = (
    Example(
        id="containment/1", packs=("pack-s3",), target="PT24H", ladder="C", before=(received(), registered()),
        start=classified(),
        keeps=(CONTAINED,),
    ),
    Example(
        id="containment/1", packs=("pack-s3",), says="clauses: {CL-CONT: {stops_at: ContainmentImplemented}}",
        target="PT24H", ladder="C", before=(received(), registered()), start=classified(), then=(CONTAINED,),
        keeps=(e.ContainmentImplemented(containment_id="c1"),),
    ),
    Example(
        id="root_cause/1", packs=("pack-s0",), target="wd3", ladder="C", before=(Stage.TRIAGED,), start=assigned(),
        waits=frozenset({C, S, P, D} | OUTSIDE),
        keeps=(
            cause(), NOTHING_FOUND, counted(DisputeOutcome.CUSTOMER_INACCURATE), counted(DisputeOutcome.WAREHOUSE_PROBLEM),
            e.InvestigationWaived(reason=WaiverReason.NO_FAILURE_ALLEGED, explanation="a question", decided_by="p-head"),
            e.UseErrorDetermined(description="wrong voltage", evidence=("e1",)),
        ),
        others=(counted(DisputeOutcome.QUALITY_PROBLEM), counted(DisputeOutcome.INCONCLUSIVE)),
    ),
    Example(
        id="root_cause/2", packs=("pack-s0",), target="wd3", ladder="C", before=(Stage.CLOSED,), start=reopened(),
        keeps=(cause(),), waits=frozenset({C, S, P, D} | OUTSIDE),
    ),
    *(
        Example(
            id=id, packs=("pack-s2",), target="PT48H", ladder="C", before=before, start=start,
            waits=frozenset({C, D} | OUTSIDE),
            keeps=(SUBMITTED, NOTHING_FOUND, counted(DisputeOutcome.CUSTOMER_INACCURATE)), others=(cause(),),
        )
        for id, before, start in (
            ("action_plan/1", (Stage.TRIAGED, planned()), assigned()),
            ("action_plan/2", (Stage.PLAN_REVIEW,), RETURNED),
            ("action_plan/2", (Stage.VERIFYING,), verified(effective=False)),
            ("action_plan/2", (Stage.CLOSED,), reopened(back_to_planning=True)),
        )
    ),
    *(
        Example(
            id=id, packs=("pack-s3",), target="wd1", ladder="D", before=before, start=start,
            keeps=(signed("plan", 2), APPROVED, RETURNED), others=(signed("close"),),
        )
        for id, before, start in (
            ("plan_approval/1", (Stage.PLANNING, planned()), SUBMITTED),
            ("plan_approval/2", (Stage.PLAN_REVIEW,), signed("plan")),
        )
    ),
    Example(
        id="stocktake:d1/1", packs=("pack-s2",), target="wd3", ladder="C", before=(Stage.ASSIGNED,), start=disputed(),
        keeps=(counted(DisputeOutcome.QUALITY_PROBLEM),), others=(counted(DisputeOutcome.QUALITY_PROBLEM, "d2"),),
    ),
    Example(
        id="recall_decision/1", packs=("pack-s4",), target="PT1H", ladder="C", before=(Stage.ASSIGNED,),
        start=scope(customer=40), others=(e.ProductionStopRefused(reason="another lot is on the line"),),
        keeps=(
            e.RecallDecided(
                decision_id="r1", decision=RecallDecision.RECALL, quantity_shipped=40, customers=2, justification="may burn"
            ),
        ),
    ),
    Example(
        id="production_stop/1", packs=("pack-s4",), target="PT1H", ladder="C", before=(Stage.ASSIGNED,),
        start=scope(wip=12),
        keeps=(
            e.ProductionStopRefused(reason="another lot is on the line"),
            e.ProductionStopOrdered(
                stop_id="p1", notice_no="N-1", reason="may burn", effective_at=MONDAY, resume_condition="the mould is mended"
            ),
        ),
    ),
)  # fmt: skip
