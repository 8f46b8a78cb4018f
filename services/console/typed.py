"""What somebody typed into a form: read by the shapes of a command, kept as it is, and told as the command's JSON.

Names of inputs are paths: `five_whys.0.because`. Which rows there are is said by inputs under the name of the list. What
cannot be read as what it should be goes on as it was typed, so that the door refuses it and names the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from services.console.shapes import Shape, Widget

Typed = Any
"""A text; of a group, money or a file a dict; of rows and of several choices a list."""
ROWS_AT_MOST = 200
FILE_PARTS = ("sha256", "bytes", "media_type", "name")
MONEY_PARTS = ("amount", "currency")
_ABSENT = object()
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_AMOUNT = re.compile(r"(-?)(\d{1,13})(?:[.,](\d{1,2}))?")

Data = Mapping[str, Sequence[str]]


def untouched(shape: Shape) -> Typed:
    """How a field stands in a form that nobody has touched; a list that must hold something shows one row."""
    match shape.widget:
        case Widget.GROUP:
            return {part.name: untouched(part) for part in shape.parts}
        case Widget.ROWS | Widget.PAIRS:
            return [new_row(shape)] if shape.required else []
        case Widget.SEVERAL:
            return []
        case Widget.MONEY:
            return dict.fromkeys(MONEY_PARTS, "")
        case Widget.FILE:
            return {}
        case _:
            return shape.initial


def new_row(shape: Shape) -> Typed:
    """One more row of a list."""
    return (
        {part.name: untouched(part) for part in shape.parts} if shape.widget is Widget.PAIRS else untouched(shape.item)
    )


def read(shapes: Sequence[Shape], data: Data, within: str = "") -> dict[str, Typed]:
    """Everything that was typed, by field."""
    return {shape.name: _read(shape, data, within + shape.name) for shape in shapes}


def _read(shape: Shape, data: Data, path: str) -> Typed:
    match shape.widget:
        case Widget.GROUP:
            return read(shape.parts, data, f"{path}.")
        case Widget.ROWS | Widget.PAIRS:
            rows = [row for row in data.get(path, ()) if row.isascii() and row.isdigit()][:ROWS_AT_MOST]
            if shape.widget is Widget.PAIRS:
                return [read(shape.parts, data, f"{path}.{row}.") for row in rows]
            return [_read(shape.item, data, f"{path}.{row}") for row in rows]
        case Widget.SEVERAL:
            # Ticked one by one; or, where nobody knows what there is to tick, typed with commas between.
            return [word for said in data.get(path, ()) for word in re.split(r"[\s,;，；、]+", said) if word]
        case Widget.MONEY:
            return {part: _one(data, f"{path}.{part}") for part in MONEY_PARTS}
        case Widget.FILE:
            return {part: said for part in FILE_PARTS if (said := _one(data, f"{path}.{part}"))}
        case Widget.TICK:
            return "true" if _one(data, path) else "false"
        case _:
            return _one(data, path)


def _one(data: Data, path: str) -> str:
    return next(iter(data.get(path, ())), "").replace("\r\n", "\n")


def blank(shape: Shape, typed: Typed) -> bool:
    """Whether a field stands as if nobody had touched it, or is empty."""
    match shape.widget:
        case Widget.GROUP:
            return all(blank(part, typed[part.name]) for part in shape.parts)
        case Widget.PAIRS:
            return all(not any(text.strip() for text in row.values()) for row in typed)
        case Widget.ROWS:
            return all(blank(shape.item, row) for row in typed)
        case Widget.SEVERAL | Widget.FILE:
            return not typed
        case Widget.MONEY:
            return not typed["amount"].strip()
        case _:
            return not typed.strip() or typed == shape.initial


def tidied(shapes: Sequence[Shape], typed: Mapping[str, Typed]) -> dict[str, Typed]:
    """Without empty rows, so that the numbers of rows in a refusal are those of the form."""
    return {shape.name: _tidied(shape, typed[shape.name]) for shape in shapes}


def _tidied(shape: Shape, typed: Typed) -> Typed:
    match shape.widget:
        case Widget.GROUP:
            return tidied(shape.parts, typed)
        case Widget.PAIRS:
            return [row for row in typed if any(text.strip() for text in row.values())]
        case Widget.ROWS:
            return [_tidied(shape.item, row) for row in typed if not blank(shape.item, row)]
        case _:
            return typed


def body(shapes: Sequence[Shape], typed: Mapping[str, Typed], zone: str) -> dict[str, Any]:
    """The command as JSON; what was left empty is left out. Instants were typed in the zone."""
    found = {shape.name: _json(shape, typed[shape.name], zone) for shape in shapes}
    return {name: value for name, value in found.items() if value is not _ABSENT}


def _json(shape: Shape, typed: Typed, zone: str) -> Any:
    match shape.widget:
        case Widget.TICK:
            return typed == "true"
        case Widget.GROUP:
            return _ABSENT if blank(shape, typed) and not shape.required else body(shape.parts, typed, zone)
        case Widget.PAIRS:
            return {row["key"]: row["value"] for row in typed} if typed else _ABSENT
        case Widget.ROWS:
            return [_json(shape.item, row, zone) for row in typed] if typed else _ABSENT
        case Widget.SEVERAL:
            return typed or _ABSENT
        case Widget.MONEY:
            return _ABSENT if blank(shape, typed) else _money(typed)
        case Widget.FILE:
            return {**typed, "bytes": _number(typed.get("bytes", ""))} if typed else _ABSENT
        case _:
            return _simple(shape.widget, typed, zone)


def _simple(widget: Widget, text: str, zone: str) -> Any:
    if not text.strip():
        return _ABSENT
    match widget:
        case Widget.YES_NO:
            return text == "true" if text in ("true", "false") else text
        case Widget.NUMBER:
            return _number(text)
        case Widget.INSTANT:
            return _instant(text.strip(), zone)
        case Widget.TEXT | Widget.LINE:
            return text
        case _:
            return text.strip()


def _number(text: str) -> int | str:
    bare = text.strip().replace(",", "").replace("\N{NARROW NO-BREAK SPACE}", "")
    return int(bare) if re.fullmatch(r"-?\d{1,18}", bare) else text


def _instant(text: str, zone: str) -> str:
    if not _LOCAL.fullmatch(text):
        return text
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (ValueError, OverflowError):
        return text


def _money(typed: Mapping[str, str]) -> dict[str, Any]:
    found = _AMOUNT.fullmatch(typed["amount"].strip())
    currency = typed["currency"].strip().upper()
    if found is None:
        return {"minor": typed["amount"], "currency": currency}
    minor = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
    return {"minor": -minor if found[1] else minor, "currency": currency}


def at(shapes: Sequence[Shape], typed: dict[str, Typed], path: str) -> tuple[Shape, list[Typed]] | None:
    """The list at a path of a form, with its shape; None when there is none."""
    shape: Shape | None = None
    here: Typed = typed
    options: Sequence[Shape] = shapes
    for part in path.split("."):
        if isinstance(here, list):
            rows = cast("list[Typed]", here)
            if shape is None or not part.isdigit() or int(part) >= len(rows):
                return None
            here, shape = rows[int(part)], shape.item
        else:
            shape = next((one for one in options if one.name == part), None)
            if shape is None or not isinstance(here, dict):
                return None
            here = cast("dict[str, Typed]", here)[part]
        options = shape.parts
    if shape is None or shape.widget not in (Widget.ROWS, Widget.PAIRS):
        return None
    return shape, here
