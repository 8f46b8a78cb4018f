"""Who sees how a customer can be reached, and what everybody else sees instead (S0-59, C20 of the domain)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from shared.events.organisation import Role
from shared.kernel.personal import masked, masked_contact
from shared.policy.access import QUALITY, SERVICE

SEES_CONTACTS = frozenset({*SERVICE, *QUALITY})
"""They call; others read what happened without it."""
MASKS: dict[str, Callable[[object], str]] = {
    "customer_name": masked, "contact_person": masked, "contact": masked_contact, "contact_address": masked,
    "accepted_by": masked, "received_by": masked,
}  # fmt: skip
"""Field → how it is shown to them."""


def sees_contacts(roles: Collection[Role]) -> bool:
    """Whether somebody who holds these roles at the site of a case sees its contact details."""
    return not SEES_CONTACTS.isdisjoint(roles)


def discreet(told: Any) -> Any:
    """The same JSON with contact details masked, wherever in it they stand."""
    match told:
        case dict():
            return _fields(cast("Mapping[str, Any]", told))
        case list():
            return [discreet(one) for one in cast("list[Any]", told)]
        case _:
            return told


def _fields(told: Mapping[str, Any]) -> dict[str, Any]:
    hidden = MASKS.get(str(told.get("field")))
    if hidden is not None:  # a correction of such a field
        return {name: hidden(value) if name in ("old", "new") and value else value for name, value in told.items()}
    return {
        name: MASKS[name](value) if name in MASKS and isinstance(value, str) else discreet(value)
        for name, value in told.items()
    }
