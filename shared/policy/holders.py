"""Whether somebody is what a policy names: a role held at the site, or a part in the very case."""

from __future__ import annotations

from datetime import datetime

from shared.complaint.state import Complaint
from shared.policy.promise_terms import CASE_ROLES
from shared.policy.rules import Rules


def holds(complaint: Complaint, role: str, person: str, at: datetime, rules: Rules) -> bool:
    """A part in the case is held by the one person it names; as long as it names nobody, by nobody."""
    if role in CASE_ROLES:
        return {"case_owner": complaint.owner, "first_responsible": complaint.first_responsible}.get(role) == person
    return role in rules.roles(person, complaint.site, at)
