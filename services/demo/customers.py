"""Who complains, and in what words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.demo.catalogue import Failure, Product, phrases
from services.demo.chance import Chance
from shared.events.words import Category

SPACED = frozenset({"en", "de", "es"})
"""Languages that put a space between sentences."""
_NOT_ABOUT_A_UNIT = frozenset(
    {Category.SERVICE_PROCESS_ERROR, Category.DOCUMENTATION, Category.PACKAGING_DAMAGE, Category.LOGISTICS_DAMAGE}
)


@dataclass(frozen=True)
class Customer:
    """A firm and the person who speaks for it."""

    number: str
    company: str
    person: str
    contact: str


def customer(site: str, product: Product, language: str, number: int) -> Customer:
    """The same number is always the same customer."""
    chance = Chance("customer", site, product.key, language, number)
    names = phrases(language)["names"]
    surname = chance.pick(names["surnames"])
    person = names["name"].format(surname=surname, given=chance.pick(names["given"]))
    company = chance.pick(product.customers[language]).format(place=chance.pick(names["places"]), surname=surname)
    code = f"{site[:2].upper()}{product.lot[:2]}-{language.upper()}{number:04}"
    contact = chance.pick((f"{code.lower()}@example.com", f"+00 555 01{number % 100:02} {chance.number(10, 99)}"))
    return Customer(code, company, person, contact)


def complaint_text(
    chance: Chance,
    language: str,
    failure: Failure,
    rank: str,
    demand: str,
    many: bool,
    terse: bool,
    slots: Mapping[str, Any],
) -> str:
    """What the customer writes; on the telephone (`terse`) without greeting and farewell."""
    book = phrases(language)["customer"]
    about_a_unit = failure.category not in _NOT_ABOUT_A_UNIT
    greeting: str = "" if terse else chance.pick(book["greeting"])
    opener: str = chance.pick([each for each in book["opener"] if each or not greeting])
    parts = [
        greeting,
        opener,
        chance.pick(failure.says[language]),
        chance.pick(book["extent_many" if many else "extent_one"]) if about_a_unit else "",
        chance.pick(book["tried"]) if about_a_unit and chance.happens(0.6) else "",
        chance.pick(book["impact"][rank]),
        chance.pick(book["demand"][demand]),
        "" if terse else chance.pick(book["sign_off"]),
    ]
    text = ""
    for part in parts:
        said = part.format_map(slots)
        if not said:
            continue
        if not text or text.rstrip()[-1] in ".!?:":
            said = said[:1].upper() + said[1:]
        joint = " " if text and language in SPACED and not text.endswith(" ") else ""
        text += joint + said
    return text.strip()
