"""Examples for reference data."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "DefineDepartment": {
        "site": "sz", "code": "PD-1", "title": "Final assembly", "title_zh": "总装车间", "department": "production",
    },
    "DefinePost": {
        "site": "sz", "code": "SMT-07", "title": "Reflow oven operator", "title_zh": "回流焊操作员",
        "department_code": "PD-1", "duties": "profile of the oven, first-piece check",
    },
    "RecordCustomer": {
        "customer_no": "C-1001", "customer_name": "星海科技有限公司", "segment": "key account", "language": "zh",
        "contract_ref": "QA-2024-017",
    },
    "RecordProduct": {
        "product_model": "ABC-2000", "title": "Industrial display, 15 inch", "title_zh": "15寸工业显示器",
        "family": "industrial display", "unit_price": {"minor": 1280000, "currency": "CNY"},
    },
    "RecordLot": {
        "product_model": "ABC-2000", "lot_no": "20240315001", "site": "sz", "produced_on": "2024-03-15",
        "shipped_quantity": 400, "shipped_to": [{"customer_no": "C-1001", "quantity": 250, "shipped_on": "2024-03-28"}],
    },
    "RecordFailureCode": {
        "code": "DSP-01", "category": "hardware_failure", "title": "Screen garbled", "title_zh": "屏幕花屏",
    },
    "RetireReference": {"kind": "products", "code": "ABC-1900", "reason": "no longer made"},
}  # fmt: skip
