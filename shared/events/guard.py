"""What was refused: an attempt that a rule of the procedure forbade belongs to the audit trail too (domain §4.4.3)."""

from typing import ClassVar

from shared.events.complaint import Says
from shared.kernel.fact import Event
from shared.kernel.values import Code, Line, PersonId


class GuardRefused(Event):
    """Somebody asked for something that a rule forbids. What they wrote is not repeated: it may name people."""

    TOPIC: ClassVar[str] = "guard.GuardRefused"
    SAYS: ClassVar[Says] = {
        "en": "Refused to {by}: {command}, by rule {rule}",
        "zh": "拒绝{by}执行{command}，规则{rule}",
    }

    command: Code
    """As in its route, for example `approve-action-plan`."""
    rule: Line
    field: Line | None = None
    by: PersonId


GuardEvent = GuardRefused
