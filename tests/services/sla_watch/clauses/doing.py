"""What was planned, whether it helped, and the end of the case."""

from __future__ import annotations

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import ReturnTo
from shared.events.clocks import Reason
from tests.facts import (
    closed,
    completed,
    planned,
    received,
    reopened,
    utc,
    verified,
)
from tests.services.sla_watch.clauses.example import (
    APPROVED,
    CLOSURE,
    INCONCLUSIVE,
    STONES,
    C,
    Example,
    S,
    signed,
    told,
)

STUCK = e.ActionBlocked(action_id="a1", reason="no lens to be had", way_out="another supplier")
GOING_ON = e.ActionUnblocked(action_id="a1", note="it is here")
PROGRESS = e.ActionProgressReported(action_id="a1", percent=50)
EXAMPLES = (
    Example(
        id="action:a1/1", packs=("pack-s0",), target="date", ladder="C", before=(Stage.PLAN_REVIEW,), start=APPROVED,
        keeps=(completed(),),
        let_go=(
            (e.ActionCancelled(action_id="a1", reason="another way"), Reason.REPLANNED),
            (verified(effective=False), Reason.REPLANNED),
        ),
    ),
    Example(
        id="milestone:a1.1/1", packs=("pack-s0",), target="date", ladder="B",
        before=(Stage.PLANNING, told(planned(), milestones=STONES), Stage.PLAN_REVIEW), start=APPROVED,
        keeps=(e.MilestoneReached(action_id="a1", milestone="design"),),
        others=(e.MilestoneReached(action_id="a1", milestone="stock"),),
        let_go=(
            (completed(), Reason.REPLANNED),
            (e.ActionCancelled(action_id="a1", reason="another way"), Reason.REPLANNED),
            (verified(effective=False), Reason.REPLANNED),
        ),
    ),
    *(
        Example(
            id=id, packs=("pack-s0",), target="weekly_friday", ladder="B", before=before, start=start, since=since,
            keeps=(PROGRESS, STUCK, GOING_ON, completed()),
            let_go=(
                (e.ActionCancelled(action_id="a1", reason="another way"), Reason.REPLANNED),
                (verified(effective=False), Reason.REPLANNED),
            ),
        )
        for id, before, start, since in (
            ("action_status:a1/1", (Stage.PLAN_REVIEW,), APPROVED, None),
            *(
                ("action_status:a1/2", (Stage.IMPLEMENTING,), said, utc("2026-03-06 09:00"))
                for said in (PROGRESS, STUCK, GOING_ON)
            ),
        )
    ),
    Example(
        id="recurrence_watch/1", packs=("pack-s0",), target="mo3", ladder="", before=(Stage.CLOSING,), start=closed(),
        keeps=(), closing="spares", let_go=((reopened(), Reason.REPLANNED),),
    ),
    Example(
        id="verification_short:a1/1", packs=("pack-s0",), target="wd3", ladder="C", waits=frozenset({S}),
        before=(Stage.PLANNING, told(planned(), kind=w.ActionKind.CORRECTION), Stage.IMPLEMENTING), start=completed(),
        keeps=(verified(), verified(effective=False)), others=(INCONCLUSIVE,),
    ),
    Example(
        id="verification_long:a1/1", packs=("pack-s0",), target="cd7", ladder="C", waits=frozenset({S}),
        before=(Stage.IMPLEMENTING,), start=completed(), keeps=(verified(), verified(effective=False)), others=(INCONCLUSIVE,),
    ),
    Example(
        id="verification/1", packs=(), target="wd3", ladder="C", before=(Stage.IMPLEMENTING,), start=completed(),
        keeps=(verified(), verified(effective=False)), others=(INCONCLUSIVE,),
    ),
    *(
        Example(
            id=id, packs=("pack-s0",), target="wd1", ladder="D", before=before, start=start, closing="keeps",
            keeps=(
                signed("close", 2), closed(), e.ClosureReturned(to_stage=ReturnTo.VERIFYING, reason="no measurement")
            ),
            others=(signed("plan"),),
        )
        for id, before, start in (
            ("closure_approval/1", (Stage.CLOSING,), CLOSURE),
            ("closure_approval/2", (Stage.CLOSING, CLOSURE), signed("close")),
        )
    ),
    *(
        Example(
            id=id, packs=(), target=target, ladder="C", before=before, start=start, keeps=(closed(),),
            waits=frozenset({C}), closing="keeps",
        )
        for id, target, before, start in (
            ("closure/1", "wd20", (), received()), ("closure/2", "wd10", (Stage.CLOSED,), reopened()),
        )
    ),
)  # fmt: skip
