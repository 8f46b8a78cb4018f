"""Reads packs from YAML. Every fault has its line, so that whoever writes a pack finds the place at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from shared.policy.pack import Pack

Path: TypeAlias = tuple[str | int, ...]
LONGEST = 200_000


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong with a pack; `line` counts from 1, `where` is the path of keys."""

    line: int
    where: str
    detail: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where + ': ' if self.where else ''}{self.detail}"


@dataclass(frozen=True)
class PackFile:
    """A pack with the lines of its entries; without a pack when it could not be read at all."""

    pack: Pack | None
    lines: dict[Path, int]
    faults: tuple[Fault, ...] = ()

    def fault(self, path: Path, detail: str) -> Fault:
        """A fault at an entry, or at the nearest one above it that was written down."""
        written = path
        while written and written not in self.lines:
            written = written[:-1]
        return Fault(self.lines.get(written, 1), ".".join(map(str, path)), detail)


def read_pack(text: str) -> PackFile:
    """Never raises: what is wrong is in `faults`."""
    if len(text) > LONGEST:
        return PackFile(None, {}, (Fault(1, "", f"a pack is at most {LONGEST:,} characters"),))
    from shared.policy.pack_yaml import read  # a start reads no pack, and a YAML parser would be a fiftieth of it

    content, lines, faults = read(text)
    if faults:
        return PackFile(None, lines, faults)
    try:
        return PackFile(Pack.model_validate(content), lines)
    except ValidationError as error:
        file = PackFile(None, lines)
        return PackFile(None, lines, tuple(sorted({file.fault(*told) for told in _told(error)})))


def _told(error: ValidationError) -> Iterator[tuple[Path, str]]:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    for each in errors:
        if each["type"] == "too_short" and any(
            other["loc"][: len(each["loc"])] == each["loc"] != other["loc"] for other in errors
        ):
            continue  # what is wrong inside was left out, and only so it became too short
        # Names of models and validators stand between the keys; only what was written in the file counts.
        path = tuple(part for part in each["loc"] if isinstance(part, int) or not any(c in part for c in "[]()"))
        detail = each["msg"].removeprefix("Value error, ")
        yield path, "unknown key" if each["type"] == "extra_forbidden" else detail[0].lower() + detail[1:]
