"""Events told to people: like `say`, with clocks, clauses and roles by their names, lengths in words, files by name."""

from __future__ import annotations

from datetime import timedelta

from shared.events.clocks import Met
from shared.events.complaint import EvidenceAttached
from shared.events.guard import GuardRefused
from shared.events.labels import clock_label, command_label, label, rule_label
from shared.events.lengths import lasts
from shared.kernel.fact import Event
from shared.kernel.personal import Erased
from shared.kernel.say import Namer, say

_SPARE = {"en": "{} to spare", "zh": "提前{}"}
_RULE = {"en": "{} ({})", "zh": "{}（{}）"}
_LATE = {"en": "{} late", "zh": "超期{}"}


def sentence(event: Event, language: str, *, zone: str = "UTC", namer: Namer = lambda person: person) -> str:
    """The event's sentence in `en` or `zh`; instants in `zone`, people through `namer`."""
    return say(_readable(event, language), language, zone=zone, namer=namer, label=label)


def _readable(event: Event, language: str) -> Event:
    """Codes that events hold as plain text, by their names: a copy for readers, never stored."""
    changed: dict[str, object] = {}
    for field, named in (
        ("clock_id", clock_label),
        ("clause", label),
        ("to_role", label),
        ("role", label),
        ("chain", label),
    ):
        if field in type(event).model_fields and getattr(event, field) is not None:
            changed[field] = named(language, getattr(event, field))
    if isinstance(event, GuardRefused):
        changed["command"] = command_label(language, event.command)
        changed["rule"] = _RULE[language].format(event.rule, rule_label(language, event.rule))
    if isinstance(event, Met):
        margin = timedelta(seconds=event.margin_s)
        how = _SPARE if margin >= timedelta(0) else _LATE
        changed["margin_s"] = how[language].format(lasts(language, abs(margin)))
    if isinstance(event, EvidenceAttached) and not isinstance(event.note, Erased):
        said = [part for part in (event.file.name, event.note) if isinstance(part, str) and part]
        changed["note"] = " · ".join(said) or None
    return event.model_copy(update=changed) if changed else event
