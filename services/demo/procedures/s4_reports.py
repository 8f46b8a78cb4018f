"""What Penang Scanners reports: to the customer by its dates, and within the house before finance pays."""

from __future__ import annotations

from typing import Any

from services.demo.diary import Diary

OWED = {"minor": 540_000, "currency": "MYR"}
"""What the sorting has cost the customer."""


def reported(diary: Diary) -> None:
    """Research writes and signs, its head reviews, quality countersigns, marketing hands over (S4-81 to S4-85)."""
    write = diary.write

    def report_of(id: str, kind: str, day: int, summary: str, next_due: int | None = None, **more: Any) -> None:
        write(
            day, "13:10", "rnd", "capa/draft-report", report_id=id, report_kind=kind, language="en", summary=summary,
            **more,
        )  # fmt: skip
        write(day, "13:20", "rnd", "capa/sign-report", report_id=id)
        write(day, "14:30", "rndh", "capa/sign-report", report_id=id)
        write(day, "15:40", "qh", "capa/sign-report", report_id=id)
        due: dict[str, Any] = {} if next_due is None else {"next_report_due": diary.date(next_due)}
        write(
            day, "16:20", "liaison", "capa/issue-report", report_id=id, to="Ms Koh, Harbour Retail", channel="email",
            **due,
        )  # fmt: skip

    report_of(
        "rp1", "initial", 3, "384 sorted at both ends, 47 found, all of cavity 3 and exchanged; cause sought at the mould.",
        next_due=8, template_id="RT-1",
    )  # fmt: skip
    write(
        3, "15:55", "rnd", "capa/issue-report", refused="G-VOICE", report_id="rp1", to="Ms Koh",
        next_report_due=diary.date(8),
    )  # fmt: skip
    report_of(
        "rp2", "progress", 8, "Cavity 3 is re-cut and proved; release sheet and warm test follow this week.",
        next_due=12,
    )  # fmt: skip
    report_of(
        "rp3", "8d", 11, "8D: flash at cavity 3 after polishing; release by measurement, trigger pressed ten times warm.",
        template_id="customer_template",
    )  # fmt: skip
    for day, said in (
        (3, "Told her that all 36 are from one cavity and the first report comes today."),
        (5, "Cavity 3 confirmed as the cause; the plan follows this afternoon."),
        (6, "Mould is at the toolmaker's, new parts from Wednesday on."),
        (8, "First parts of the re-cut cavity measured; progress report today."),
        (10, "Gone through the release sheet together; she wants it as an annex of the 8D."),
        (11, "300 of the next lot pressed, none sticks; 8D comes today."),
        (13, "Her quality department has read the 8D."),
    ):
        write(
            day, "10:40", "liaison", "intake/contact-customer", direction="outbound", channel="telephone",
            purpose="progress", summary=said,
        )  # fmt: skip
    write(
        13, "11:00", "liaison", "capa/record-report-acceptance", report_id="rp3", answered_by="Ms Koh",
        comment="Clear. Accepted without remarks.",
    )  # fmt: skip


def signed_by_seven(diary: Diary) -> None:
    """After-sales, quality, engineering, production, marketing, general manager, chairman; then finance pays (S4-59 to S4-61)."""
    write = diary.write
    write(
        13, "14:00", "clerk", "capa/draft-report", report_id="rp4", report_kind="handling_report", language="en",
        summary="Handling of HRS-SCAR-0241", handling={
            "event_summary": "36 of 300 HS-7 of a pilot lot with sticking triggers, found at incoming inspection",
            "cause": "Cavity 3 went back into production after polishing without being measured",
            "responsible_department": "production",
            "rectification": "Cavity re-cut; release sheet; ten warm presses in the final test",
            "technical_analysis": "Flash of 0.10 to 0.18 mm at the hinge, bore 0.09 mm too wide",
            "site_control": "First and last shot of each shift gauged by cavity",
            "later_order_requirements": "Pilot lots of this customer are pressed warm, 100 %",
            "compensation": OWED,
        },
    )  # fmt: skip
    for day, clock, who, comment in (
        (13, "15:00", "am", "Production answers for it"), (13, "16:00", "qh", None), (14, "09:10", "tech", None),
        (14, "09:40", "prod", "Taken on"), (14, "10:30", "liaison", "No further demand"), (14, "15:00", "gm", None),
        (15, "11:00", "chair", "Paid at once, please."),
    ):  # fmt: skip
        write(day, clock, who, "capa/sign-report", report_id="rp4", comment=comment)
    write(15, "11:30", "gm", "capa/approve-compensation", compensation_id="p1", amount=OWED, grounds="customer_demand")
    write(
        15, "15:20", "fin", "capa/pay-compensation", compensation_id="p1", voucher_no="PV-25-1180",
        paid_on=diary.date(15),
    )  # fmt: skip
