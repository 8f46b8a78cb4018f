"""Ishikawa's fishbone: six bones to one spine, the findings beside their bone, the effect at the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.console.drawings.lettering import wrapped

TOP_BONES = ("material", "method", "measurement")
BOTTOM_BONES = ("machine", "man", "environment")

WIDTH, HEAD, LEFT = 800.0, 168.0, 14.0
SIZE, LINE, SLANT, MARGIN = 11.0, 14.5, 46.0, 26.0
_BOLD = 1.16
"""Bold letters are that much wider."""
_LINES_EACH = 3
"""A longer finding is cut; the list below the drawing tells it in full."""


@dataclass(frozen=True)
class Finding:
    """A finding in lines, the first at (x, y)."""

    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True)
class Bone:
    """One of the six M."""

    name: str
    x1: float
    y1: float
    x2: float
    y2: float
    title_y: float
    findings: Sequence[Finding]


@dataclass(frozen=True)
class FishboneDrawing:
    """The whole drawing."""

    bones: Sequence[Bone]
    head: tuple[str, ...]
    spine_y: float
    head_x: float
    head_y: float
    head_width: float
    head_height: float
    width: float
    height: float


def fishbone(findings: Mapping[str, Sequence[str]], effect: str) -> FishboneDrawing:
    """`findings` by the names of the six M."""
    column = (WIDTH - HEAD - LEFT - 14) / 3
    room = column - 22
    told = {
        name: [wrapped(text, SIZE, room, _LINES_EACH) for text in findings.get(name, ())]
        for name in (*TOP_BONES, *BOTTOM_BONES)
    }
    head = wrapped(effect, SIZE * _BOLD, HEAD - 20, 7)
    above = max(_height(told[name]) for name in TOP_BONES)
    below = max(_height(told[name]) for name in BOTTOM_BONES)
    head_height = max(48.0, len(head) * (LINE + 1) + 20)
    above, below = max(above, head_height / 2 - MARGIN + 6), max(below, head_height / 2 - MARGIN + 6)
    spine = MARGIN + above
    height = spine + below + MARGIN
    bones: list[Bone] = []
    for names, end, title_y in ((TOP_BONES, MARGIN - 6, MARGIN - 12), (BOTTOM_BONES, height - MARGIN + 6, height - 8)):
        for place, name in enumerate(names):
            x = LEFT + column * place
            bones.append(_bone(name, x, end, spine, title_y, told[name]))
    return FishboneDrawing(
        bones, head, spine, WIDTH - HEAD, spine - head_height / 2, HEAD - 4, head_height, WIDTH, height
    )


def _height(findings: Sequence[tuple[str, ...]]) -> float:
    return max(46.0, sum(len(lines) * LINE + 5 for lines in findings) + 14)


def _bone(name: str, x: float, end: float, spine: float, title_y: float, told: Sequence[tuple[str, ...]]) -> Bone:
    placed: list[Finding] = []
    y = min(end, spine) + 20 if end < spine else spine + 20
    for lines in told:
        # The text follows the bone's slant, so that it never crosses it.
        nearest = max(_along(x, end, spine, y), _along(x, end, spine, y + LINE * (len(lines) - 1)))
        placed.append(Finding(lines, nearest + 10, y))
        y += len(lines) * LINE + 5
    return Bone(name, x, end, x + SLANT, spine, title_y, placed)


def _along(x: float, end: float, spine: float, y: float) -> float:
    return x + SLANT * (y - end) / (spine - end)
