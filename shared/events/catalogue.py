"""Every event by its permanent name: the one list from which codec, documentation, schemas and tests are made."""

from __future__ import annotations

from types import UnionType
from typing import get_args

from shared.events import (
    calendars,
    clocks,
    complaint,
    duties,
    guard,
    organisation,
    policy,
    reference,
    reviews,
    simulations,
    weeks,
)
from shared.kernel.fact import Event

UNIONS: dict[str, UnionType | type[Event]] = {
    "complaint": complaint.ComplaintEvent,
    "clocks": clocks.ClocksEvent,
    "duties": duties.DigestEvent,
    "home": organisation.HomeEvent,
    "site": organisation.SiteEvent,
    "person": organisation.PersonEvent,
    "calendar": calendars.CalendarEvent,
    "numbers": organisation.NumbersEvent,
    "policy": policy.PolicyEvent,
    "guard": guard.GuardEvent,
    "reference": reference.ReferenceEvent,
    "review": reviews.ReviewEvent,
    "week": weeks.WeekEvent,
    "simulation": simulations.SimulationEvent,
}
"""Aggregate kind → the union of its events."""


def _members(union: UnionType | type[Event]) -> tuple[type[Event], ...]:
    return (union,) if isinstance(union, type) else get_args(union)


CATALOGUE: dict[str, type[Event]] = {kind.TOPIC: kind for union in UNIONS.values() for kind in _members(union)}
"""Topic (`complaint.ActionPlanned`) → event class."""
