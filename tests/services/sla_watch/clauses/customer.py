"""What the customer is told, gets, and objects to."""

from __future__ import annotations

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.clocks import Reason
from shared.events.remedies import RemedyBasis, RemedyItem, RemedyKind
from tests.facts import (
    acknowledged,
    closed,
    contacted,
    followed_up,
    received,
    reopened,
    verified,
)
from tests.services.sla_watch.clauses.example import (
    ABOUT_THE_RESULT,
    CLIMBED,
    DECIDED,
    HIGHER,
    IN_SIX_HOURS,
    INBOUND,
    OBJECTED,
    OUTSIDE,
    SENT,
    C,
    D,
    Example,
    S,
    settled,
    told,
)

AGREED = (
    e.RemedyProposed(
        remedy_id="r1", offer=(RemedyItem(kind=RemedyKind.EXCHANGE),), offer_basis=RemedyBasis.NEGOTIATED
    ),
    e.RemedyAgreed(remedy_id="r1"),
)  # fmt: skip
DONE, RESTORED = e.RemedyExecuted(remedy_id="r1", done_by="p-ana"), e.ServiceRestored(how="a loan unit runs")
EXAMPLES = (
    *(
        Example(
            id="promised_contact/1", packs=("pack-s1",), target="date", ladder="A", before=(received(),), start=start,
            keeps=(contacted(),), others=(INBOUND,),
        )
        for start in (
            told(acknowledged(), promised_contact_by=IN_SIX_HOURS),
            told(contacted(), next_contact_by=IN_SIX_HOURS),
            e.ContactPromised(promised_contact_by=IN_SIX_HOURS),
        )
    ),
    Example(
        id="customer_progress/1", packs=("pack-s4",), target="cd7", ladder="A", before=(received(),), start=contacted(),
        keeps=(contacted(),), others=(INBOUND,),
    ),
    Example(
        id="resolution/1", packs=("pack-s1",), target="wd15", ladder="C", start=received(),
        waits=frozenset({C, S, D} | OUTSIDE), keeps=(DONE,), others=(contacted(), RESTORED, ABOUT_THE_RESULT, DECIDED),
    ),
    *(
        Example(
            id="resolution/1", packs=("pack-s1",), says=f"clauses: {{CL-RESOLVE: {{stops_at: {named}}}}}", target="wd15",
            ladder="C", start=received(), waits=frozenset({C, S, D} | OUTSIDE), keeps=keeps,
            others=(DONE, contacted(), told(ABOUT_THE_RESULT, direction=w.Direction.INBOUND)),
        )
        for named, keeps in (("service_restored", (RESTORED,)), ("CustomerContacted", (ABOUT_THE_RESULT, DECIDED)))
    ),
    Example(
        id="result_feedback/1", packs=("pack-s1",), target="wd1", ladder="B",
        before=(Stage.IMPLEMENTING, *AGREED),
        start=e.RemedyExecuted(remedy_id="r1", done_by="p-ana"), keeps=(ABOUT_THE_RESULT,),
        others=(
            contacted(), told(ABOUT_THE_RESULT, direction=w.Direction.INBOUND),
            e.CustomerFeedbackRecorded(satisfied=True),
        ),
    ),
    *(
        Example(
            id="follow_up/1", packs=("pack-s1",), target="cd30", ladder="B", before=before, start=start,
            keeps=(
                followed_up(True), told(followed_up(True), kind=e.FollowUpKind.THIRTY_DAYS),
                told(followed_up(True), kind=e.FollowUpKind.VISIT), e.FollowUpWaived(reason="moved away"),
            ),
            others=(told(followed_up(True), kind=e.FollowUpKind.CALL_BACK),), closing="spares",
            let_go=((reopened(), Reason.REPLANNED),),
        )
        for before, start in (
            ((Stage.IMPLEMENTING, *AGREED), e.RemedyExecuted(remedy_id="r1", done_by="p-ana")),
            ((Stage.CLOSING,), closed()),
        )
    ),
    Example(
        id="call_back/1", packs=("pack-s3",), target="cd14", ladder="B", before=(Stage.VERIFYING,), start=verified(),
        keeps=(followed_up(True), told(followed_up(True), kind=e.FollowUpKind.CALL_BACK)), closing="spares",
        others=(
            told(followed_up(True), kind=e.FollowUpKind.THIRTY_DAYS), told(followed_up(True), kind=e.FollowUpKind.VISIT),
            e.FollowUpCompleted(reached=False, kind=e.FollowUpKind.CALL_BACK, attempts=3),
        ),
    ),
    Example(
        id="objection:o1/1", packs=("pack-s1",), target="wd3", ladder="E", before=(Stage.IMPLEMENTING,), start=OBJECTED,
        keeps=(settled(), CLIMBED), others=(settled("o2"),), waits=frozenset({C}),
    ),
    Example(
        id="objection:o1/2", packs=("pack-s1",), target="wd3", ladder="E3", before=(Stage.IMPLEMENTING, OBJECTED),
        start=CLIMBED, keeps=(settled(), HIGHER), waits=frozenset({C}),
    ),
    Example(
        id="replacement:n1/1", packs=("pack-s2",), target="wd2", ladder="B", before=(Stage.ASSIGNED,), start=SENT,
        keeps=(
            e.ReplacementShipped(replacement_id="n1"),
            e.ReplacementRefused(replacement_id="n1", facts_correct=False, reason="not ours"),
        ),
        others=(e.ReplacementShipped(replacement_id="n2"),), waits=frozenset({C} | OUTSIDE),
    ),
    Example(
        id="retro_signature:n1/1", packs=("pack-s2",), target="wd3", ladder="C", before=(Stage.ASSIGNED, SENT),
        start=e.ReplacementAuthorised(replacement_id="n1", pending=True), closing="spares",
        keeps=(e.ReplacementResponsibilitySigned(replacement_id="n1", department=w.Department.PRODUCTION),),
        others=(e.ReplacementResponsibilitySigned(replacement_id="n2", department=w.Department.PRODUCTION),),
    ),
)  # fmt: skip
