"""Which commands there are, and which of them are offered: what stage and roles allow, the most likely first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from services.console.choices import Situation
from services.console.forms import asks_in_vain
from services.console.turns import asked_next, barred, closing_step, person_asked
from shared.complaint.awaits import of_capa, of_intake, of_triage
from shared.complaint.lifecycle import LIFECYCLE, TABLE
from shared.complaint.state import OPEN, Complaint, Stage
from shared.kernel.command import Command
from shared.kernel.fact import Event
from shared.policy.access import COMMANDS
from shared.policy.pack import Pack
from shared.policy.policies import NO_POLICY
from shared.runtime.service import Handles, Service

STEPS: dict[str, tuple[str, ...]] = {
    "information": ("provide-information",),
    "follow_up_decision": ("reopen", "waive-follow-up"),
    "root_cause": ("record-root-cause",),
    "plan": ("plan-action", "submit-action-plan"),
    "approve_plan": ("approve-action-plan", "return-action-plan"),
    "actions": ("complete-action", "report-action-progress"),
    "verify": ("verify-effect",),
    "escalation": ("acknowledge-escalation",),
    "site_escalation": ("acknowledge-duty-escalation",),
    "site_duty": ("publish-digest", "hold-review"),
    "objection": ("resolve-objection", "escalate-objection"),
    "answer_feedback": ("contact-customer", "raise-objection", "reopen"),
    "accept_transfer": ("accept-transfer", "decline-transfer"),
}
"""What a case awaits (`shared/complaint/awaits.py`), or a site → the commands that do it, if they are not called the same."""
_PLACE = {row.event: place for place, row in enumerate(TABLE)}


@dataclass(frozen=True)
class Offer:
    """One command, with the service that decides it."""

    service: Service
    handles: Handles

    @property
    def command(self) -> type[Command]:
        """Its class."""
        return self.handles.command

    @property
    def door(self) -> str:
        """Its name, as in routes."""
        return self.command.door()

    @property
    def about_a_case(self) -> bool:
        """Whether it is given about a case that there is."""
        return self.handles.path.startswith("complaints/{id}/")

    @property
    def about(self) -> str | None:
        """Of what else there is it is given: people, sites, calendars; None when it makes something new."""
        first, _, rest = self.handles.path.partition("/")
        return first if rest.startswith("{id}") and not self.about_a_case else None

    @property
    def guarded(self) -> bool:
        """Whether it is refused when the case has moved on; the clocks of a case move by themselves."""
        return self.about_a_case and self.handles.site is None


def offers(services: Iterable[Service]) -> dict[str, Offer]:
    """Every command by its door."""
    return {offer.door: offer for service in services for each in service.handles for offer in [Offer(service, each)]}


def events_of(command: type[Command]) -> tuple[type[Event], ...]:
    """The events that a command leads to: those it names, or the one whose content it has."""
    if command.LEADS_TO:
        return command.LEADS_TO
    inherited = (kind for kind in command.__mro__ if issubclass(kind, Event) and not issubclass(kind, Command))
    return tuple(kind for kind in inherited if kind is not Event)


def stages_of(command: type[Command]) -> frozenset[Stage]:
    """Where it can be given at all. What the lifecycle does not list, such as what is done to clocks, goes with an open case."""
    listed = [LIFECYCLE[event].allowed for event in events_of(command) if event in LIFECYCLE]
    return frozenset[Stage]().union(*listed) if listed else OPEN


def may(door: str, roles: Collection[str]) -> bool:
    """Whether one of the roles is asked for by this command."""
    return not set(roles).isdisjoint(COMMANDS.get(door, ()))


def awaited(case: Complaint, pack: Pack = NO_POLICY.pack) -> list[str]:
    """The doors of what the case waits for, the most pressing first."""
    codes = [code for of in (of_intake, of_triage, of_capa) if (code := of(case)) is not None]
    return [door for code in codes for door in ((closing_step(case, pack),) if code == "close" else doors_of(code))]


def doors_of(code: str) -> tuple[str, ...]:
    """The commands that do what a case awaits."""
    return STEPS.get(code, (code.replace("_", "-"),))


@dataclass(frozen=True)
class Possible:
    """What somebody may do with a case now: what it waits for, and everything else by service."""

    next: Sequence[Offer] = ()
    more: Mapping[str, Sequence[Offer]] | None = None
    others: Sequence[str] = ()
    """Where nothing is next for this reader: what the case waits for, by door."""
    role: str | None = None
    """And whose signature it is."""
    person: str | None = None
    """Or whose step, by name."""

    def __bool__(self) -> bool:
        return bool(self.next or self.more or self.others)

    @property
    def doors(self) -> frozenset[str]:
        """All of it."""
        return frozenset(offer.door for offers in (self.next, *(self.more or {}).values()) for offer in offers)


@dataclass(frozen=True)
class _OneCase:
    """As much of the rules as is needed to know where a role must be held."""

    case: Complaint

    def complaint(self, id: str) -> Complaint:
        return self.case


def site_of(offer: Offer, case: Complaint) -> str:
    """Where the role for a command must be held: at the case's site, unless the command says otherwise."""
    if offer.handles.site is None:
        return case.site
    return offer.handles.site(case.complaint_id, cast("Any", None), cast("Any", _OneCase(case)))


def possible(
    known: Mapping[str, Offer], situation: Situation, roles: Callable[[str], Collection[str]], person: str = ""
) -> Possible:
    """By stage, role at the site, whose turn it is, and whether there is anything to do it with; in the order of the lifecycle."""
    case, pack = situation.case, situation.pack or NO_POLICY.pack
    if case is None:
        return Possible()
    never = barred(case, pack, person, roles(case.site))
    found = {
        door: offer
        for door, offer in known.items()
        if offer.about_a_case and may(door, roles(site_of(offer, case))) and case.stage in stages_of(offer.command)
        and door not in never and not asks_in_vain(offer.command, situation)
    }  # fmt: skip
    first = [found.pop(door) for door in awaited(case, pack) if door in found]
    more: dict[str, list[Offer]] = {}
    for offer in sorted(found.values(), key=_place):
        more.setdefault(offer.service.name, []).append(offer)
    if first:
        return Possible(first, more)
    role = asked_next(case, pack)
    return Possible((), more, awaited(case, pack)[:1], role, person_asked(case, role))


def _place(offer: Offer) -> int:
    return min((_PLACE[event] for event in events_of(offer.command) if event in _PLACE), default=len(_PLACE))
