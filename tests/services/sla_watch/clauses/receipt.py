"""From receipt to grading, and the first response."""

from __future__ import annotations

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.clocks import Reason
from shared.kernel.values import Rank
from tests.facts import (
    HOUR,
    MONDAY,
    acknowledged,
    answered,
    asked,
    classified,
    contacted,
    received,
    registered,
)
from tests.services.sla_watch.clauses.example import INBOUND, TOLD_HEAD, C, Example, regraded, told

EMERGENCY = e.EmergencyResponseStarted(leader="p-bo", measures=("a loan unit",))
EXAMPLES = (
    Example(
        id="acknowledgement/1", packs=("pack-s0",), target="PT1H", ladder="A", start=received(), keeps=(acknowledged(),),
    ),
    Example(
        id="acknowledgement/1", packs=(), target="PT1H", ladder="A", start=received(), keeps=(acknowledged(),),
    ),
    Example(
        id="registration/1", packs=("pack-s0",), target="PT24H", ladder="A", waits=frozenset({C}),
        start=received(awareness_at=MONDAY - 3 * HOUR), since=MONDAY - 3 * HOUR, keeps=(registered(),),
    ),
    *(
        Example(
            id="registration/1", packs=("pack-s0",), says=f"clauses: {{CL-REG: {{starts_at: {starts_at}}}}}",
            target="PT24H", ladder="A", waits=frozenset({C}), since=since, keeps=(registered(),),
            start=received(awareness_at=MONDAY - 3 * HOUR, failure_at=MONDAY - 5 * HOUR),
        )
        for starts_at, since in (("receipt", MONDAY), ("occurrence", MONDAY - 5 * HOUR))
    ),
    Example(
        id="forwarding/1", packs=("pack-s2",), target="half", ladder="A", start=received(), waits=frozenset({C}),
        keeps=(e.Forwarded(to_roles=("quality_engineer",)),),
    ),
    *(
        Example(
            id="forwarding/1", packs=("pack-s2",), says=f"clauses: {{CL-FWD: {{targets: {{all: PT4H}}{calendar}}}}}",
            target=target, ladder="A", start=received(), waits=frozenset({C}),
            keeps=(e.Forwarded(to_roles=("quality_engineer",)),),
        )
        for calendar, target in (("", "PT4H:biz"), (", calendar: biz", "PT4H:biz"), (", calendar: 24x7", "PT4H"))
    ),
    Example(
        id="grading/1", packs=("pack-s0",), target="PT2H:biz", ladder="B", before=(received(), acknowledged()),
        start=registered(), keeps=(classified(),),
    ),
    Example(
        id="quality_head_told/1", packs=("pack-s0",), target="PT15M", ladder="C", before=(received(), registered()),
        start=classified(Rank.CRITICAL), keeps=(TOLD_HEAD,),
        let_go=((regraded("P1", "P2", Rank.MAJOR), Reason.REGRADE),),
    ),
    Example(
        id="quality_head_told/1", packs=("pack-s0",), target="PT15M", ladder="C", before=(Stage.TRIAGED,),
        start=regraded("P2", "P1", Rank.CRITICAL), keeps=(TOLD_HEAD,),
    ),
    Example(
        id="first_response/1", packs=("pack-s3",), target="PT24H", ladder="B", start=received(),
        keeps=(contacted(),), others=(INBOUND, EMERGENCY),
    ),
    Example(
        id="first_response/1", packs=("pack-s3",), says="clauses: {CL-RESP: {stops_at: EmergencyResponseStarted}}",
        target="PT24H", ladder="B", start=received(), keeps=(EMERGENCY,), others=(contacted(),),
    ),
    Example(
        id="first_response/1", packs=(), target="PT24H", ladder="A", start=received(), keeps=(contacted(), EMERGENCY),
        others=(INBOUND,),
    ),
    Example(
        id="information:i1/1", packs=("pack-s0",), target="cd7", ladder="A", before=(received(),), start=asked("i1"),
        keeps=(
            answered("i1"),
            e.InformationRequestLapsed(
                request_id="i1", reminders_sent=2, decision=e.LapseDecision.CONTINUE_WITH_PRESUMPTION, reason="silence"
            ),
        ),
        others=(answered("i2"), told(answered("i1"), complete=False)),
    ),
)  # fmt: skip
