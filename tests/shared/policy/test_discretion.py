"""How a customer can be reached is seen by those who call; everybody else reads the rest."""

from __future__ import annotations

import pytest

from shared.events.organisation import Role
from shared.kernel.personal import Erased, masked_contact
from shared.policy.discretion import discreet, sees_contacts


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("13812345678", "***78"), ("zhang@example.com", "z***@example.com"), ("4711", "***"), ("", ""), (None, ""),
        (Erased(), "[erased]"),
    ],
)  # fmt: skip
def test_a_contact_is_shown_by_its_end(contact: object, shown: str):
    assert masked_contact(contact) == shown


def test_service_and_quality_see_contacts_and_nobody_else():
    seen = {role for role in Role if sees_contacts({role})}
    assert seen == {
        Role.CUSTOMER_SERVICE, Role.SERVICE_SUPERVISOR, Role.CUSTOMER_LIAISON, Role.AFTERSALES_MANAGER, Role.FIELD_ENGINEER,
        Role.QUALITY_ENGINEER, Role.QUALITY_HEAD,
    }  # fmt: skip


def test_contact_details_are_masked_wherever_they_stand():
    told = {
        "case_no": "SZ-1", "state": {"customer_name": "张三", "receipt": {"contact": "13812345678", "contact_person": None}},
        "entries": [{"changes": [{"field": "contact", "old": None, "new": "a@b.cn"}, {"field": "lot_no", "new": "L2"}]}],
    }  # fmt: skip
    assert discreet(told) == {
        "case_no": "SZ-1", "state": {"customer_name": "张*", "receipt": {"contact": "***78", "contact_person": None}},
        "entries": [{"changes": [{"field": "contact", "old": None, "new": "a***@b.cn"}, {"field": "lot_no", "new": "L2"}]}],
    }  # fmt: skip
