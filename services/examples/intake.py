"""Examples for what intake does beside the main way of a case."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "CorrectRegistration": {
        "changes": [{"field": "lot_no", "new": "20240315002"}], "reason": "misread on the type plate",
    },
    "Forward": {"to_roles": ["quality_engineer", "rnd"], "form": "F3", "medium": "e-mail"},
    "ChangeFirstResponsible": {"first_responsible": "p-7k2m9q", "reason": "takes over the customer"},
    "SendInformationReminder": {"request_id": "i1", "channel": "email"},
    "LetInformationRequestLapse": {
        "request_id": "i1", "decision": "continue_with_presumption", "reason": "two reminders were not answered",
    },
    "SupersedeEvidence": {"evidence_id": "e1", "by_evidence_id": "e2", "reason": "the first photo is blurred"},
    "HandOverEvidence": {"evidence_id": "e1", "handed_by": "the customer", "handed_to": "laboratory", "note": "sealed bag 4"},
    "ScheduleFieldVisit": {
        "purpose": "gather_evidence", "engineer": "p-7k2m9q", "planned_at": "2026-12-01T09:00:00+08:00",
        "place": "the customer's line 3",
    },
    "ReportFieldVisit": {
        "visit_id": "v1", "arrived_at": "2026-03-18T09:00:00+08:00", "left_at": "2026-03-18T11:30:00+08:00",
        "findings": "the connector is cold-soldered", "work_done": "board exchanged",
    },
    "PromiseContact": {"promised_contact_by": "2026-12-02T17:00:00+08:00", "channel": "telephone"},
    "RaiseObjection": {"subject": "remedy", "statement": "a repair is not enough", "wanted": "a new unit"},
    "EscalateObjection": {"objection_id": "o1", "reason": "both sides stand by what they said"},
    "ResolveObjection": {"objection_id": "o1", "outcome": "compromise", "answer": "a unit on loan until the repair"},
    "RecordCustomerDemand": {"kind": "report", "due": "2026-12-10", "template": "customer_8d"},
    "RecordCustomerRequirement": {
        "clause": "CL-PLAN", "target": "PT24H", "statement": "the plan is wanted within a day, on the customer's form",
    },
    "RecordContractTerms": {
        "contract_ref": "SA-2025-17", "clause": "CL-RESP", "target": "PT4H", "statement": "answer within four hours",
    },
    "ProposeRemedy": {"offer_basis": "negotiated", "offer": [{"kind": "repair", "free": True}]},
    "AgreeRemedy": {"remedy_id": "r1", "accepted_by": "Ms Zhang"},
    "ExecuteRemedy": {"remedy_id": "r1", "tracking_no": "SF1029384756", "expected_arrival": "2026-12-05"},
    "RestoreService": {"how": "a unit on loan runs on the line"},
    "RequestReplacement": {
        "kind": "replenish", "parts": [{"part_no": "MB-2000", "quantity": 2}], "urgent": True,
        "reason": "the line stands still",
    },
    "AuthoriseReplacement": {"replacement_id": "x1", "department": "production"},
    "RefuseReplacement": {"replacement_id": "x1", "facts_correct": False, "reason": "the parts were never ordered"},
    "SignReplacementResponsibility": {"replacement_id": "x1", "department": "production"},
    "ShipReplacement": {
        "replacement_id": "x1", "warehouse_issue_no": "CK-0815", "carrier": "SF Express", "tracking_no": "SF1029384757",
        "expected_arrival": "2026-12-05",
    },
    "DeliverReplacement": {"replacement_id": "x1", "received_by": "Mr Wang"},
    "ReceiveReturn": {"rma_no": "RMA-17", "quantity": 2, "condition": "unopened", "stored_at": "quarantine 4"},
}  # fmt: skip
