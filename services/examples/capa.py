"""Examples for corrective action: form, team, containment, investigation, causes, actions, reports, closure."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "BeginWait": {
        "wait": "waiting_sample", "explanation": "the customer sends one of the two units", "expected_by": "2026-03-20",
    },
    "EndWait": {"wait_id": "w1", "outcome": "the unit has come"},
    "OpenCapa": {"capa_type": "8d", "reason": "the customer asks for it"},
    "FormTeam": {
        "leader": "p-7k2m9q", "members": [{"person": "p-7k2m9q", "role": "process engineer", "department": "production"}],
    },
    "DescribeProblem": {
        "problem": "the display is garbled once the unit is warm",
        "six_questions": {
            "what": "garbled display", "when": "after two hours", "who": "one customer, two units", "how": "when warm",
            "why": "the machine cannot be read",
        },
        "is_is_not": [{"question": "which lots", "observed": "20240315001", "not_observed": "any before March"}],
    },
    "RecogniseTeam": {"praise": "found within two days what nobody had seen in a year", "recognised": ["p-7k2m9q"]},
    "ImplementContainment": {"containment_id": "c1", "quantity_checked": 400, "quantity_nonconforming": 3},
    "VerifyContainment": {"containment_id": "c1", "effective": True, "method": "counted what is blocked against the stock list"},
    "LiftContainment": {"containment_id": "c1", "reason": "every unit of the lot has been re-soldered and tested"},
    "RecordInspection": {
        "engineer": "p-7k2m9q", "samples": ["4711"], "matches_customer_description": True,
        "features": [{"name": "length of the scratch", "value": "12", "unit": "mm"}],
        "finding": "cold joint at pin 7 of the display connector", "evidence": ["e1"],
    },
    "SignInspection": {"inspection_id": "in1"},
    "RecordTraceability": {
        "lot_no": "20240315001", "material_lots": ["SN-8841"], "line": "SMT 2", "shift": "night",
        "process_parameters": [{"name": "peak temperature", "value": "228", "unit": "°C"}],
        "transport": {"carrier": "SF", "shocks_g": "4"}, "transport_ruling": "ruled_out", "storage_ruling": "ruled_out",
        "line_watch": "first and last board of each shift by X-ray until further notice",
    },
    "RecordTest": {
        "test_kind": "environment", "lot_no": "20240315001", "quantity_tested": 20, "quantity_failed": 2,
        "conditions": {"temperature_c": "55", "hours": "48"}, "result": "two of twenty fail when warm",
    },
    "AttemptReproduction": {"attempt": "run warm for two hours with the door shut", "reproduced": True, "cycles": 3},
    "ProposeRootCause": {
        "cause_kind": "root", "cause_side": "escape", "cause_nature": "systemic_cause",
        "statement": "the final test is run cold", "confidence": "probable",
    },
    "RejectRootCause": {"cause_id": "ca1", "reason": "boards tested warm had failed too"},
    "ValidateAction": {"action_id": "a1", "ok": True, "method": "30 boards with the new profile, all good", "sample_quantity": 30},
    "StartAction": {"action_id": "a1"},
    "BlockAction": {"action_id": "a1", "reason": "the oven is in repair", "way_out": "the oven of line 3 takes over on Monday"},
    "UnblockAction": {"action_id": "a1", "note": "the oven of line 3 is free"},
    "ChangeActionDueDate": {"action_id": "a1", "new_due": "2026-12-22", "reason": "the oven was in repair for two days"},
    "ReachMilestone": {"action_id": "a1", "milestone": "profile released"},
    "CancelAction": {"action_id": "a1", "reason": "the product runs out this month"},
    "UpdateStandards": {
        "documents": [{"kind": "work_instruction", "number": "WI-17", "old_revision": "B", "new_revision": "C"}],
        "summary": "the profile is checked at every change of alloy",
    },
    "CompleteReadAcross": {
        "products": ["ABC-1000"], "lines": ["SMT 1"], "applicable": True, "conclusion": "the same check there too",
    },
    "PublishCaseStudy": {
        "title": "A change of alloy is a change of profile", "tags": ["solder"], "anonymised": True,
        "lesson": "Whoever changes a material asks which settings were made for the old one.",
    },
    "DraftReport": {"report_kind": "initial", "summary": "What we know after a day: lot blocked, cause sought at the connector."},
    "SignReport": {"report_id": "rp1"},
    "ReturnReport": {"report_id": "rp1", "reason": "say how many units are blocked"},
    "IssueReport": {"report_id": "rp1", "to": "quality department of the customer", "channel": "email"},
    "RecordReportAcceptance": {"report_id": "rp1"},
    "RecordReportRejection": {"report_id": "rp1", "sections": ["D4"], "comment": "no word about why the final test missed it"},
    "RequestClosure": {"disposition": "solved", "customer_acceptance": "accepted", "summary": "cause removed for the whole lot"},
    "SignClosure": {},
    "ReturnClosure": {"to_stage": "verifying", "action_ids": ["a1"], "reason": "verified on five boards only"},
}  # fmt: skip
