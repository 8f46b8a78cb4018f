"""What may be chosen in a field: of the vocabularies, of the site's policy, of its people, and of what the case holds.

Everything is found by the field's type or name, so that a new command needs nothing here. What names something within the
case (`action_id`, `evidence`) is looked for in the state of the case itself: whatever holds records with that id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast, get_args, get_type_hints
from zoneinfo import available_timezones

from pydantic import BaseModel

from services.console.shapes import Shape, Widget
from shared.clocks.state import Clock, ClockStatus
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events.labels import clock_label, label
from shared.policy.pack import Pack

Choice = tuple[str, str]
"""What is sent, and what is read."""
TEXTS = (
    "content", "measure", "title", "summary", "description", "text", "claim", "finding", "note", "name", "kind", "amount",
)  # fmt: skip
"""Where a record says what it is: the first of these that it has."""
CLIPPED = 70
STATUS_IN = {
    Stage.PLANNING: ActionStatus.PLANNED, Stage.IMPLEMENTING: ActionStatus.APPROVED, Stage.VERIFYING: ActionStatus.COMPLETED,
}  # fmt: skip
"""The actions that a stage is about; in any other stage all of the present cycle are."""
NEW = frozenset({"open-site.site", "add-person.person"})
"""These name what is only about to be made, so nothing can be chosen."""
PLANNED_AGAIN = frozenset({"plan-action.action_id"})
"""An id that is given by itself, but may also be one there is."""


@dataclass(frozen=True)
class Situation:
    """Where a form is filled in: for whom, at which site, about which case."""

    language: str
    zone: str = "UTC"
    sites: Sequence[Choice] = ()
    people: Sequence[Choice] = ()
    """Who holds a role at the site, and nobody else."""
    cases: Sequence[Choice] = ()
    """Other open cases of the site, by number."""
    case: Complaint | None = None
    clocks: Sequence[Clock] = ()
    pack: Pack | None = None
    now: datetime | None = None
    named: Mapping[str, Sequence[Choice]] = field(default_factory=dict[str, "Sequence[Choice]"])
    """Further choices by the name of the field, as reference data has them."""


def choices(shape: Shape, door: str, situation: Situation) -> Sequence[Choice] | None:
    """What there is to choose from, if the field is one to choose in; None when anything may be typed."""
    if f"{door}.{shape.name}" in NEW:
        return None
    match shape.widget:
        case Widget.CHOICE:
            return _of_vocabulary(shape, situation)
        case Widget.PERSON:
            return situation.people
        case Widget.SITE:
            return situation.sites
        case Widget.SEVERAL if shape.words:
            return _of_vocabulary(shape, situation)
        case Widget.SEVERAL | Widget.ID | Widget.LINE:
            return _by_name(shape.name, situation)
        case _:
            return None


def suggestions(shape: Shape, situation: Situation) -> Sequence[Choice]:
    """What is offered while somebody types."""
    if shape.widget is Widget.CASE or (shape.widget is Widget.ROWS and shape.item.widget is Widget.CASE):
        return situation.cases
    if shape.name == "language":
        return [(code, code) for code in ("zh", "en", "de", "es", "fr", "ja", "ko", "pt")]
    if shape.name == "zone":
        return [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone]
    return situation.named.get(shape.name, ()) if shape.widget in (Widget.LINE, Widget.TEXT) else ()


def is_hidden(shape: Shape, door: str) -> bool:
    """Ids that the case gives by itself are not asked for."""
    whole = f"{door}.{shape.name}"
    return (shape.given and whole not in PLANNED_AGAIN) or (whole in NEW and not shape.required)


# ── vocabularies, as far as the policy leaves them ────────────────────────────────────────────────────────────────────
def _of_vocabulary(shape: Shape, situation: Situation) -> list[Choice]:
    allowed = _left_by_policy(shape.words, situation.pack)
    return [(word, word_label(situation.language, word)) for word in shape.words if word in allowed]


def word_label(language: str, word: str) -> str:
    """What a code is called on its own; a number is a rank."""
    return label(language, f"rank_{word}" if word.isdigit() else word)


def _left_by_policy(words: tuple[str, ...], pack: Pack | None) -> Iterable[str]:
    if pack is None:
        return words
    catalogs = dict(pack.catalogs) if pack.catalogs is not None else {}
    named: dict[str, Sequence[str] | None] = {**catalogs, "methods": pack.methods}
    for name, allowed in named.items():
        if allowed and words == _vocabulary_of(name):
            return allowed
    return words


@cache
def _vocabulary_of(name: str) -> tuple[str, ...]:
    """All words of the vocabulary that a section of a pack chooses from."""
    from shared.events import words

    kind = {
        "categories": words.Category, "departments": words.Department, "action_kinds": words.ActionKind,
        "verdicts": words.Verdict, "methods": words.Method,
    }.get(name)  # fmt: skip
    return tuple(kind) if kind is not None else ()


# ── by name: of the policy, of the clocks, of the case ────────────────────────────────────────────────────────────────
def _by_name(name: str, situation: Situation) -> Sequence[Choice] | None:
    if name in _SPECIAL:
        return _SPECIAL[name](situation)
    if situation.case is None:
        return None
    for id in (name, name.removesuffix("s"), f"{name}_id"):
        if (path := _holders(type(situation.case)).get(id)) is not None:
            return [_told(id, item, situation.language) for item in _items(situation.case, path)]
    return None


def _grades(situation: Situation) -> Sequence[Choice] | None:
    scheme = situation.pack.grade_scheme if situation.pack is not None else None
    if scheme is None:
        return None
    return [(level.code, f"{level.code} · {getattr(level.label, situation.language)}") for level in scheme.levels]


def _chains(situation: Situation) -> Sequence[Choice] | None:
    chains = situation.pack.approval_chains if situation.pack is not None else None
    return [(chain, label(situation.language, chain)) for chain in chains] if chains else None


def _requests(situation: Situation) -> Sequence[Choice] | None:
    if situation.case is None:
        return None
    return [(id, f"{id} · {label(situation.language, of)}") for id, of in situation.case.open_requests.items()]


def _escalated(situation: Situation) -> Sequence[Choice] | None:
    if situation.case is None:
        return situation.named.get("clock_id")
    return [
        (clock.clock_id, clock_label(situation.language, clock.clock_id))
        for clock in situation.clocks
        if clock.status == ClockStatus.BREACHED and clock.level > clock.acknowledged_level
    ]


def _actions(situation: Situation) -> Sequence[Choice] | None:
    case = situation.case
    if case is None:
        return None
    return _with_status(STATUS_IN.get(case.stage), case, situation)


def _several_actions(situation: Situation) -> Sequence[Choice] | None:
    """While the rest is carried out, those that are done are judged already."""
    case = situation.case
    if case is not None and case.stage == Stage.IMPLEMENTING:
        return _with_status(ActionStatus.COMPLETED, case, situation)
    return _actions(situation)


def _with_status(status: ActionStatus | None, case: Complaint, situation: Situation) -> Sequence[Choice]:
    actions = [action for action in case.actions_of_cycle() if status in (None, action.status)]
    return [_told("action_id", action, situation.language) for action in actions]


_SPECIAL: dict[str, Callable[[Situation], Sequence[Choice] | None]] = {
    "grade": _grades, "chain": _chains, "request_id": _requests, "clock_id": _escalated,
    "action_id": _actions, "action_ids": _several_actions,
}  # fmt: skip


def _told(id: str, item: Any, language: str) -> Choice:
    own = str(getattr(item, id))
    said = next((value for name in TEXTS if (value := getattr(item, name, None)) is not None), None)
    text = "" if said is None else label(language, str(said))
    return own, f"{own} · {text[:CLIPPED]}{'…' if len(text) > CLIPPED else ''}" if text else own


@cache
def _holders(state: type[Any]) -> dict[str, tuple[str, ...]]:
    """Name of an id → where in the state the records that have it are kept, one region deep."""
    found: dict[str, tuple[str, ...]] = {}
    for name, hint in get_type_hints(state).items():
        kinds = [arg for arg in get_args(hint) if isinstance(arg, type)]
        if is_dataclass(hint):
            for id, path in _holders(cast("type[Any]", hint)).items():
                found.setdefault(id, (name, *path))
        for kind in kinds:
            if is_dataclass(kind) or issubclass(kind, BaseModel):
                for id in _own_ids(kind):
                    found.setdefault(id, (name,))
    return found


def _own_ids(kind: type[Any]) -> list[str]:
    """The first field of a record, if it is an id within the case."""
    names = list(kind.model_fields) if issubclass(kind, BaseModel) else [each.name for each in fields(kind)]
    return [name for name in names[:1] if name.endswith("_id") and name != "complaint_id"]


def _items(state: Any, path: tuple[str, ...]) -> list[Any]:
    for name in path:
        state = getattr(state, name)
    return list(cast("Mapping[str, Any]", state).values() if isinstance(state, Mapping) else state)
