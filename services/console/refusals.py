"""Why a command was not carried out, in the reader's words and at the field that it concerns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.console.checklist import doors_in
from services.console.forms import Wrong
from services.console.telling import Telling
from shared.events.labels import COMMANDS, command_label, label, rule_label
from shared.events.organisation import Role
from shared.kernel.errors import Forbidden, Invalid, OutOfDate, Problem, Refused, TooLarge, Unknown
from shared.policy.access import COMMANDS as ACCESS
from shared.runtime.door import Malformed

MALFORMED = {
    "missing": "fill", "too_short": "fill", "string_too_short": "fill", "string_type": "fill", "too_long": "long",
    "string_too_long": "long", "string_pattern_mismatch": "form", "int_type": "number", "int_parsing": "number",
    "greater_than_equal": "number", "less_than_equal": "number", "greater_than": "number", "less_than": "number",
    "enum": "choose", "literal_error": "choose", "bool_type": "choose",
}  # fmt: skip
"""What is wrong with a value → which of our sentences says so."""
_PERSON = re.compile(r"\b[ps]-[0-9a-z-]{2,40}\b")
_DOOR = re.compile(r"\b(" + "|".join(sorted(map(re.escape, COMMANDS), key=len, reverse=True)) + r")\b")
_ROLE = re.compile(r"\b(" + "|".join(role for role in Role if "_" in role) + r")\b")


@dataclass(frozen=True)
class Told:
    """A refusal for a page: what it is called, and what is wrong where; under "" what concerns no field."""

    status: int
    title: str
    wrong: dict[str, list[Wrong]] = field(default_factory=dict[str, "list[Wrong]"])


def told(problem: Problem, door: str, telling: Telling) -> Told:
    """In words, with names instead of ids."""
    t = telling.t
    match problem:
        case OutOfDate():
            return Told(412, t("moved_on"))
        case Forbidden():
            return Told(403, t("problem_403"), {"": [Wrong(may_not(door, telling), *_own(problem, telling))]})
        case Malformed():
            found: dict[str, list[Wrong]] = {}
            for error in problem.errors:
                found.setdefault(error["field"], []).append(malformed(error["rule"], error["detail"], telling))
            return Told(422, t("not_yet"), found)
        case Invalid(field="Idempotency-Key"):
            return Told(422, t("sent_before"))
        case Refused() | Invalid() | Unknown():
            title = t("refused" if isinstance(problem, Refused) else "not_yet")
            way = problem.way_out or ""
            roles = tuple(dict.fromkeys(_ROLE.findall(way)))
            wrong = Wrong(_by_rule(problem, telling), *_own(problem, telling), doors=doors_in(way), roles=roles)
            return Told(problem.status, title, {problem.field or "": [wrong]})
        case TooLarge():
            return Told(413, t("not_yet"), {"": [Wrong(t("problem_413_detail"))]})
        case _:
            return Told(503, t("not_yet"), {"": [Wrong(t("problem_503_detail"), *_own(problem, telling))]})


def may_not(door: str, telling: Telling) -> str:
    """Who gives a command, for somebody who may not."""
    roles = (", " if telling.language == "en" else "、").join(telling.label(role) for role in ACCESS.get(door, ()))
    return telling.t("needs_role", command=command_label(telling.language, door), roles=roles or "–")


def malformed(kind: str, detail: str, telling: Telling) -> Wrong:
    """A value that can never be accepted."""
    if kind in MALFORMED:
        return Wrong(telling.t(f"wrong_{MALFORMED[kind]}"))
    return Wrong(telling.t("wrong_value"), _named(detail, telling))


def _by_rule(problem: Problem, telling: Telling) -> str:
    """What the rule wants, in the reader's language."""
    if problem.rule is None:
        return telling.t("wrong_value")
    return telling.t("by_rule", says=rule_label(telling.language, problem.rule), rule=problem.rule)


def _own(problem: Problem, telling: Telling) -> tuple[str, str]:
    return _named(problem.detail, telling), _named(problem.way_out or "", telling)


def _named(text: str, telling: Telling) -> str:
    """People by name, commands and roles as they are called here."""
    text = _PERSON.sub(lambda found: telling.name(found[0]), text)
    text = _DOOR.sub(_command, text)
    return _ROLE.sub(lambda found: label("en", found[0]), text)


def _command(found: re.Match[str]) -> str:
    """Only what cannot be a plain word: `plan-action`, not `close`."""
    return f"“{command_label('en', found[0])}”" if "-" in found[0] and found[0] in ACCESS else found[0]
