"""One generated case while it is told: who is in it, what it is about, and the steps so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.demo.catalogue import Failure, Product, Told, phrases
from services.demo.chance import Chance
from services.demo.customers import Customer
from services.demo.organisation import INVESTIGATES, DemoSite, Hours, Staff
from services.demo.scenario import RECEIVE, Step, path
from services.sla_watch.clauses import BY_NAME
from shared.clocks.calendars import WorkCalendar
from shared.clocks.worktime import Target, add_working_seconds, due, working_seconds
from shared.events.organisation import Role
from shared.events.waiting import Wait
from shared.kernel.values import Rank

NOT_YET = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = timedelta(seconds=50)
"""What there is at least between two steps of a case."""
SOONEST = timedelta(hours=1, minutes=5)
"""Nothing is told to have happened sooner after the receipt: commands in flight may swap places within an hour."""


class Case:
    """Chooses words and people for one case and keeps its steps in order."""

    def __init__(
        self, key: str, site: DemoSite, hours: Hours, chance: Chance, product: Product, failure: Failure, rank: Rank,
        language: str, customer: Customer, model: str, lot: str,
    ) -> None:  # fmt: skip
        self.key, self.site, self.hours, self.chance = key, site, hours, chance
        self.product, self.failure, self.rank, self.language, self.customer = product, failure, rank, language, customer
        self.model, self.lot = model, lot
        self.words: Mapping[str, Any] = phrases(site.language)["site"]
        self.many = rank in (Rank.CRITICAL, Rank.MAJOR) and chance.happens(0.4)
        self.now = NOT_YET
        self.received_at = NOT_YET
        self.assigned_at = NOT_YET
        self.closed_at: datetime | None = None
        self.pauses: list[tuple[Wait, datetime, datetime]] = []
        self.counts: dict[str, int] = {}
        self.graded = self.regraded = False
        self.slots: dict[str, Any] = {
            "product": product.name[language], "model": model, "lot": lot, "company": customer.company,
            "person": customer.person, "days": chance.number(4, 210),
            "order": f"{chance.number(10, 99)}-{chance.number(10000, 99999)}",
            "n": chance.number(2, 9), "hours": chance.number(2, 6),
            "pct": chance.number(11, 68), "qty": chance.number(10, 80),
            "serial": f"{lot[:2]}{chance.number(100000, 999999)}", "mode": failure.title[site.language],
            "department": failure.department, "day": "",
        }  # fmt: skip
        self._cast()

    def _cast(self) -> None:
        pick, site = self.chance.pick, self.site
        self.agent: Staff = pick(site.holding(Role.CUSTOMER_SERVICE))
        self.supervisor: Staff = site.one("sup")
        self.department = self.failure.department
        self.owner: Staff = pick(site.holding(INVESTIGATES[self.department]))
        quality = [each for each in site.holding(Role.QUALITY_ENGINEER) if each is not self.owner]
        self.quality: Staff = pick(quality)
        self.verifier: Staff = pick([each for each in quality if each is not self.quality])
        self.approver: Staff = pick(
            [each for each in (site.one("qh"), site.one("head"), site.one("gm")) if each is not self.owner]
        )
        self.worker: Staff = pick([*site.holding(Role.PRODUCTION), *site.holding(Role.RND)])

    # ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def told(self) -> Told:
        """The failure as this site describes it."""
        return self.failure.told[self.site.language]

    def say(self, *names: str, **more: Any) -> str:
        """A phrase of the site's book, with everything filled in."""
        found: Any = self.words
        for name in names:
            found = found[name]
        return self.fill(found if isinstance(found, str) else self.chance.pick(found), **more)

    def customer_says(self, name: str) -> str:
        """A phrase in the customer's own language."""
        return self.fill(self.chance.pick(phrases(self.language)["customer"][name]))

    def fill(self, text: str, **more: Any) -> str:
        return text.format_map({**self.slots, **more})

    def next(self, letter: str) -> str:
        """The next short id: a1, a2, …"""
        self.counts[letter] = self.counts.get(letter, 0) + 1
        return f"{letter}{self.counts[letter]}"

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def calendar(self) -> WorkCalendar:
        """Grave cases are worked on every day, the others when the site works."""
        return self.hours.duty if self.rank in (Rank.CRITICAL, Rank.MAJOR) else self.hours.office

    def after(self, least: float, most: float) -> datetime:
        """So many working minutes from now."""
        return add_working_seconds(self.calendar, self.now, int(self.chance.between(least, most) * 60))

    def towards(self, since: datetime, due: datetime, share: float) -> datetime:
        """When this share of the working time until then is used up; a share above 1 is too late."""
        allowed = working_seconds(self.calendar, since, due) if due > since else 0
        return add_working_seconds(self.calendar, since, max(900, int(allowed * share)))

    def promised(self, clause: str, since: datetime) -> datetime:
        """When the watcher will hold a promise of this case for due."""
        target = BY_NAME[clause].target(self.rank if self.graded else None)
        assert target is not None, "promised by default"
        pauses = [(began, ended) for wait, began, ended in self.pauses if wait in BY_NAME[clause].pauses]
        return due(self.hours.office, since, Target.parse(target), pauses).at

    def day(self, at: datetime) -> str:
        """The site's day, as commands name it."""
        return at.astimezone(self.site.tz).date().isoformat()

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def step(
        self, at: datetime, actor: Staff, service: str, command: str, *, happened: datetime | None = None,
        **body: Any,
    ) -> Step:  # fmt: skip
        """One more step. With `happened` it is recorded later than it took place, and says why."""
        number = self.counts["steps"] = self.counts.get("steps", 0) + 1
        if number > 1:
            at = max(at, self.now + MOMENT + timedelta(seconds=self.chance.number(0, 40)))
        self.now = at.replace(microsecond=0) + timedelta(milliseconds=self.chance.number(1, 999))
        said = {name: value for name, value in body.items() if value is not None}
        if happened is not None and self.received_at + SOONEST <= happened < self.now - timedelta(minutes=5):
            said |= {"occurred_at": happened.replace(microsecond=0), "backdate_reason": self.say("late")}
        door = RECEIVE if command == "receive" else path(service, command)
        self.graded = self.graded or command == "classify"
        return Step(self.now, self.key, number, actor.key, door, said)
