"""How older shapes of events are raised to today's. Stored bytes are never changed; they are read with today's eyes.

`tests/history/` keeps a stored example of every shape that ever existed.
"""

from __future__ import annotations

from collections.abc import Callable

Raise = Callable[[bytes], bytes]


def _more_fields(body: bytes) -> bytes:
    """The next shape only has more fields, and each of them a default."""
    return body


RAISES: dict[tuple[str, int], Raise] = {
    ("complaint.Acknowledged", 1): _more_fields,
    ("complaint.Classified", 1): _more_fields,
    ("complaint.Classified", 2): _more_fields,
    ("complaint.Assigned", 1): _more_fields,
    ("complaint.CostRecorded", 1): _more_fields,
    ("complaint.CustomerContacted", 1): _more_fields,
    ("complaint.ContainmentDefined", 1): _more_fields,
    ("complaint.RootCauseFound", 1): _more_fields,
    ("complaint.ActionPlanned", 1): _more_fields,
    ("complaint.ActionCompleted", 1): _more_fields,
    ("complaint.Verified", 1): _more_fields,
    ("complaint.CustomerFeedbackRecorded", 1): _more_fields,
    ("complaint.EvidenceAttached", 1): _more_fields,
    ("complaint.FollowUpCompleted", 1): _more_fields,
    ("complaint.Received", 1): _more_fields,
    ("complaint.Registered", 1): _more_fields,
    ("calendar.CalendarPublished", 1): _more_fields,
    ("clocks.ClockStarted", 1): _more_fields,
    ("clocks.ClockStarted", 2): _more_fields,
    ("clocks.ClockPaused", 1): _more_fields,
    ("clocks.ClockResumed", 1): _more_fields,
    ("clocks.ClockResumed", 2): _more_fields,
    ("clocks.ClockRebased", 1): _more_fields,
    ("clocks.ClockRebased", 2): _more_fields,
    ("clocks.Escalated", 1): _more_fields,
}
"""(topic, shape) → the body in the next shape."""


def raised(topic: str, shape: int, today: int, body: bytes) -> bytes:
    """The body in today's shape; raises ValueError when a step is missing."""
    for step in range(shape, today):
        if (topic, step) not in RAISES:
            raise ValueError(f"no way from shape {step} of {topic} to the next")
        body = RAISES[topic, step](body)
    return body
