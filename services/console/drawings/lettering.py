"""How wide a text will be, and how to break it: SVG does neither by itself."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_NARROW = frozenset("iljtf.,:;'|!()[]I ")
# No line begins with one of these, it rather hangs over the edge: the simplest rule of Chinese line breaking.
_NOT_FIRST = frozenset("，。、；：？！）》」』】”’,.;:?!)]}%")


def width(text: str, size: float) -> float:
    """Roughly, in the unit of `size`, for a sans-serif face; a little more than most faces need."""
    return size * sum(_advance(char) for char in text)


def wrapped(text: str, size: float, room: float, lines: int) -> tuple[str, ...]:
    """At most `lines` lines, each within `room`; what does not fit ends with an ellipsis."""
    rows: list[str] = [""]
    for word in _words(text):
        for place, piece in enumerate(_pieces(word, size, room)):
            full = width(rows[-1] + piece.rstrip(), size) > room
            hangs = piece.strip() in _NOT_FIRST and width(rows[-1], size) <= room
            if rows[-1] and (place or (full and not hangs)):
                rows.append("")
            rows[-1] += piece
    rows = [row.rstrip() for row in rows if row.strip()]
    if len(rows) <= lines:
        return tuple(rows)
    return (*rows[: lines - 1], clipped(" ".join(rows[lines - 1 :]), size, room))


def clipped(text: str, size: float, room: float) -> str:
    """One line within `room`."""
    text = " ".join(text.split())
    if width(text, size) <= room:
        return text
    while text and width(text + ELLIPSIS, size) > room:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def _advance(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if unicodedata.combining(char):
        return 0.0
    if char in _NARROW:
        return 0.38
    return 0.76 if char.isupper() or char in "mw%&@<>=+~" else 0.62


def _words(text: str) -> list[str]:
    """Latin words with the space after them; every wide character is a word of its own."""
    words: list[str] = [""]
    for char in " ".join(text.split()):
        wide = unicodedata.east_asian_width(char) in "WF"
        if words[-1] and (wide or words[-1].endswith(" ") or unicodedata.east_asian_width(words[-1][-1]) in "WF"):
            words.append("")
        words[-1] += char
    return [word for word in words if word]


def _pieces(word: str, size: float, room: float) -> list[str]:
    """A word longer than a line, cut where it must be."""
    if width(word.rstrip(), size) <= room:
        return [word]
    pieces = [""]
    for char in word:
        if pieces[-1] and width(pieces[-1] + char, size) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces
