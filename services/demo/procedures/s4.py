"""Penang Scanners works by pack-s4: severity presumed at first and judged at the end, and reports on the customer's terms.

Triggers stick on scanners of a pilot delivery. The customer wants reports by dates of its own and money for its sorting;
seven people sign before finance pays.
"""

from __future__ import annotations

from typing import Any

from services.demo.diary import Diary
from services.demo.pictures import photo, report
from services.demo.procedures.company import Procedure, company
from services.demo.procedures.s4_reports import OWED, reported, signed_by_seven
from services.demo.scenario import Attachment, Step
from shared.events.organisation import Role

SITE = company(
    "penang", "Penang Scanners", "Asia/Kuala_Lumpur", "en", "pack-s4",
    ("clerk", "Nurul Huda binti Osman", (Role.CUSTOMER_SERVICE,)),
    ("liaison", "Grace Lim", (Role.CUSTOMER_LIAISON,)),
    ("am", "Ravi Chandran", (Role.AFTERSALES_MANAGER,)),
    ("fe", "Azlan Ismail", (Role.FIELD_ENGINEER,)),
    ("qe1", "Tan Mei Fong", (Role.QUALITY_ENGINEER,)),
    ("qe2", "Kumar Selvam", (Role.QUALITY_ENGINEER,)),
    ("qh", "Ooi Beng Hock", (Role.QUALITY_HEAD,)),
    ("rnd", "Chew Wai Keat", (Role.RND,)),
    ("rndh", "Dr. Farah Aziz", (Role.RND_HEAD,)),
    ("tech", "Lau Chee Meng", (Role.TECHNICAL,)),
    ("prod", "Siti Aminah", (Role.PRODUCTION,)),
    ("fin", "Goh Siew Ling", (Role.FINANCE,)),
    ("gm", "Dato' Lee Kah Wai", (Role.GENERAL_MANAGER,)),
    ("chair", "Tan Sri Yeoh", (Role.CHAIRMAN,)),
)  # fmt: skip

LOT = "HS7-P02"
_TESTS = Attachment(
    "incoming-inspection.csv", "text/csv",
    b"failure,quantity,share\ntrigger sticks,30,10 %\ntrigger does not click,6,2 %\ntotal,36,12 %\n",
)  # fmt: skip


def tell(diary: Diary) -> list[Step]:
    """From the e-mail to the archive."""
    _received(diary)
    _on_site(diary)
    _cause_and_plan(diary)
    reported(diary)
    _proved(diary)
    signed_by_seven(diary)
    _closed(diary)
    return diary.steps


def _received(diary: Diary) -> None:
    """Severity is presumed before anything is on the form (S4-89); a response is more than a call (S4-69)."""
    write = diary.write
    write(
        1, "09:10", "liaison", "intake/receive", site="penang", channel="email", language="en", customer_no="HR-1180",
        description="Incoming inspection of the 300 HS-7 of pilot lot P02: 36 triggers stick or do not click. We cannot "
        "put these into the shops. 8D on our form by the date in the claim, please, and the hours of our sorting.",
        customer_name="Harbour Retail Systems Pte Ltd", contact_person="Ms Koh", contact="koh@example.com",
        product_model="HS-7", lot_no=LOT, external_ref="HRS-SCAR-0241",
    )  # fmt: skip
    write(
        1, "09:24", "liaison", "intake/acknowledge", channel="email", apology=True, template_id="received",
        promised_contact_by=diary.minute(1, "11:00"),
    )  # fmt: skip
    write(
        1, "09:40", "qe1", "triage/classify", category="hardware_failure", failure_mode="trigger sticks",
        facts={
            "main_function_lost": True, "safety_hazard": False, "legal_reportable": False, "shipped_affected": True,
        },
    )  # fmt: skip
    write(
        1, "10:05", "liaison", "intake/contact-customer", direction="outbound", channel="telephone", purpose="clarification",
        symptom_confirmed=True, failure_info_collected=True,
        summary="Went through the inspection sheet with Ms Koh: 30 stick half-way, 6 do not click. All 300 are in her "
        "store, none in a shop yet. Sorting has taken two people two days.",
    )  # fmt: skip
    write(
        1, "10:20", "liaison", "intake/attach-evidence", evidence_id="e1", kind="customer_test_data", file=_TESTS,
        note="Incoming inspection of the customer",
    )  # fmt: skip
    write(
        1, "10:24", "liaison", "intake/attach-evidence", evidence_id="e2", kind="photo",
        file=photo("HS-7 trigger", "trigger.png"), note="Flash at the hinge of the trigger",
    )  # fmt: skip
    write(
        1, "10:35", "liaison", "intake/register", symptom="36 of 300 triggers stick half-way or give no click",
        frequency="36 of 300", extent="lot", product_model="HS-7", quantity_delivered=300, quantity_inspected=300,
        quantity_defective=36, main_function_lost=True, customers_affected=1, demands=["report", "exchange", "compensation"],
        defects=[{"failure_mode": "trigger sticks", "quantity": 30}, {"failure_mode": "no click", "quantity": 6}],
        contract_ref="HRS-2025-04",
    )  # fmt: skip
    write(1, "10:45", "liaison", "intake/forward", to_roles=["quality_engineer", "rnd"], form="F6", medium="e-mail")
    write(
        1, "10:52", "liaison", "intake/record-customer-demand", demand_id="d1", kind="report", due=diary.date(12),
        template="customer_8d", note="8D on the form of the customer",
    )  # fmt: skip
    write(
        1, "10:56", "liaison", "intake/record-customer-demand", demand_id="d2", kind="compensation", amount=OWED,
        customer_loss=OWED, note="Sorting: two people, two days",
    )  # fmt: skip
    write(
        1, "11:10", "qe1", "triage/assign", owner=diary.id("rnd"), department="rnd",
        supporting=["production", "quality"],
    )  # fmt: skip


