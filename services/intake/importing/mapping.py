"""The mapping file (TOML) that says which columns of a file mean what, and in which words."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from shared.kernel.values import Line

Word = str | int | bool
"""What a value map or a constant may say."""
_WAYS = ("column", "join", "first", "any", "digest", "constant")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


# TOML arrays arrive as lists, which a strict tuple would refuse.
_Columns = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
_Texts = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value), Field(strict=False)
]


class FieldSource(_Strict):
    """Where a field comes from (exactly one of column, join, first, any, digest, constant) and what is done with it."""

    column: str | None = None
    join: _Columns | None = None
    """Several columns in one text; empty ones are left out."""
    first: _Columns | None = None
    """The first of these columns that is not empty."""
    any: _Columns | None = None
    """True when any of these columns says so (safety_hazard)."""
    digest: _Columns | None = None
    """For files without a number of their own: made from these columns ("*": all); the nth identical row gets "-n"."""
    constant: Word | None = None
    separator: str = " "
    blank: _Texts = ()
    """Values that mean nothing, for example "N/A"."""
    match: str | None = None
    """A regular expression; its first group (or all of it) is the value."""
    split: str | None = None
    map: str | None = None
    format: _Texts = ()
    """strptime formats, or "iso"; the first that fits is taken, nothing is guessed."""
    default: Word | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in _WAYS if getattr(self, name) is not None]
        if len(ways) != 1:
            given = " and ".join(ways) or "none"
            raise ValueError(f"needs exactly one of {', '.join(_WAYS)}; given: {given}")
        return self

    @field_validator("match")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return pattern

    @property
    def named(self) -> tuple[str, ...]:
        """The columns as written, "*" included."""
        one = (self.column,) if self.column is not None else ()
        return (*one, *(self.join or self.first or self.any or self.digest or ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns this field reads."""
        return tuple(column for column in self.named if column != "*")


_Taken = Annotated[FieldSource, BeforeValidator(lambda value: {"column": value} if isinstance(value, str) else value)]
"""In [fields] a plain text is short for {column = "…"}."""


class Source(_Strict):
    """[source]: the file as a whole."""

    name: Annotated[Line, Field(max_length=64)]
    """With `external_ref` it decides whether a complaint has been imported before: never change it between runs."""
    site: str | FieldSource = "main"
    """A site code for all rows, or a table like those of [fields]."""
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quotechar: Annotated[str, Field(max_length=1)] = '"'
    """Empty: quotes are plain text."""
    columns: Annotated[tuple[str, ...], Field(strict=False)] | None = None
    """Names, for a file that has no header."""
    sheet: str | None = None
    language: str | None = None
    zone: str | None = None
    """For times without an offset, for example "Asia/Shanghai". Of an hour that comes twice, the first is meant."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "a".encode(name)  # refuses also "hex" and others that are no text encodings
            codecs.getincrementaldecoder(name)
        except (LookupError, UnicodeError):
            raise ValueError(
                f"unknown encoding {name!r}; examples: utf-8, gb18030, big5, shift_jis, cp1252, utf-16"
            ) from None
        return name

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise ValueError(f"unknown time zone {name!r}; examples: Asia/Shanghai, Europe/Berlin, UTC") from None
        return name

    @field_validator("columns")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"names {', '.join(twice)} more than once")
        return names


class Fields(_Strict):
    """[fields]: Casetrail's field on the left, where it comes from on the right."""

    external_ref: _Taken
    received_at: _Taken
    description: _Taken
    state: _Taken
    channel: _Taken | None = None
    origin: _Taken | None = None
    kind: _Taken | None = None
    language: _Taken | None = None
    customer_no: _Taken | None = None
    customer_name: _Taken | None = None
    contact_person: _Taken | None = None
    contact: _Taken | None = None
    order_no: _Taken | None = None
    product_model: _Taken | None = None
    lot_no: _Taken | None = None
    serial_nos: _Taken | None = None
    purchase_date: _Taken | None = None
    failure_date: _Taken | None = None
    category: _Taken | None = None
    subcategory: _Taken | None = None
    rank: _Taken | None = None
    safety_hazard: _Taken | None = None
    department: _Taken | None = None
    closed_at: _Taken | None = None
    disposition: _Taken | None = None

    def given(self) -> Iterator[tuple[str, FieldSource]]:
        """The fields that the mapping fills."""
        for name in type(self).model_fields:
            if (source := getattr(self, name)) is not None:
                yield name, source


class Extra(_Strict):
    """[extra]: columns kept as they are beside the fields; "*" keeps all that no field uses."""

    keep: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Open(_Strict):
    """[open]: what becomes of cases that are still open."""

    live: bool = False
    """True: their clocks run and people are notified; false: they are history like all others."""


class Mapping(_Strict):
    """One mapping file."""

    source: Source
    fields: Fields
    maps: dict[str, dict[str, Word]] = {}
    """[maps.NAME]: the file's value = ours. "*" stands for every other value, "" for an empty one; "" says nothing."""
    extra: Extra = Extra()
    open: Open = Open()

    def sources(self) -> Iterator[tuple[str, FieldSource]]:
        """Everything that reads columns, under its name in the file."""
        if isinstance(self.source.site, FieldSource):
            yield "source.site", self.source.site
        for name, source in self.fields.given():
            yield f"fields.{name}", source

    def columns(self) -> dict[str, str]:
        """Each column that is read, with the first place in the mapping that names it."""
        named = {column: "extra.keep" for column in self.extra.keep if column != "*"}
        for place, source in self.sources():
            named |= dict.fromkeys(source.columns, place)
        return named
