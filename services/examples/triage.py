"""Examples for what triage does beside the main way of a case."""

from __future__ import annotations

from typing import Any

OTHER = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"

EXAMPLES: dict[str, dict[str, Any]] = {
    "DetermineNotAComplaint": {"kind": "enquiry", "reason": "the customer asks how to clean the filter"},
    "ReviewGrade": {"attendees": ["p-7k2m9q"], "review": "Monday review 2026-11", "comment": "as graded"},
    "AssignFinalGrade": {"grade": "P2", "rank": "2", "basis": "result", "reason": "one lot, no harm to anybody"},
    "NotifyQualityHead": {"person": "p-7k2m9q", "channel": "telephone"},
    "StartEmergencyResponse": {"leader": "p-7k2m9q", "measures": ["stop the sale of lot 20240315001"]},
    "AcceptAssignment": {},
    "DeclineAssignment": {"reason": "the fault lies in the power supply, not in the display"},
    "TransferToSite": {
        "to_site": "dresden", "reason": "the lot was made there", "handover_state": "graded; the customer waits for a date",
    },
    "AcceptTransfer": {},
    "DeclineTransfer": {"reason": "the lot was made at another site"},
    "AssignPreliminaryResponsibility": {
        "departments": [{"department": "production", "share_pct": 60}, {"department": "purchasing", "share_pct": 40}],
    },
    "ConfirmResponsibility": {
        "party": "own", "departments": [{"department": "production", "share_pct": 100}],
        "posts": ["operator of the reflow oven, line 2"],
    },
    "AssessImpactScope": {
        "population": [
            {"location": "customer", "lots": ["20240315001"], "quantity": 180, "method": "sales records"},
            {"location": "line", "lots": ["20240318002"], "quantity": 40, "method": "count"},
        ],
        "residual_risk": "units repaired in the field are not known by lot",
    },
    "DecideRecall": {
        "decision": "recall", "lots": ["20240315001"], "customers": 12, "justification": "the connector may overheat",
    },
    "ConsentToRecall": {},
    "ReturnRecallDecision": {"reason": "name the lots that are safe"},
    "ReportRecallProgress": {"returned": 120, "corrected": 40, "unaccounted": 20, "as_of": "2026-11-20"},
    "OrderProductionStop": {
        "notice_no": "PS-2026-007", "lines": ["SMT 2"], "models": ["ABC-2000"], "reason": "cold joints on 40 boards",
        "effective_at": "2026-11-16T14:00:00+08:00", "resume_condition": "50 boards in a row without a cold joint",
    },
    "RefuseProductionStop": {"reason": "the 40 boards are set aside; the line makes another model"},
    "ResumeProduction": {"stop_id": "s1", "condition_met": "60 boards inspected, none with a cold joint"},
    "SuspectDuplicate": {"other": OTHER},
    "RecordRecurrence": {"prior": [OTHER], "window_days": 90},
    "UndoMerge": {"reason": "it was another unit after all"},
    "WaiveInvestigation": {
        "reason": "similar_investigated", "explanation": "same lot, same joint; the oven was corrected", "similar_case": OTHER,
    },
    "DetermineUseError": {"description": "the filter was never cleaned", "evidence": ["e1"]},
    "RecordTraining": {
        "audience": "customer", "subject": "cleaning the filter", "held_on": "2026-11-02", "attendees": 3,
    },
    "AssessReportability": {"regimes": ["EU_SERIOUS_INCIDENT"], "rationale": "the pump stopped; nobody was harmed"},
    "SubmitAuthorityReport": {"regime": "EU_SERIOUS_INCIDENT", "kind": "initial", "receipt_no": "2026-000123"},
    "OpenEvidenceDispute": {
        "claim": {"material": "M-100", "quantity": 5, "direction": "short"},
        "insufficient_reason": "neither the packing list nor the customer's photo shows the count",
    },
    "RecordStocktake": {
        "dispute_id": "d1", "frozen_from": "2026-11-16T08:00:00+08:00", "frozen_to": "2026-11-16T11:00:00+08:00",
        "materials": [{"material": "M-100", "ledger": 100, "card": 100, "physical": 105, "lineside": 0}],
    },
    "SignStocktake": {"stocktake_id": "t1"},
    "ResolveEvidenceDispute": {"dispute_id": "d1", "comment": "five too many on the shelf"},
}  # fmt: skip