def _on_site(diary: Diary) -> None:
    """Agreed with the customer piece by piece, with times (S4-71); how far it reaches is settled the same day (S4-75)."""
    write = diary.write
    write(
        1, "11:40", "qe1", "capa/define-containment", containment_id="c1", where=["customer", "warehouse"], owner=diary.id("am"),
        measure="Sort 300 at the customer and 120 here, exchange what sticks", due=diary.date(2), agreed_with_customer=True,
        work_plan=[
            {"item": "Press each trigger twenty times, 264 that passed", "minutes": 240},
            {"item": "Exchange 36 scanners", "minutes": 60},
        ],
    )  # fmt: skip
    write(
        1, "11:50", "qe1", "intake/schedule-field-visit", visit_id="v1", purpose="emergency", engineer=diary.id("fe"),
        planned_at=diary.minute(2, "09:30"), place="Store of the customer, Tuas", agreed_with_customer=True,
        steps=[
            {"content": "Sort what had passed", "at": diary.minute(2, "09:30")},
            {"content": "Exchange, count, sign", "at": diary.minute(2, "14:00")},
        ],
    )  # fmt: skip
    write(1, "13:30", "rnd", "capa/start-investigation", methods_planned=["fishbone_6m"])
    write(
        1, "13:45", "rnd", "capa/form-team", leader=diary.id("rnd"), champion=diary.id("rndh"), members=[
            {"person": diary.id("tech"), "role": "tooling", "department": "production"},
            {"person": diary.id("qe1"), "role": "quality engineer", "department": "quality"},
        ],
    )  # fmt: skip
    write(
        1, "14:10", "rnd", "triage/assess-impact-scope", evidence=["e1"], at_risk_quantity=36,
        residual_risk="None: cavity 3 went into pilot lot P02 alone",
        population=[
            {"location": "customer", "lots": [LOT], "quantity": 300, "method": "delivery note"},
            {"location": "warehouse", "lots": [LOT], "quantity": 120, "method": "stock list"},
        ],
    )  # fmt: skip
    write(
        1, "14:40", "qh", "triage/decide-recall", decision="no_recall", lots=[LOT], customers=1, decided_by=[diary.id("rndh")],
        justification="All 300 are in one store and are sorted there tomorrow; nothing has reached a shop.",
    )  # fmt: skip
    write(
        1, "15:20", "rnd", "capa/describe-problem", problem="Trigger of HS-7 sticks half-way or gives no click",
        quantity_affected=36, is_is_not=[
            {
                "question": "Which cavity", "observed": "Cavity 3", "not_observed": "Cavities 1, 2 and 4",
                "difference": "Cavity 3 was polished again before the pilot",
            },
        ],
    )  # fmt: skip
    write(
        2, "16:40", "fe", "intake/report-field-visit", visit_id="v1", arrived_at=diary.minute(2, "09:25"),
        left_at=diary.minute(2, "15:40"), findings="264 pressed twenty times, none sticks; all 36 are from cavity 3",
        work_done="36 exchanged and taken back",
    )  # fmt: skip
    write(
        2, "16:50", "qe1", "capa/implement-containment", containment_id="c1", quantity_checked=384,
        quantity_nonconforming=11,
    )  # fmt: skip
    write(
        3, "09:10", "clerk", "intake/receive-return", return_id="w1", rma_no="RMA-0241", quantity=36,
        condition="In trays by cavity mark, all from cavity 3", stored_at="Quarantine 2",
    )  # fmt: skip


