"""What is still open before a case is closed, or put away, and who has signed: for the page of a case (G-CLOSE, G-APPR)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.capa.topics.points import BEFORE_ARCHIVING, BEFORE_CLOSING, Point
from services.console.turns import waiting
from shared.complaint.rounds import CLOSE
from shared.complaint.signatures import Signature
from shared.complaint.state import Complaint, Stage
from shared.policy.access import COMMANDS
from shared.policy.pack import ChainStep, Pack

_UNDER_WAY = (
    Stage.ASSIGNED, Stage.INVESTIGATING, Stage.PLANNING, Stage.PLAN_REVIEW, Stage.IMPLEMENTING, Stage.VERIFYING,
    Stage.CLOSING,
)  # fmt: skip
_DOOR = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+|(?<=\()[a-z]+(?=\))")
"""Commands as sentences name them: with hyphens, or alone in brackets."""


@dataclass(frozen=True)
class Item:
    """One kind of thing that is asked for, all of it done or not, and the commands that do it."""

    code: str
    done: bool
    doors: Sequence[str] = ()


@dataclass(frozen=True)
class Checklist:
    """What is asked for before the case ends (`to` is close or archive), and the signatures it waits for."""

    to: str
    items: Sequence[Item]
    signing: Sequence[tuple[ChainStep, Signature | None]] = ()

    def __bool__(self) -> bool:
        return bool(self.items or self.signing)

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(item.done for item in self.items)


def checklist(case: Complaint, pack: Pack | None) -> Checklist:
    """As the policy of the site asks; nothing for a case that has not begun, or is over."""
    if pack is None or case.historical or case.stage not in (*_UNDER_WAY, Stage.CLOSED):
        return Checklist(CLOSE, ())
    if case.stage == Stage.CLOSED:
        return Checklist("archive", _items([point for points in BEFORE_ARCHIVING for point in points(case, pack)]))
    points = [point for points in BEFORE_CLOSING for point in points(case, pack)]
    return Checklist(CLOSE, _items(points), _signing(case, pack))


def doors_in(text: str) -> list[str]:
    """The commands that a sentence names, each once."""
    return list(dict.fromkeys(found for found in _DOOR.findall(text) if found in COMMANDS))


def _items(points: Sequence[Point]) -> list[Item]:
    """Two measures of containment are one line of the list."""
    together: dict[str, list[Point]] = {}
    for point in points:
        together.setdefault(point.code, []).append(point)
    return [
        Item(code, all(each.done for each in same), doors_in(" ".join(each.way_out for each in same if not each.done)))
        for code, same in together.items()
    ]


def _signing(case: Complaint, pack: Pack) -> list[tuple[ChainStep, Signature | None]]:
    return [
        (step, round.signed[place] if place < len(round.signed) else None)
        for round in waiting(case)
        for place, step in enumerate((pack.approval_chains or {}).get(round.chain, ()))
    ]
