"""Examples for costs, charges and compensation."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "RecordCost": {"kind": "rework", "amount": {"minor": 50000, "currency": "CNY"}},
    "CorrectCost": {"cost_id": "k1", "amount": {"minor": 48000, "currency": "CNY"}, "reason": "the invoice says 480.00"},
    "AllocateCosts": {"departments": [{"department": "production", "share_pct": 100}], "dry_run": True},
    "AccrueDelayCharge": {"rule": "plan_late", "department": "production", "dry_run": True},
    "ApproveCharge": {"charge_id": "m1"},
    "ReturnCharge": {"charge_id": "m1", "reason": "the carrier has paid half of it"},
    "SplitCharge": {
        "charge_id": "m1", "department": "production",
        "persons": [
            {"person": "p-7k2m9q", "party_role": "dept_supervisor"}, {"person": "p-4h8x2c", "party_role": "responsible_person"},
        ],
    },
    "ExecuteCharge": {"charge_id": "m1", "voucher_no": "2026-04711"},
    "WaiveCharge": {"charge_id": "m1", "reason": "the carrier has paid for it"},
    "ApproveCompensation": {"amount": {"minor": 50000, "currency": "CNY"}, "grounds": "customer_demand"},
    "WithdrawCompensation": {"compensation_id": "p1", "reason": "the customer takes a new unit instead"},
    "PayCompensation": {"compensation_id": "p1", "voucher_no": "2026-04712", "paid_on": "2026-04-02"},
}  # fmt: skip
