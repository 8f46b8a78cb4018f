"""One complaint, word for word the same wherever it is received, to lay the five procedures side by side.

Twelve panels of one lot are scratched. To some that is an emergency, because there are more than ten; to others it is
next to nothing, because only the looks are concerned.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

RECEIVED = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
REGISTERED = datetime.fromisoformat("2026-03-02T09:30:00+08:00")
CLASSIFIED = datetime.fromisoformat("2026-03-02T09:40:00+08:00")
ASSIGNED = datetime.fromisoformat("2026-03-02T09:50:00+08:00")
"""A Monday at Shanghai, so that nothing but the procedure makes one promise due later than another."""

TERSE: dict[str, Any] = {
    "channel": "email", "description": "Twelve of your CP-7 panels came with scratched front covers.", "language": "en",
    "customer_name": "Northern Tool Works", "contact": "quality@example.com", "product_model": "CP-7", "lot_no": "CP7-2602",
}  # fmt: skip
"""What the customer wrote."""
WHOLE: dict[str, Any] = {
    **TERSE, "customer_no": "NT-0007", "contact_person": "Ms Hill", "order_no": "4500-118", "spec": "CP-7-24V",
    "serial_nos": ["CP7-0101", "CP7-0112"], "purchase_date": "2026-02-02", "failure_date": "2026-02-27",
    "requested_at": RECEIVED.isoformat(),
}  # fmt: skip
"""The same with everything that any of the five asks for."""

TERSE_FORM: dict[str, Any] = {
    "symptom": "Scratches of 20 to 40 mm across the front cover", "frequency": "12 of 40", "extent": "lot",
    "product_model": "CP-7", "quantity_delivered": 40, "quantity_inspected": 40, "quantity_defective": 12,
    "customers_affected": 1, "downtime": False, "core_function_lost": False, "cosmetic_only": True, "affects_use": False,
    "spoilage": False, "regulator_or_media_threat": False, "demands": ["exchange", "report"],
}  # fmt: skip
WHOLE_FORM: dict[str, Any] = {
    **TERSE_FORM, "scenario": "Seen when unpacked, film still on", "steps_tried": "Wiped with a soft cloth",
}  # fmt: skip
CATEGORY = "hardware_failure"
GRADED_BY: dict[str, Any] = {
    "category": CATEGORY,
    "facts": {"core_business_interrupted": False, "legal_reportable": False, "shipped_affected": False},
}
"""What whoever grades it adds; the grade is left to the rules of the policy."""
