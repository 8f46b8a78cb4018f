"""A newer version of Casetrail, as far as this one can tell: it records a fact in a shape that nobody else knows, raises the shape of
before to it, and has another read model. A part becomes it when the file `newer` beside `armed` names it as it starts."""

from __future__ import annotations

import os
from pathlib import Path

NEWER = "newer"


def is_newer(part: str) -> bool:
    """Whether this part shall start as the newer version."""
    named = Path(os.environ["CASETRAIL_TEST_FAULTS"]) / NEWER
    return named.exists() and part in named.read_text().split()


def become_newer() -> None:
    """Before this process has done anything."""
    from services.insight.case_board import CaseBoard
    from shared.events.past import RAISES
    from shared.events.receipt import CustomerContacted

    RAISES[CustomerContacted.TOPIC, CustomerContacted.SHAPE] = lambda body: body
    CustomerContacted.SHAPE += 1
    CaseBoard.version += 1
