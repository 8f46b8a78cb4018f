"""What every code is called in English and Chinese: stages, vocabularies, roles, clauses, event names.

A code that occurs in two vocabularies (`use_error`, `recurrence`) means the same in both, so one list is enough. Ranks
are numbers in sentences (“rank 1”); on their own they have names, under `rank_1` to `rank_4`.
"""

from __future__ import annotations

from types import ModuleType

from shared.events.labels import capa, general, intake, main_way, money, promises, reference, reviews, triage
from shared.events.labels.general import Both
from shared.events.labels.rules import RULES

_TOPICS = (general, main_way, promises, intake, triage, reference, money, capa, reviews)
"""One module for each topic: CODES of its vocabularies and events, its COMMANDS, its FIELDS, and if need be HELP for them."""


def _help(topic: ModuleType) -> Both:
    return getattr(topic, "HELP", {})


_BOTH: Both = {code: both for topic in _TOPICS for code, both in topic.CODES.items()}
COMMANDS: Both = {door: both for topic in _TOPICS for door, both in topic.COMMANDS.items()}
"""Command, as in its route → what it is called on a button."""
FIELDS: Both = {field: both for topic in _TOPICS for field, both in topic.FIELDS.items()}
"""Field of a command or event → what it is called beside its box. One name means one thing everywhere."""
HELP: Both = {field: both for topic in _TOPICS for field, both in _help(topic).items()}
"""Field → one sentence beside its box."""
EN: dict[str, str] = {code: both[0] for code, both in _BOTH.items()}
ZH: dict[str, str] = {code: both[1] for code, both in _BOTH.items()}
LABELS: dict[str, dict[str, str]] = {"en": EN, "zh": ZH}


def label(language: str, code: str) -> str:
    """What a code is called; a code without a label reads as itself, with spaces."""
    return LABELS[language].get(code) or code.replace("_", " ")


def command_label(language: str, door: str) -> str:
    """What a command is called (`plan-action` → “Plan an action”)."""
    return COMMANDS[door][language == "zh"] if door in COMMANDS else door.replace("-", " ").capitalize()


def field_label(language: str, field: str) -> str:
    """What a field is called."""
    return FIELDS[field][language == "zh"] if field in FIELDS else field.replace("_", " ").capitalize()


def help_text(language: str, field: str) -> str:
    """A sentence about a field; empty where its label is enough."""
    return HELP[field][language == "zh"] if field in HELP else ""


def clock_label(language: str, clock_id: str) -> str:
    """`action:a2/1` → “action due a2”; the cycle is told from the second on (`root_cause/2` → “root cause · 2”)."""
    name, _, cycle = clock_id.rpartition("/")
    clause, _, part = name.partition(":")
    return " ".join(filter(None, (label(language, clause), part, f"· {cycle}" if cycle not in ("", "1") else "")))


def rule_label(language: str, rule: str) -> str:
    """What a rule wants; one without words reads as its id."""
    return RULES[rule][language == "zh"] if rule in RULES else rule
