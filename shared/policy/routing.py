"""Which department a case goes to, and who has to answer for the gravest ones (G-ROUTE; S0-24 to S0-27, S1-24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.complaint.state import Complaint
from shared.events.words import Department
from shared.kernel.errors import Invalid, Refused
from shared.kernel.values import Rank
from shared.policy.pack import Pack
from shared.policy.rules import Rules


def department_of(pack: Pack, complaint: Complaint, named: Department | None, *, reason: bool) -> Department:
    """The department named, or the first that the policy sends this category to.

    Another one takes a reason. Where the policy says nothing, somebody must.
    """
    routed = (pack.routing.departments if pack.routing is not None else None) or {}
    allowed = routed.get(complaint.category, ()) if complaint.category is not None else ()
    if named is None:
        if not allowed:
            raise Invalid(
                "the policy of this site does not say where such a case goes, so say it", rule="G-ROUTE", field="department",
                way_out=f"departments: {', '.join(Department)}",
            )  # fmt: skip
        return allowed[0]
    if allowed and named not in allowed and not reason:
        raise Refused(
            f"{complaint.category} goes to {' or '.join(allowed)} here, not to {named}", rule="G-ROUTE", field="department",
            way_out="leave the department out, or give the reason",
        )  # fmt: skip
    return named


def may_answer(
    pack: Pack, complaint: Complaint, owner: str, supporters: Sequence[str], rules: Rules, now: datetime
) -> None:
    """Raises Refused when a case of rank 1 does not reach everybody whom the policy names for it.

    The owner holds one of the roles; whoever stands beside the owner covers the others (S1-24).
    """
    wanted = (pack.routing.rank1_owner if pack.routing is not None else None) or ()
    if complaint.rank != Rank.CRITICAL or not wanted:
        return
    held = {person: rules.roles(person, complaint.site, now) for person in (owner, *supporters)}
    if not held[owner] & set(wanted):
        raise Refused(
            f"{owner} is none of {', '.join(wanted)}, who answer for cases of rank 1 here", rule="G-ROUTE", field="owner",
            way_out=f"name an owner who is {' or '.join(wanted)}",
        )  # fmt: skip
    if missing := [role for role in wanted if not any(role in roles for roles in held.values())]:
        raise Refused(
            f"a case of rank 1 reaches {' and '.join(wanted)} together", rule="G-ROUTE", field="supporters",
            way_out=f"name somebody who is {' or '.join(missing)} among the supporters",
        )  # fmt: skip
