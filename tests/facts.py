"""Stories for tests: facts of a case in the order in which they were recorded, with positions, versions and times.

    log = Log()
    story = Story(log, site="sz")
    story.happened(received(), at=utc("2026-03-02 01:00"), by="p-ana")
    story.goes_to(Stage.VERIFYING)          # the usual way, one hour a step
    story.time_passes(to=utc("2026-04-01 00:00"))   # what the watcher would say until then

With `clocks=True` (the default) every fact of the case is followed by the clock facts that sla_watch decides on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from services.sla_watch.keeping import keep
from services.sla_watch.passing import fire
from services.sla_watch.replaying import replay
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks, Deadline, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role, SiteOpened
from shared.events.reference import ReferenceList
from shared.kernel.command import Dated, Decided
from shared.kernel.errors import Unknown
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.kernel.ids import derived, derived7
from shared.kernel.values import FileRef, Rank
from shared.policy.organisation import CaseNumbers, Home, Person, Site
from shared.policy.policies import NO_POLICY, Policy, PublishedPack
from shared.policy.reference import Reference
from shared.policy.rules import Page
from shared.policy.weeks import ChargedWeek
from shared.runtime.codec import Row, row_of
from shared.runtime.ledger import ORGANISATION

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shenzhen."""
OFFICE = ((time(8), time(12)), (time(13), time(17)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Told:
    """Facts as the streams they came in, where a ledger would be."""

    facts: Sequence[Fact[Any]]

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]:
        last = len(self.facts) if up_to is None else up_to
        return [row_of(fact) for fact in self.facts if fact.stream == stream and after < fact.version <= last]

    def streams(self, streams: Sequence[str]) -> list[Row]:
        return [row for stream in sorted(set(streams)) for row in self.stream(stream)]

    def organisation(self, after: int) -> list[Row]:
        return [row_of(fact) for fact in self.facts if fact.kind in ORGANISATION and fact.position > after]


class OneSite:
    """The rest of the world as far as clocks ask for it: every site keeps Shenzhen's office hours."""

    week_days = WorkCalendar(
        "cn-std",
        1,
        "Asia/Shanghai",
        (OFFICE,) * 5 + ((), ()),
        published_from=date(2020, 1, 1),
        published_through=date(2027, 12, 31),
    )

    going_by = NO_POLICY

    def home(self) -> Home:
        return Home()

    def policy(self, site: str, at: datetime) -> Policy:
        return self.going_by

    def packs(self) -> dict[str, PublishedPack]:
        return {}

    def site(self, code: str) -> Site:
        return Site(code, code, "Asia/Shanghai", "cn-std", "p-owner")

    def sites(self) -> list[Site]:
        return [self.site("sz")]

    holds: ClassVar[dict[str, frozenset[Role]]] = {}
    """Person → roles; whoever is not named holds every role."""

    def person(self, id: str) -> Person:
        return Person(id, id)

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        return self.holds.get(person, frozenset(Role))

    def calendar(self, id: str) -> WorkCalendar:
        return self.week_days

    def complaint(self, id: str) -> Complaint:
        raise Unknown(id)

    def clocks(self, complaint_id: str) -> Clocks:
        raise Unknown(complaint_id)

    def has_file(self, sha256: str) -> bool:
        return True

    def page(self, complaint_id: str, drafted: e.ReportDrafted, occasion: Occasion) -> Page:
        """Where decisions alone are asked, there is no ledger to make it from; see tests/services/audit/documents."""
        made = FileRef(sha256="9" * 64, bytes=1, media_type="text/html", name=f"{drafted.report_id}.html")
        return Page(made, 1)

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        return Reference()

    def recorded_between(self, site: str, since: datetime, until: datetime) -> list[Fact[Any]]:
        return [fact for fact in self.on_record if fact.site == site and since <= fact.recorded_at < until]

    on_record: ClassVar[list[Fact[Any]]] = []
    """What is recorded, where a test asks for it."""

    def week(self, site: str, week: str) -> ChargedWeek:
        return ChargedWeek()

    def numbers(self, site: str, period: str) -> CaseNumbers:
        return CaseNumbers()


@dataclass
class Log:
    """What a ledger would hold: facts with positions from 1, recorded at times that never decrease."""

    facts: list[Fact[Any]] = field(default_factory=list[Fact[Any]])

    def append(
        self,
        stream: str,
        event: Event,
        occurred_at: datetime,
        recorded_at: datetime | None = None,
        *,
        by: str = "p-ana",
        site: str = "",
        service: str = "intake",
        historical: bool = False,
        backdate_reason: str | None = None,
        cause: str | None = None,
    ) -> Fact[Any]:
        position = len(self.facts) + 1
        latest = self.facts[-1].recorded_at if self.facts else occurred_at
        fact: Fact[Any] = Fact(
            position,
            stream,
            sum(each.stream == stream for each in self.facts) + 1,
            event,
            occurred_at,
            max(recorded_at or occurred_at, latest),
            site,
            service,
            Actor(by),
            derived("command", position),
            derived("correlation", stream),
            cause,
            backdate_reason,
            historical,
        )
        self.facts.append(fact)
        return fact

    def noise(self) -> Fact[Any]:
        """A fact that no case minds: read models must take its position all the same."""
        event = SiteOpened(site="xx", title="Elsewhere", zone="UTC", calendar="cn-std", owner="p-owner")
        return self.append("site-xx", event, self.facts[-1].occurred_at if self.facts else MONDAY, site="xx")


class Story:
    """One case, told fact by fact."""

    def __init__(
        self,
        log: Log | None = None,
        *,
        site: str = "sz",
        number: int = 1,
        begins: datetime = MONDAY,
        clocks: bool = True,
        historical: bool = False,
    ) -> None:
        self.log = log or Log()
        self.site, self.number, self.historical = site, number, historical
        self.id = derived7(begins, site, number)
        self.case_no = f"{site.upper()}-{begins.year}-{number:05}"
        self.case: Complaint = INITIAL
        self.clocks = Clocks()
        self.now = begins
        self.rules = OneSite()
        self._watched = clocks

    @property
    def facts(self) -> list[Fact[Any]]:
        """All facts of the log, also those of other stories."""
        return self.log.facts

    def happened(
        self,
        event: Event,
        at: datetime | None = None,
        *,
        recorded_at: datetime | None = None,
        by: str = "p-ana",
        why_late: str | None = None,
    ) -> Story:
        """One more fact: now, or earlier (`at`) and recorded now, or recorded when you say."""
        at = at or self.now
        recorded_at = recorded_at or max(at, self.now)
        fact = self.log.append(
            f"complaint-{self.id}",
            event,
            at,
            recorded_at,
            by=by,
            site=self.site,
            historical=self.historical,
            backdate_reason=why_late if at == recorded_at else why_late or "was away",
        )
        self.case = fold(self.case, fact)
        self.now = recorded_at + HOUR  # the story's own time: other stories of the log may be ahead
        if self._watched and not self.historical:
            self._says(keep(self.clocks, fact, self.case, self.rules), at, fact.recorded_at, fact.command_id)
        return self

    def goes_to(self, stage: Stage, each: timedelta = HOUR) -> Story:
        """On the usual way from where it stands, one step each hour, until it has reached the stage."""
        steps = 0
        while self.case.stage != stage:
            steps += 1
            assert steps < 50, f"the usual way leads from here round in circles, never to {stage}"
            self.now = self.now - HOUR + each
            event, by = next_step(self)
            self.happened(event, by=by)
        return self

    def time_passes(self, to: datetime) -> Story:
        """Warnings, breaches and escalations up to then, each recorded when it is due."""
        while (deadline := self._next_deadline()) and deadline.at <= to:
            occasion = Occasion(Actor("s-sla-watch"), deadline.at, max(deadline.at, to), derived(deadline), "")
            self._says(fire(self.clocks, deadline, occasion, self.rules.week_days), deadline.at, deadline.at, None)
        self.now = max(self.now, to)
        return self

    def taken_over(self, until: datetime) -> Story:
        """The end of a history, and all that its promises came to by then, recorded long after."""
        facts, now = [fact for fact in self.facts if fact.stream == f"complaint-{self.id}"], until + 400 * DAY
        promises = list(replay(facts, self.rules, until))
        end = e.HistoryTakenOver(
            source="old-desk", case="17", events=len(facts), log_until=until, mode=e.Mode.LENIENT
        )  # fmt: skip
        self.happened(end, at=until, recorded_at=now)
        for event, at in promises:
            stream = f"clocks-{self.id}"
            fact = self.log.append(
                stream, event, at, now, by="s-sla-watch", site=self.site, service="sla_watch", historical=True
            )
            self.clocks = fold_clocks(self.clocks, fact)
        return self

    def say(self, event: Event, at: datetime | None = None, recorded_at: datetime | None = None) -> Story:
        """One fact of its clocks, as given."""
        self._says(iter([event]), at or self.now, recorded_at or at or self.now, None)
        return self

    def _next_deadline(self) -> Deadline | None:
        found = (clock.next_deadline() for clock in self.clocks.clocks.values())
        return min(
            (each for each in found if each), key=lambda each: (each.at, each.clock_id, each.number), default=None
        )

    def _says(self, decided: Decided, at: datetime, recorded_at: datetime, cause: str | None) -> None:
        for item in list(decided):
            event, when = (item.event, item.at) if isinstance(item, Dated) else (item, at)
            assert isinstance(event, Event)
            fact = self.log.append(
                f"clocks-{self.id}",
                event,
                when,
                recorded_at,
                by="s-sla-watch",
                site=self.site,
                service="sla_watch",
                cause=cause,
            )
            self.clocks = fold_clocks(self.clocks, fact)


# ── what usually happens ──────────────────────────────────────────────────────────────────────────────────────────────
def received(case_no: str = "SZ-2026-00001", **changed: Any) -> e.Received:
    usual: dict[str, Any] = {
        "channel": w.Channel.TELEPHONE,
        "description": "开机后花屏，重启无效",
        "language": "zh",
        "customer_no": "C-1001",
        "customer_name": "张三",
        "product_model": "ABC-2000",
        "lot_no": "L2403",
    }
    return e.Received(case_no=case_no, **{**usual, **changed})


def acknowledged() -> e.Acknowledged:
    return e.Acknowledged(channel=w.Channel.TELEPHONE)


def contacted() -> e.CustomerContacted:
    return e.CustomerContacted(
        direction=w.Direction.OUTBOUND,
        channel=w.Channel.TELEPHONE,
        purpose=w.ContactPurpose.CLARIFICATION,
        summary="call",
    )


def asked(request_id: str = "i1", of: w.AskedOf = w.AskedOf.CUSTOMER) -> e.InformationRequested:
    return e.InformationRequested(request_id=request_id, asked_of=of, items=("a photo of the screen",))


def answered(request_id: str = "i1") -> e.InformationProvided:
    return e.InformationProvided(request_id=request_id, answer="here it is")


def registered() -> e.Registered:
    return e.Registered(
        symptom="the screen is garbled after start",
        frequency="always",
        extent=w.Extent.SINGLE_UNIT,
        product_model="ABC-2000",
        demands=(w.Demand.REPAIR,),
    )


def classified(rank: Rank = Rank.MAJOR) -> e.Classified:
    return e.Classified(category=w.Category.HARDWARE_FAILURE, grade=f"P{rank}", rank=rank, basis=w.GradeBasis.CONFIRMED)


def assigned(owner: str = "p-bo", department: w.Department = w.Department.QUALITY) -> e.Assigned:
    return e.Assigned(owner=owner, department=department)


def cause() -> e.RootCauseFound:
    why = e.Why(why="garbled", because="cold solder joint", evidence=())
    return e.RootCauseFound(
        direct_cause="cold solder joint", root_cause="oven profile drifted", method=w.Method.FIVE_WHY, five_whys=(why,)
    )


def planned(action_id: str = "a1", due: date = date(2026, 3, 20), owner: str = "p-cy") -> e.ActionPlanned:
    return e.ActionPlanned(
        action_id=action_id,
        kind=w.ActionKind.CORRECTIVE,
        content="reset the profile",
        owner=owner,
        due=due,
        measure_of_success="no cold joint in 500 boards",
    )


def completed(action_id: str = "a1", done_by: str = "p-cy") -> e.ActionCompleted:
    return e.ActionCompleted(action_id=action_id, done_by=done_by, result="done")


def verified(*action_ids: str, effective: bool = True) -> e.Verified:
    return e.Verified(action_ids=action_ids or ("a1",), effective=effective, method="500 boards inspected")


def closed() -> e.Closed:
    return e.Closed(disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved")


def reopened(cycle: int = 2, back_to_planning: bool = False) -> e.Reopened:
    return e.Reopened(
        cycle=cycle, reason=w.ReopenReason.RECURRENCE, explanation="it came back", back_to_planning=back_to_planning
    )


def followed_up(ok: bool) -> e.FollowUpCompleted:
    return e.FollowUpCompleted(reached=True, product_ok=ok)


def next_step(story: Story) -> tuple[Event, str]:
    """What usually happens next in this stage, and who does it."""
    case = story.case
    match case.stage:
        case Stage.NEW:
            return received(story.case_no), "p-ana"
        case Stage.RECEIVED:
            return (registered() if case.acknowledged_at else acknowledged()), "p-ana"
        case Stage.REGISTERED:
            return (classified() if case.first_contact_at else contacted()), "p-ana"
        case Stage.TRIAGED:
            return assigned(), "p-ana"
        case Stage.ASSIGNED:
            return e.InvestigationStarted(lead="p-bo"), "p-bo"
        case Stage.INVESTIGATING:
            return cause(), "p-bo"
        case Stage.PLANNING:
            new = [action.action_id for action in case.actions_of_cycle() if action.status == ActionStatus.PLANNED]
            if new:
                return e.ActionPlanSubmitted(plan_version=case.plan_version + 1, action_ids=tuple(new)), "p-bo"
            return planned(f"a{len(case.actions) + 1}", (story.now + 14 * DAY).date()), "p-bo"
        case Stage.PLAN_REVIEW:
            return e.ActionPlanApproved(plan_version=case.plan_version), "p-head"
        case Stage.IMPLEMENTING:
            waiting = (each.action_id for each in case.actions_of_cycle() if each.status == ActionStatus.APPROVED)
            return completed(next(waiting)), "p-cy"
        case Stage.VERIFYING:
            done = (each.action_id for each in case.actions_of_cycle() if each.status == ActionStatus.COMPLETED)
            return verified(*done), "p-vera"
        case Stage.CLOSING:
            return closed(), "p-head"
        case Stage.CLOSED | Stage.ARCHIVED:
            return reopened(case.cycle + 1), "p-head"
        case _:
            raise AssertionError(f"nothing usually happens to a case that is {case.stage}")
