"""Plays steps through the real decisions and folds, without any machinery: what the desk and the watcher would do."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.capa import domain as capa
from services.demo.organisation import Hours
from services.demo.programme import PLACES, Programme
from services.demo.scenario import Step, attachments, filled
from services.intake import domain as intake
from services.sla_watch import domain as sla
from services.sla_watch.keeping import keep
from services.sla_watch.passing import fire
from services.triage import domain as triage
from shared.clocks.state import Clocks, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.lifecycle import LIFECYCLE
from shared.complaint.state import Complaint
from shared.events.handover import TransferAccepted
from shared.events.organisation import Role
from shared.events.reference import ReferenceList
from shared.events.reports import ReportDrafted
from shared.kernel.command import Command, Elsewhere, by_command
from shared.kernel.errors import Refused, Unknown
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.kernel.ids import derived7
from shared.policy.access import who_may
from shared.policy.organisation import CaseNumbers, Home, Person, Site
from shared.policy.policies import NO_POLICY, Policy, PublishedPack
from shared.policy.reference import Reference
from shared.policy.rules import Page
from shared.policy.weeks import ChargedWeek
from tests.facts import OneSite
from tests.policies import policy

DECISIONS = {
    service: by_command(each.TOPICS) for service, each in (("intake", intake), ("triage", triage), ("capa", capa))
}
COMMANDS: dict[str, type[Command]] = {
    f"/{service}/complaints/{{id}}/{command.door()}": command
    for service, commands in DECISIONS.items()
    for command in commands
    if command is not intake.ReceiveComplaint
}
COMMANDS["/intake/complaints"] = intake.ReceiveComplaint
COMMANDS["/sla-watch/complaints/{id}/acknowledge-escalation"] = sla.AcknowledgeEscalation


SITES = {site.code: site for site in PLACES}
PEOPLE = {each.key: each for site in PLACES for each in site.staff}
_IDS = {each.id: each for each in PEOPLE.values()}


class SimulatedDesk:
    """The rules, the cases, their clocks, and a count of everything that happened."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.hours = {code: Hours(site, programme.begins, programme.until) for code, site in SITES.items()}
        self.ids: dict[str, str] = {}
        self.cases: dict[str, Complaint] = {}
        self.promises: dict[str, Clocks] = {}
        self.taken: Counter[str] = Counter()
        self.files: set[str] = set()
        self.deadlines: list[tuple[datetime, int, str, Any]] = []
        self.facts: list[Fact[Any]] = []
        self.recorded: Counter[str] = Counter()

    # rules
    def policy(self, site: str, at: datetime) -> Policy:
        pack = SITES[site].pack
        return NO_POLICY if pack is None else policy(pack)

    def packs(self) -> dict[str, PublishedPack]:
        return {}

    def home(self) -> Home:
        return Home(simulated=True)

    def site(self, code: str) -> Site:
        site = SITES[code]
        return Site(code, site.title, site.zone, code, "p-owner", "zh" if site.language == "zh" else "en")

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        return Reference()

    def week(self, site: str, week: str) -> ChargedWeek:
        return ChargedWeek()

    def sites(self) -> list[Site]:
        return [self.site(code) for code in SITES]

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        found = _IDS.get(person)
        return frozenset(found.roles) if found is not None and found.site == site else frozenset()

    def person(self, id: str) -> Person:
        if id not in _IDS:
            raise Unknown(f"nobody has the id {id!r}")
        return Person(id)

    def calendar(self, id: str) -> Any:
        return self.hours[id].office

    def complaint(self, id: str) -> Complaint:
        return self.cases[id]

    def clocks(self, complaint_id: str) -> Clocks:
        return self.promises[complaint_id]

    def has_file(self, sha256: str) -> bool:
        return sha256 in self.files

    def page(self, complaint_id: str, drafted: ReportDrafted, occasion: Occasion) -> Page:
        return OneSite().page(complaint_id, drafted, occasion)

    def recorded_between(self, site: str, since: datetime, until: datetime) -> list[Fact[Any]]:
        return []

    def numbers(self, site: str, period: str) -> CaseNumbers:
        return CaseNumbers(self.taken[f"{site}-{period}"])

    # play
    def play(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.let_time_pass(step.at)
            self.take(step)
        self.let_time_pass(self.programme.until)

    def let_time_pass(self, until: datetime) -> None:
        """What the watcher does up to then, in the order in which it is due."""
        while self.deadlines and self.deadlines[0][0] <= until:
            at, _, id, deadline = heapq.heappop(self.deadlines)
            occasion = Occasion(Actor("s-sla-watch"), at, at, "", "")
            self._clock_facts(
                id, fire(self.promises[id], deadline, occasion, self.hours[self.cases[id].site].office), at, at
            )

    def take(self, step: Step) -> None:
        if step.case.startswith("duties-"):
            return  # a site's own duties are no case; the real house plays them (test_player)
        self.files.update(each.sha256 for each in attachments(step.body))
        kind = COMMANDS[step.path]
        command = kind.model_validate_json(json.dumps(filled(step.body, self.ids)))
        actor = PEOPLE[step.actor]
        if step.opens:
            id = self.ids[step.case] = derived7(step.at, "simulated", step.case)
        else:
            id = self.ids[step.case]
        complaint = self.cases.get(id, INITIAL)
        site = complaint.site or step.body["site"]
        where = complaint.handover.to_site if step.path.endswith("/accept-transfer") else site
        assert actor.site == where, (step, "acts at another site")
        assert set(actor.roles) & set(who_may(kind)), (step, "holds no role for it")
        at = command.occurred_at or step.at
        assert at <= step.at and (command.occurred_at is None) == (command.backdate_reason is None), step
        assert complaint.received_at is None or complaint.received_at <= at, (step, "before the receipt")
        occasion = Occasion(
            Actor(actor.id), at, step.at, f"{step.case}-{step.number}", "", None, command.backdate_reason
        )
        if isinstance(command, sla.AcknowledgeEscalation):
            self._clock_facts(id, sla.acknowledge(self.promises[id], command, occasion, self), at, step.at)
            return
        decide: Any = DECISIONS[step.path.split("/")[1]][kind]
        try:
            decided = list(decide(complaint, command, occasion, self))
        except Refused as refused:
            assert refused.rule == step.refused, (step.case, step.number, step.path, refused.detail, refused.rule)
            return
        assert step.refused is None, (step, "is not refused")
        for event in decided:
            if not isinstance(event, Elsewhere):
                self._happens(id, event, occasion, site)
            elif event.stream.startswith("numbers-"):
                self.taken[event.stream.removeprefix("numbers-")] += 1
            else:
                self._happens(event.stream.removeprefix("complaint-"), event.event, occasion, site)

    def _happens(self, id: str, event: Any, occasion: Occasion, site: str) -> None:
        complaint, at, now = self.cases.get(id, INITIAL), occasion.at, occasion.now
        assert complaint.stage in LIFECYCLE[type(event)].allowed, (occasion.command_id, event, complaint.stage)
        site = event.to_site if isinstance(event, TransferAccepted) else site
        fact = self._fact(f"complaint-{id}", event, at, now, site, occasion.actor, occasion.backdate_reason)
        self.cases[id] = complaint = fold(complaint, fact)
        promises = self.promises.setdefault(id, Clocks(id))
        self._clock_facts(id, keep(promises, fact, complaint, self), at, now)

    def _clock_facts(self, id: str, events: Iterable[Any], at: datetime, now: datetime) -> None:
        for event in list(events):
            fact = self._fact(f"clocks-{id}", event, at, now, self.cases[id].site, Actor("s-sla-watch"), None)
            self.promises[id] = fold_clocks(self.promises[id], fact)
            deadline = self.promises[id].clocks[event.clock_id].next_deadline()
            if deadline is not None:
                heapq.heappush(self.deadlines, (deadline.at, fact.position, id, deadline))

    def _fact(
        self, stream: str, event: Event, at: datetime, now: datetime, site: str, actor: Actor, reason: str | None
    ) -> Fact[Any]:
        self.recorded[type(event).__name__] += 1
        number = self.recorded.total()
        fact: Fact[Any] = Fact(number, stream, number, event, at, now, site, "", actor, "", "", backdate_reason=reason)
        self.facts.append(fact)
        return fact
