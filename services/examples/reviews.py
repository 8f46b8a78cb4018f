"""Examples for reviews of a site."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "ScheduleReview": {
        "site": "sz", "kind": "monthly_quality", "planned_at": "2098-04-07T09:00:00+08:00", "chair_role": "quality_head",
        "attendees": ["p-7k2m9q"],
    },
    "HoldReview": {
        "site": "sz", "kind": "self_inspection", "chair_role": "quality_head", "attendees": ["p-7k2m9q"],
        "prompted_by": "penalty bulletin 2026-07", "findings": "two of ten call-backs were not made on the day promised",
    },
}  # fmt: skip