def _cause_and_plan(diary: Diary) -> None:
    """Proved on a sample before it is rolled out (S4-79); one measure is a word of advice to the customer (S4-37)."""
    write = diary.write
    write(
        3, "10:30", "tech", "intake/attach-evidence", evidence_id="e3", kind="test_report",
        file=report("HS-7 hinge", "hinge.csv"), note="Hinge bore by cavity, 4 × 30",
    )  # fmt: skip
    write(
        3, "11:00", "qe1", "capa/record-inspection", inspection_id="in1", engineer=diary.id("tech"), samples=["w1"],
        features=[{"name": "flash at the hinge", "value": "0.14", "unit": "mm"}], matches_customer_description=True,
        finding="Flash of 0.10 to 0.18 mm at the hinge, cavity 3 alone", evidence=["e2", "e3"],
    )  # fmt: skip
    write(
        3, "11:08", "tech", "capa/sign-inspection", inspection_id="in1",
        comment="Bore of cavity 3 is 0.09 mm too wide",
    )  # fmt: skip
    write(
        3, "14:00", "prod", "capa/record-traceability", trace_id="tr1", lot_no=LOT, material_lots=["ABS-7719"], line="IM 4",
        shift="night", transport_ruling="ruled_out", storage_ruling="ruled_out", evidence=["e3"],
        production_records="Cavity 3 polished on Thursday, first pieces released by eye",
        line_watch="First and last shot of each shift gauged by cavity",
    )  # fmt: skip
    write(
        5, "10:20", "rnd", "capa/record-root-cause", method="fishbone_6m", verdict="confirmed",
        direct_cause="Flash at the hinge of cavity 3 rubs on the housing", evidence=["e3"],
        root_cause="A cavity that was polished goes back into production without being measured",
        fishbone={
            "man": ["Release by eye on night shift"], "machine": ["IM 4 without fault"], "material": ["Resin as specified"],
            "method": ["No release measurement after polishing"], "environment": ["Nothing found"],
            "measurement": ["Final test presses the trigger once, and when cold"],
        },
        causes=[
            {
                "cause_kind": "root", "cause_side": "occurrence", "cause_nature": "systemic_cause", "evidence": ["e3"],
                "statement": "No release measurement of a cavity after polishing",
            },
            {
                "cause_kind": "root", "cause_side": "escape", "evidence": ["e1", "e3"],
                "statement": "The final test presses the trigger once",
            },
        ],
    )  # fmt: skip
    planned: tuple[tuple[str, str, str, int, str, str, dict[str, Any]], ...] = (
        ("a1", "correction", "prod", 7, "Weld and re-cut cavity 3, scrap what it made", "Bore within 0.02 mm", {}),
        ("a2", "corrective", "tech", 9, "Release sheet with measurement by cavity after every polish", "0 releases without", {}),
        (
            "a3", "preventive", "qe1", 10, "Final test presses the trigger ten times, warm", "0 of 300 stick",
            {"supporting_departments": ["production"]},
        ),
        (
            "a4", "improvement", "liaison", 10, "Recommend alcohol wipes instead of oil spray for cleaning the hinge",
            "Advice in the customer's manual", {"owner_party": "customer"},
        ),
    )  # fmt: skip
    for number, (id, kind, owner, due, content, success, more) in enumerate(planned):
        write(
            5, f"10:{40 + 4 * number}", "rnd", "capa/plan-action", action_id=id, kind=kind, content=content, priority=number + 1,
            owner=diary.id(owner), due=diary.date(due), measure_of_success=success, **more,
        )  # fmt: skip
    write(5, "11:00", "rnd", "capa/submit-action-plan")
    write(5, "15:30", "gm", "capa/approve-action-plan", comment="Go ahead. Cavity 3 first.")
    write(
        7, "16:10", "prod", "capa/complete-action", action_id="a1",
        result="Cavity 3 re-cut, bore 0.01 mm off nominal; 131 scrapped.",
    )  # fmt: skip
    write(8, "11:30", "tech", "capa/complete-action", refused="G-PREVAL", action_id="a2", result="Sheet is in use.")
    write(
        8, "14:20", "qe2", "capa/validate-action", action_id="a2", ok=True, sample_quantity=30, evidence=["e3"],
        method="Thirty shots of each cavity after a trial polish, measured by the sheet",
    )  # fmt: skip
    write(
        8, "15:00", "tech", "capa/complete-action", action_id="a2",
        result="Release sheet RS-04 in use on all moulds.",
    )  # fmt: skip
    write(
        9, "15:10", "qe1", "capa/complete-action", action_id="a3",
        result="Final test rig presses ten times at 40 °C.",
    )  # fmt: skip
    write(
        10, "10:00", "rnd", "capa/complete-action", action_id="a4", done_by=diary.id("liaison"),
        result="Ms Koh takes the advice into the manual for the shops.",
    )  # fmt: skip


