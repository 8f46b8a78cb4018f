"""Values that occur in events and commands: texts, instants, identifiers, money, files.

All of them are strict: nothing is converted or guessed, so what is stored is what was sent (architecture §7, Codec).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# C0 controls but tab, line feed and carriage return; PostgreSQL text cannot hold NUL, and terminals obey the others.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Value(BaseModel):
    """A small frozen record inside an event or command."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True, str_max_length=20_000)


def parse_instant(text: str) -> datetime:
    """RFC 3339 → aware UTC. Raises ValueError for anything else and for years outside 1970–9998."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("must be an instant with zone in RFC 3339, for example 2026-03-17T16:00:00+08:00")
    try:
        instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie in the years 1970 to 9998") from None
    return within_range(instant)


def within_range(instant: datetime) -> datetime:
    """The instant itself, in UTC; ValueError when it is naive or outside the years 1970–9998."""
    if instant.tzinfo is None:
        raise ValueError("must name its time zone")
    if not EARLIEST <= instant <= LATEST:
        raise ValueError("must lie in the years 1970 to 9998")
    return instant.astimezone(UTC)


def _instant(value: object) -> object:
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, datetime):
        return within_range(value)
    raise ValueError("must be an instant with zone in RFC 3339, for example 2026-03-17T16:00:00+08:00")


@lru_cache(4_096)
def rfc3339(instant: datetime) -> str:
    """Fixed width, UTC, microseconds: sorts as text exactly as it sorts as time.

    Remembered, since one instant stands in many facts: all that is recorded together, all that falls due at once.
    """
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _date(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        day = date.fromisoformat(value)
        if 1970 <= day.year <= 9998:
            return day
    raise ValueError("must be a date as 2026-03-17, in the years 1970 to 9998")


def _clean(text: str) -> str:
    if text.isprintable():
        return text  # neither control characters nor lone surrogates are
    if found := _CONTROLS.search(text):
        raise ValueError(f"must not contain the control character U+{ord(found[0]):04X}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


_instant_schema: dict[str, Any] = {
    "type": "string",
    "format": "date-time",
    "description": "RFC 3339 with zone, years 1970 to 9998",
    "examples": ["2026-03-17T16:00:00+08:00"],
}
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(rfc3339, when_used="json"),
    WithJsonSchema(_instant_schema),
]
Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]

Text = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_clean), AfterValidator(_filled)]
Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_clean), AfterValidator(_filled)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
SiteCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Names:
    """Marks a field that holds the id of something with a name, so that sentences can show the name."""

    kind: str


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ComplaintId = Annotated[str, Field(pattern=f"^{_UUID}$", examples=["0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"])]
PersonId = Annotated[str, Field(pattern=r"^[ps]-[0-9a-z-]{2,40}$", examples=["p-7k2m9q"]), Names("person")]
"""Pseudonymous: `p-…` for a person, `s-…` for a service. The name lives in the person's own stream and can be erased."""
LocalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["a1"])]
"""Names one thing within its case: an action, an evidence, a containment measure."""

Quantity = Annotated[int, Field(ge=0, le=1_000_000_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Rank(StrEnum):
    """The canonical grade across all grade schemes; `1` is the gravest (domain §1.5)."""

    CRITICAL = "1"
    MAJOR = "2"
    MINOR = "3"
    NEGLIGIBLE = "4"


class Money(Value):
    """An amount in the currency's minor unit: 50000 CNY minor = 500.00 CNY. No floats, ever."""

    minor: Annotated[int, Field(ge=-(10**15), le=10**15)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def __str__(self) -> str:
        whole, part = divmod(abs(self.minor), 100)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:02} {self.currency}"


def _label(name: str) -> str:
    if name in (".", "..") or "/" in name or "\\" in name:
        raise ValueError("must be a plain file name without a path")
    return name


class FileRef(Value):
    """A stored file, named by the SHA-256 of its bytes; the name it came with is only a label."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, le=10**12)]
    media_type: Annotated[str, Field(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)]
    name: Annotated[Line, AfterValidator(_label)]
