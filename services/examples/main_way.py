"""Examples for the main way of a case, and for what is around it."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "ReceiveComplaint": {
        "site": "sz", "channel": "telephone", "description": "设备运行2小时后屏幕花屏，重启后暂时恢复", "language": "zh",
        "customer_name": "星海科技有限公司", "product_model": "ABC-2000", "lot_no": "20240315001",
    },
    "Acknowledge": {"channel": "email", "apology": True, "case_no_given": True},
    "RequestInformation": {"asked_of": "customer", "items": ["a photo of the type plate"]},
    "ProvideInformation": {"request_id": "i1", "answer": "the photo shows serial number 4711"},
    "Register": {
        "symptom": "screen garbled after two hours of operation", "frequency": "every two hours", "extent": "single_unit",
        "product_model": "ABC-2000", "lot_no": "20240315001", "main_function_lost": True, "demands": ["repair"],
    },
    "ContactCustomer": {
        "direction": "outbound", "channel": "telephone", "purpose": "clarification", "summary": "symptom confirmed",
    },
    "Classify": {"category": "hardware_failure", "grade": "P2", "rank": "2", "basis": "confirmed"},
    "Assign": {"owner": "p-7k2m9q", "department": "rnd"},
    "DefineContainment": {"where": ["warehouse"], "measure": "block lot 20240315001", "owner": "p-7k2m9q"},
    "StartInvestigation": {"methods_planned": ["five_why"]},
    "RecordRootCause": {
        "direct_cause": "cold solder joint at the display connector",
        "root_cause": "reflow profile not adjusted after the alloy change",
        "method": "five_why", "evidence": ["e1"],
        "five_whys": [{"why": "the screen is garbled", "because": "the connector loses contact when warm"}],
    },
    "PlanAction": {
        "kind": "corrective", "content": "adjust and lock the reflow profile", "owner": "p-7k2m9q", "due": "2026-12-18",
        "measure_of_success": "0 of 200 units fail the warm test",
    },
    "CompleteAction": {"action_id": "a1", "result": "profile adjusted and locked"},
    "VerifyEffect": {
        "action_ids": ["a1"], "effective": True, "method": "warm test of 200 units",
        "criteria": [{"metric": "failures", "target": "0 of 200", "actual": "0 of 200", "met": True}],
    },
    "Close": {"disposition": "solved", "customer_acceptance": "accepted", "summary": "repaired; cause removed for the whole lot"},
    "Reopen": {"reason": "recurrence", "explanation": "the same symptom on two more units"},
    "AttachEvidence": {
        "kind": "photo",
        "file": {
            "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            "bytes": 3,
            "media_type": "image/png",
            "name": "plate.png",
        },
    },
    "RecordCustomerFeedback": {"satisfied": True},
    "CompleteFollowUp": {"reached": True, "product_ok": True},
    "WaiveFollowUp": {"reason": "the customer has replaced the unit and asks for nothing more"},
    "Withdraw": {"reason": "the customer found the cable unplugged"},
    "ChangeGrade": {"grade": "P1", "rank": "1", "reason": "three more units of the same lot"},
    "Reassign": {"owner": "p-7k2m9q", "department": "production", "reason": "the cause lies in the reflow oven"},
    "Merge": {"survivor": "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e", "reason": "the same unit was reported twice"},
    "LinkCase": {"other": "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e", "relation": "same_lot"},
    "SubmitActionPlan": {},
    "PublishPolicy": {
        "text": "meta: {id: pack-example, version: 1, title: {en: Two grades, zh: 两级}}\n"
        "grade_scheme:\n"
        "  levels:\n"
        "    - {code: URGENT, rank: 1, label: {en: urgent, zh: 紧急}}\n"
        "    - {code: GENERAL, rank: 3, label: {en: general, zh: 一般}}\n"
        "  rules:\n"
        '    - {id: e-1, when: "safety_hazard or same_lot_failed_units >= 10", code: URGENT}\n'
        "    - {id: e-2, when: \"true\", code: GENERAL}\n",
    },
    "ActivatePolicy": {"pack": "pack-example"},
    "ApproveActionPlan": {},
    "ReturnActionPlan": {"comment": "name a measure of success for the corrective action"},
    "ReportActionProgress": {"action_id": "a1", "percent": 60},
    "SignResponsibility": {"department": "production"},
    "Archive": {"retention_until": "2036-12-31"},
    "EndRole": {"role": "quality_engineer", "site": "sz", "reason": "moved to another site"},
    "RevokeToken": {"token_id": "t1"},
    "PublishCalendar": {
        "calendar": "plant-2", "zone": "Europe/Berlin", "country": "DE", "subdivision": "SN", "roll": "next_working_day",
    },
    "AmendCalendar": {
        "reason": "the power station is repaired", "now_free": [{"day": "2026-11-27", "name": "power cut"}],
        "now_worked": ["2026-11-28"],
    },
    "PublishDigest": {"kind": "daily_digest", "note": "two calls about the same lot"},
    "AcknowledgeDutyEscalation": {
        "clock_id": "daily_digest:2026-03-02/1", "decision": "somebody of the second shift publishes it from now on",
    },
    "AssignCalendar": {"calendar": "plant-2", "reason": "two shifts from now on"},
    "MigratePolicy": {"reason": "agreed with the customer"},
    "RecordSimulation": {
        "reason": "would pack-s3 have been too strict last year?", "sites": ["sz"], "received_from": "2025-01-01",
        "received_before": "2026-01-01", "as_of": "2026-03-17T16:00:00+08:00", "case_count": 2,
        "calendar": {"calendar": "plant-2", "edition": 1},
        "recorded": [{"clause": "first_response", "started": 2, "kept": 2, "broken": 0}],
        "tried": [{
            "packs": [{"pack": "pack-s3", "version": 1, "digest": "0" * 64}], "cases_differ": 1,
            "clauses": [{"clause": "first_response", "started": 2, "kept": 1, "broken": 1}],
        }],
    },
    "OpenSite": {"site": "dresden", "title": "Dresden works", "zone": "Europe/Berlin", "language": "en"},
    "AddPerson": {"name": "Li Na"},
    "ChangePerson": {"email": "li.na@example.com"},
    "GrantRole": {"role": "quality_engineer", "site": "sz"},
    "NameStandIn": {
        "of": "p-7k2m9q", "role": "quality_head", "site": "sz", "until": "2026-12-31", "reason": "on leave",
    },
    "EndStandIn": {"of": "p-7k2m9q", "role": "quality_head", "site": "sz", "reason": "back at work"},
    "AcknowledgeEscalation": {"clock_id": "root_cause/1", "decision": "a second engineer joins today"},
}  # fmt: skip