def _proved(diary: Diary) -> None:
    write = diary.write
    write(
        11, "09:20", "qe2", "intake/attach-evidence", evidence_id="e4", kind="test_report",
        file=report("HS-7 after", "after.csv"), note="300 of the next lot, ten times warm",
    )  # fmt: skip
    write(
        11, "09:40", "qe2", "capa/verify-effect", action_ids=["a1", "a2", "a3", "a4"], effective=True, proof="reinspection",
        method="300 scanners of the next lot, trigger pressed ten times at 40 °C",
        criteria=[
            {"metric": "Triggers that stick", "target": "0 / 300", "actual": "0 / 300", "met": True, "n": 300},
            {"metric": "Releases without a sheet", "target": "0", "actual": "0 of 9", "met": True, "n": 9},
        ],
        evidence=["e4"],
    )  # fmt: skip
    write(
        11, "10:00", "qe2", "capa/verify-containment", containment_id="c1", effective=True,
        method="Count of what came back against the list", evidence=["e1"],
    )  # fmt: skip
    write(
        11, "10:10", "qe1", "capa/lift-containment", containment_id="c1",
        reason="All 420 sorted, good parts since Thursday",
    )  # fmt: skip
    write(
        11, "10:30", "tech", "capa/update-standards", summary="Release after polishing, and ten warm presses, are the standard now",
        documents=[
            {"kind": "work_instruction", "number": "WI-IM-22", "old_revision": "B", "new_revision": "C"},
            {"kind": "fmea", "number": "FMEA-HS7", "old_revision": "3", "new_revision": "4"},
        ],
    )  # fmt: skip
    write(
        11, "10:50", "tech", "capa/complete-read-across", products=["HS-5", "HS-9"], lines=["IM 2"], applicable=True,
        conclusion="Same release sheet for all moulds with a hinge; HS-9 found without fault.", action_ids=["a2"],
    )  # fmt: skip


def _closed(diary: Diary) -> None:
    """Severity is judged once more by what came out, and it was less than it had seemed (S4-90)."""
    write, called = diary.write, diary.within(16, 29)
    write(
        15, "15:40", "qh", "triage/assign-final-grade", grade="MINOR", rank="3",
        reason="Found before it reached a shop, exchanged in two days, nobody stood still.",
    )  # fmt: skip
    write(
        15, "16:00", "liaison", "intake/contact-customer", direction="outbound", channel="telephone", purpose="feedback",
        summary="Payment advised; she is content and orders the series.", template_id="satisfied",
    )  # fmt: skip
    write(15, "16:05", "liaison", "intake/record-customer-feedback", satisfied=True, score=90, comment="Fast and open.")
    write(
        16, "09:30", "qe1", "capa/close", disposition="solved", customer_acceptance="accepted",
        summary="Unmeasured cavity after polishing; release by measurement and warm test in place, 8D accepted, MYR 5,400 paid.",
    )  # fmt: skip
    write(
        16, "10:00", "gm", "capa/recognise-team", praise="Four days from a claim to a re-cut mould.",
        recognised=[diary.id(each) for each in ("tech", "prod", "qe1", "liaison")],
    )  # fmt: skip
    write(
        called, "10:30", "liaison", "intake/complete-follow-up", kind="thirty_days", reached=True, product_ok=True,
        comment="Series of 2,000 in the shops, no trigger has stuck.",
    )  # fmt: skip
    write(
        called + 1, "14:00", "qe1", "capa/publish-case-study", title="Polished is not measured", anonymised=True,
        tags=["mould", "release"],
        lesson="Whatever was done to a tool, measure its first pieces; an eye sees flash only when it knows where to look.",
    )  # fmt: skip
    write(called + 2, "09:10", "liaison", "capa/archive", retention_until=diary.years_from(called + 2, 10))


PROCEDURE = Procedure(
    "procedure-s4", SITE, "reports by the customer's dates, seven signatures before finance pays, a final grade", 125, tell,
)  # fmt: skip
