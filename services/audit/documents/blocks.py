"""What a document is made of: sections with a heading, each of paragraphs, lists of fields, and tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    """Text as somebody wrote it."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Fields:
    """Label and value, one a line."""

    rows: tuple[tuple[str, str], ...]
    kind: str = "fields"


@dataclass(frozen=True)
class Table:
    """A heading for each column, and rows of as many cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    kind: str = "table"


Block = Paragraph | Fields | Table


@dataclass(frozen=True)
class Section:
    """A part of a document; without blocks it says that nothing was recorded."""

    title: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Document:
    """A whole page, told in one language."""

    language: str
    title: str
    case_no: str
    site: str
    about: tuple[tuple[str, str], ...]
    """What stands at its head, label and value."""
    sections: tuple[Section, ...]
    made_of: str
    """Which facts it was made of, in words."""
    marks: tuple[tuple[str, str], ...]
    """The same for programs: names and contents of its `meta` elements."""
