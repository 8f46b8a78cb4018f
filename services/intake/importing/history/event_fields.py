"""What the fields of our events take from the text of a log, and what they are given without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel

from shared.complaint.local_ids import free
from shared.complaint.state import Complaint
from shared.complaint.waiting import still_waiting
from shared.events import complaint as e
from shared.kernel.fact import Event
from shared.kernel.say import names_people

Kind = Literal["text", "moment", "day", "flag", "number", "list", "person", "none"]
"""`none`: a record of several fields; a log cannot fill it."""


@cache
def kind_of(event: type[Event], field: str) -> Kind:
    """How the text of a log is read for this field."""
    if field in names_people(event):
        return "person"
    kinds = set(_types(event.model_fields[field].annotation))
    if any(issubclass(kind, BaseModel) for kind in kinds) or dict in kinds:
        return "none"
    for kind, name in _BY_TYPE:
        if kind in kinds:
            return name
    return "text"


@cache
def is_list(event: type[Event], field: str) -> bool:
    """Whether the field holds several values."""
    return tuple in set(_types(event.model_fields[field].annotation))


_BY_TYPE: tuple[tuple[type, Kind], ...] = (
    (tuple, "list"), (datetime, "moment"), (date, "day"), (bool, "flag"), (int, "number"),
)  # fmt: skip


def _types(annotation: Any) -> Iterator[type]:
    """Every class that an annotation names, within unions and marks too."""
    origin: Any = getattr(annotation, "__origin__", None)
    if isinstance(origin, type):
        yield origin
    if isinstance(annotation, type):
        yield annotation
    if hasattr(annotation, "__metadata__"):
        yield from _types(origin)
        return
    for part in get_args(annotation):
        yield from _types(part)


class Missing(Exception):
    """The case has nothing that the event could be about."""


def _latest(open_ones: dict[str, Any], what: str) -> str:
    if not open_ones:
        raise Missing(f"there is no open {what}")
    return next(reversed(open_ones))


def _was(case: Complaint) -> str:
    if case.grade is None:
        raise Missing("the case has no grade yet")
    return case.grade


GIVEN: dict[tuple[type[Event], str], Callable[[Complaint], Any]] = {
    (e.InformationRequested, "request_id"): lambda case: free(
        "", "i", (*case.open_requests, *case.answered_requests, *case.lapsed_requests), "request_id"
    ),
    (e.InformationProvided, "request_id"): lambda case: _latest(case.open_requests, "request for information"),
    (e.InformationRequestLapsed, "request_id"): lambda case: _latest(case.open_requests, "request for information"),
    (e.WaitBegan, "wait_id"): lambda case: free("", "w", case.waiting, "wait_id"),
    (e.WaitEnded, "wait_id"): lambda case: _latest(still_waiting(case.waiting), "wait"),
    (e.GradeChanged, "was"): _was,
    (e.Reopened, "cycle"): lambda case: case.cycle + 1,
    (e.ActionPlanSubmitted, "plan_version"): lambda case: case.plan_version + 1,
}
"""Fields that follow from the case as told so far, where the mapping does not say them."""
OURS = frozenset({"case_no", "source", "also"})
"""Of a receipt: what only we can say."""
