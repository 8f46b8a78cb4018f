"""Reads the events of a log in XES (IEEE 1849) one by one, each with the attributes of its trace, in constant memory.

A column is the key of an attribute; those of the trace begin with `case:`. Namespaces are stripped. Documents that
declare a type or entities are refused: nothing in a log needs them, and they are how a small file fills a memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from services.intake.importing.table import LONGEST_FIELD, Reject, Row, Table, damage
from shared.kernel.errors import Invalid

CHUNK = 1 << 16
OF_CASE = "case:"
_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_WAY_OUT = "export it again as XES 1.0 or 2.0, or as CSV"


@contextmanager
def open_xes(path: Path) -> Generator[Table, None, None]:
    """Rows are numbered by event. Raises Invalid for what is no XES, as soon as it is met."""
    with path.open("rb") as file:
        reader = _Reader(path.name)
        table = Table(None, None, iter(()), file.tell, path.stat().st_size, reader.seen)
        table.rows = _rows(file, reader)
        yield table


def _rows(file: BinaryIO, reader: _Reader) -> Iterator[Row | Reject]:
    while chunk := file.read(CHUNK):
        reader.feed(chunk, last=False)
        yield from reader.taken()
    reader.feed(b"", last=True)
    yield from reader.taken()


class _Reader:
    def __init__(self, name: str) -> None:
        self.name, self.seen = name, set[str]()
        self._open: list[str] = []
        self._rows: list[Row | Reject] = []
        self._number = 0
        self._case: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._begun = False
        parser: Any = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._begins, self._ends
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._refuses
        self._parser = parser

    def feed(self, chunk: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise Invalid(f"{self.name} is not well-formed XML: {error}", way_out=_WAY_OUT) from None
        except LookupError as error:
            raise Invalid(f"{self.name} is in an encoding that is not known: {error}", way_out=_WAY_OUT) from None

    def taken(self) -> list[Row | Reject]:
        rows, self._rows = self._rows, []
        return rows

    def _refuses(self, *_: object) -> None:
        raise Invalid(f"{self.name} declares a document type or entities, which a log has no need of", way_out=_WAY_OUT)

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(" ")[2]
        if not self._open and element != "log":
            raise Invalid(f"{self.name} is no XES: it begins with <{element}>, not with <log>", way_out=_WAY_OUT)
        self._open.append(element)
        match self._open:
            case ["log", "trace"]:
                self._case, self._begun = {}, False
            case ["log", "trace", "event"]:
                self._event, self._begun = {}, True
            case ["log", "trace", one] if one in _VALUES:
                if self._begun:
                    detail = f"{self.name}: the trace of event {self._number} says something of itself after its events"
                    raise Invalid(detail, way_out=_WAY_OUT)
                self._keep(self._case, attributes, OF_CASE)
            case ["log", "trace", "event", one] if one in _VALUES:
                self._keep(self._event, attributes)
            case _:
                pass  # extensions, classifiers, globals; attributes of attributes

    def _keep(self, cells: dict[str, str], attributes: dict[str, str], prefix: str = "") -> None:
        key = prefix + attributes.get("key", "")
        cells[key] = attributes.get("value", "")
        self.seen.add(key)

    def _ends(self, name: str) -> None:
        if self._open == ["log", "trace", "event"]:
            self._number += 1
            self._rows.append(self._row({**self._case, **self._event}))
        self._open.pop()

    def _row(self, cells: dict[str, str]) -> Row | Reject:
        if any(len(value) > LONGEST_FIELD for value in cells.values()):
            return Reject(self._number, "", f"an attribute holds more than {LONGEST_FIELD} characters")
        return damage(self._number, cells) or Row(self._number, cells)
