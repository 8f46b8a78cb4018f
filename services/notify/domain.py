"""From a fact to its notices: who has to hear of it, and which words are used. Pure; which people hold a role, and how they
are reached, is asked when a notice is due.

A notice names whom it is for as `person:p-…`, `role:quality_head` (at the case's site, or `@dd`), `stand_in:p-…` or
`customer`. What it says is taken from the case field by field; descriptions, comments and causes never leave with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast

from shared.clocks.state import Clocks
from shared.complaint.rounds import rounds
from shared.complaint.state import Complaint
from shared.events.organisation import Role
from shared.events.words import Department, Meaning
from shared.kernel.fact import Event, Fact
from shared.kernel.personal import masked
from shared.kernel.values import rfc3339
from shared.policy.chains import step_of
from shared.policy.notice_rules import CUSTOMER, NoticeRule, Notifications
from shared.policy.pack import Pack

HOUR = timedelta(hours=1)
_OF_THE_EVENT = {
    "due": "due", "due_at": "due", "breached_at": "due", "clock_id": "clock", "level": "level", "to_role": "role",
    "role": "role", "action_id": "action", "promised_contact_by": "promised",
}  # fmt: skip
"""Field of an event → what the texts call it."""


@dataclass(frozen=True)
class Notice:
    """Something that somebody has to be told. `number` counts the rules of its event, so that position and number name it."""

    number: int
    to: tuple[str, ...]
    otherwise: tuple[str, ...]
    template: str
    at_once: bool
    values: Mapping[str, str]


def notices(fact: Fact[Any], case: Complaint, clocks: Clocks, pack: Pack) -> Iterator[Notice]:
    """What a fact leads to, given the case right after it and the policy of its site. History tells nobody anything."""
    said = pack.notifications or Notifications()
    if fact.historical or case.historical or said.enabled is False:
        return
    rules = (said.events or {}).get(type(fact.event).__name__, ())
    if not rules:
        return
    told = _Told(fact, case, clocks, pack, said)
    for number, rule in enumerate(rules, 1):
        if not told.wanted(rule):
            continue
        to, otherwise = told.whom(rule.to, rule), told.whom(rule.otherwise, rule)
        if to or otherwise:
            at_once = said.goes_out_at_once(case.rank, rule)
            yield Notice(number, to, otherwise, rule.template, at_once, told.values(rule))


@dataclass(frozen=True)
class _Told:
    fact: Fact[Any]
    case: Complaint
    clocks: Clocks
    pack: Pack
    said: Notifications

    def wanted(self, rule: NoticeRule) -> bool:
        """Whether the rule is meant for this case and this event."""
        if rule.up_to_rank is not None and (self.case.rank is None or int(self.case.rank) > rule.up_to_rank):
            return False
        if rule.needs is not None and getattr(self.fact.event, rule.needs, None) in (None, (), "", False):
            return False
        return CUSTOMER not in rule.to or bool(self.said.customer_messages)

    def whom(self, words: tuple[str, ...], rule: NoticeRule) -> tuple[str, ...]:
        """Each once, in the order of the rule."""
        return tuple(dict.fromkeys(target for word in words for target in self._targets(word, rule) if target))

    def _targets(self, word: str, rule: NoticeRule) -> Iterator[str]:
        case, event = self.case, self.fact.event
        match word:
            case "customer":
                yield CUSTOMER
            case "case_owner":
                yield _person(case.owner)
            case "first_responsible":
                yield _person(case.first_responsible)
            case "responsible_person":
                yield _person(self._responsible())
            case "action_owner":
                yield from map(_person, self._action_owners())
            case "delegate":
                answerable = self._responsible() or case.owner
                yield f"stand_in:{answerable}" if answerable else ""
            case "departments":
                for department in self._departments():
                    for role in (self.said.departments or {}).get(department, ()):
                        yield from self._targets(role, rule)
            case "rank1_notify":
                routing = self.pack.routing
                for role in (routing.rank1_notify if routing is not None else None) or (Role.QUALITY_HEAD,):
                    yield from self._targets(role, rule)
            case "receiving_site":
                yield f"role:{Role.QUALITY_ENGINEER}@{event.to_site}" if hasattr(event, "to_site") else ""
            case "next_signer":
                for signer in self._next_signers(rule):
                    yield signer if signer.startswith("person:") else next(self._targets(signer, rule), "")
            case "escalated_to":
                yield from self._targets(str(getattr(event, "to_role", "")), rule)
            case _:
                # A ladder may name a rung that is no role (`next_level`): then nobody is named by it.
                yield f"role:{word}" if word in set(Role) else ""

    def _responsible(self) -> str | None:
        clock = self.clocks.clocks.get(getattr(self.fact.event, "clock_id", ""))
        return clock.responsible if clock is not None else None

    def _action_owners(self) -> Iterator[str | None]:
        event, actions = self.fact.event, self.case.actions
        named = getattr(event, "action_id", None) or _action_of_clock(getattr(event, "clock_id", ""))
        if named is None:
            yield from (action.owner for action in self.case.actions_of_cycle())
        elif named in actions:
            yield actions[named].owner

    def _departments(self) -> tuple[Department, ...]:
        event = self.fact.event
        main: Department | None = getattr(event, "department", None) or self.case.department
        supporting: tuple[Department, ...] = getattr(event, "supporting", ())
        return (*((main,) if main else ()), *supporting)

    def _next_signers(self, rule: NoticeRule) -> Iterator[str]:
        """Whose turn it is in what the event is about: of the chain that it names, or else of that of the rule."""
        event = self.fact.event
        chain = getattr(event, "chain", None) or rule.chain
        of, ids = getattr(event, "of", None), {value for name, value in event if name.endswith("_id")}
        for round in rounds(self.case):
            about = round.of == of if of is not None else round.part in ("", *ids)
            if round.chain != chain or not about:
                continue
            if round.only is not None:
                yield _person(round.only)
            step = step_of(round, self.pack)
            if step is None:
                yield from round.roles
            elif step.meaning == Meaning.AUTHORSHIP:
                yield from map(_person, sorted(round.authors))
            else:
                yield step.role

    def values(self, rule: NoticeRule) -> dict[str, str]:
        """What the texts may name, as codes, ids and instants; they are put into words where the reader is known."""
        case, event = self.case, self.fact.event
        known: dict[str, object] = {
            "case_no": case.case_no or self.fact.site, "site": case.site or self.fact.site,
            "product": case.product_model, "lot": case.lot_no,
            "customer": masked(case.customer_name), "grade": case.grade, "rank": case.rank, "category": case.category,
            "department": case.department, "stage": case.stage, "owner": case.owner, "actor": self.fact.actor.id,
        }  # fmt: skip
        for field, place in _places(cast("type[Event]", type(event))):
            if (value := getattr(event, field, None)) is not None:
                known[place] = value
        if "next_signer" in rule.to:
            roles = (one for one in self._next_signers(rule) if not one.startswith("person:"))
            known["role"] = next(roles, None)
        promised = known.get("promised")
        if isinstance(promised, datetime):
            known["hours"] = max(1, -((self.fact.occurred_at - promised) // HOUR))
        return {place: _plain(value) for place, value in known.items() if value not in (None, "")}


@cache
def _places(kind: type[Event]) -> tuple[tuple[str, str], ...]:
    return tuple((field, place) for field, place in _OF_THE_EVENT.items() if field in kind.model_fields)


def _person(id: str | None) -> str:
    return f"person:{id}" if id else ""


def _action_of_clock(clock_id: str) -> str | None:
    """`action:a2/1` is the clock of action a2."""
    clause, _, rest = clock_id.partition(":")
    return rest.rpartition("/")[0] if clause == "action" and rest else None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else str(value)
