"""What a mapping takes from the cells of a row: a column, several, a constant; matched, mapped, split, read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from services.intake.importing.mapping import FieldSource, Word

Cells = dict[str, str]
Take = Callable[[Cells], Any]
"""From the cells of a row to a value; None where they say nothing."""
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})


class Unfit(Exception):
    """This value cannot be taken."""

    def __init__(self, reason: str, value: str) -> None:
        super().__init__(reason)
        self.reason, self.value = reason, value


def reading(word: Take, read: Callable[[Any], Any]) -> Take:
    """What `read` makes of the word, where there is one; what it cannot read is Unfit."""

    def take(cells: Cells) -> Any:
        value = word(cells)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError as problem:
            raise Unfit(str(problem), str(value)) from None

    return take


def word_of(source: FieldSource, maps: dict[str, dict[str, Word]]) -> Take:
    """The text (or mapped word) of a field; None when empty and without default."""
    if source.constant is not None:
        return lambda cells: source.constant
    text = _text(source)
    if source.match is not None:
        text = _matched(text, re.compile(source.match))
    mapped = _mapped(source.map, maps[source.map]) if source.map is not None else None
    default = source.default

    def take(cells: Cells) -> Word | None:
        value = text(cells)
        word = mapped(value) if mapped is not None else value
        return default if word == "" else word

    return take


def _text(source: FieldSource) -> Callable[[Cells], str]:
    blank = frozenset(source.blank)

    def cell(cells: Cells, column: str) -> str:
        value = cells.get(column, "").strip()
        return "" if value in blank else value

    if source.column is not None:
        only = source.column
        return lambda cells: cell(cells, only)
    if source.first is not None:
        first = source.first
        return lambda cells: next((value for column in first if (value := cell(cells, column))), "")
    several, separator = source.join or (), source.separator
    return lambda cells: separator.join([value for column in several if (value := cell(cells, column))])


def _matched(text: Callable[[Cells], str], pattern: re.Pattern[str]) -> Callable[[Cells], str]:
    def take(cells: Cells) -> str:
        value = text(cells)
        if not value:
            return value
        if not (found := pattern.search(value)):
            raise Unfit(f"does not match {pattern.pattern!r}", value)
        return (found[1] if pattern.groups else found[0] or "") or ""

    return take


def _mapped(name: str, words: dict[str, Word]) -> Callable[[str], Word]:
    other = words.get("*")

    def look_up(value: str) -> Word:
        if value in words:
            return words[value]
        if not value:
            return value
        if other is None:
            raise Unfit(f"is not in [maps.{name}], which has no default", value)
        return other

    return look_up


def flag(value: Word) -> bool:
    """Yes or no; raises ValueError for anything else."""
    said = str(value).lower()
    if said not in _TRUE | _FALSE:
        raise ValueError("is neither true nor false: give it a map")
    return said in _TRUE


def parts(separator: str | None) -> Callable[[Any], tuple[str, ...]]:
    """A function from a text to its parts, without empty ones."""

    def split(value: Any) -> tuple[str, ...]:
        pieces = str(value).split(separator) if separator else [str(value)]
        return tuple(piece.strip() for piece in pieces if piece.strip())

    return split
