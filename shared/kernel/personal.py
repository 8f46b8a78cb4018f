"""Personal data: which fields hold it, whose it is, and how it is shown when it must not be shown in full.

A personal field reads as `T | Erased[Whose]`, so every rule already copes with data that has been erased. Rules refer to
people by pseudonymous id, never by these fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args, get_origin

from pydantic import ConfigDict


class Complainant:
    """The customer, or the person who speaks for the customer."""


class Employee:
    """Someone who works at one of the sites."""


Whose = TypeVar("Whose", Complainant, Employee)
T = TypeVar("T")


@dataclass(frozen=True)
class Erased(Generic[Whose]):
    """Stands where personal data stood before its subject was erased."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid")

    erased: Literal[True] = True

    def __str__(self) -> str:
        return "[erased]"


Personal: TypeAlias = T | Erased[Whose]
"""`Personal[Text, Complainant]`: a text that belongs to the complainant and may have been erased."""


def whose(annotation: Any) -> str | None:
    """The subject's class name when an annotation is `Personal[...]` (also inside an optional), else None."""
    for arg in get_args(annotation):
        if get_origin(arg) is Erased:
            return str(get_args(arg)[0].__name__)
    return None


def masked(value: object) -> str:
    """For lists: the first character and a star (张*), as the sources print names (S0-59)."""
    if value is None:
        return ""
    text = str(value).strip()
    return text if isinstance(value, Erased) else f"{text[:1]}*" if text else ""


def masked_contact(value: object) -> str:
    """For readers who need not call: the last two signs of a number (***78), the domain of an e-mail (z***@example.com)."""
    text = "" if value is None else str(value).strip()
    if isinstance(value, Erased):
        return text
    name, at, domain = text.rpartition("@")
    if at and name:
        return f"{name[:1]}***@{domain}"
    return f"***{text[-2:]}" if len(text) > 4 else "***" if text else ""
