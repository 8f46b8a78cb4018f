"""How pages tell things: in the reader's language, in the site's zone, with names instead of ids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from services.console.drawings.lanes import is_late
from services.console.offered import doors_of
from services.console.texts import TEXTS, text
from services.console.views import Views
from services.sla_watch.case_clocks import warned
from shared.clocks import told
from shared.clocks.state import Clock
from shared.events import clocks as clock_events
from shared.events import complaint as events
from shared.events.guard import GuardRefused
from shared.events.labels import clock_label, command_label, field_label, label
from shared.events.lengths import lasts
from shared.events.sentences import sentence
from shared.kernel.fact import Event, Fact
from shared.kernel.personal import Employee, Erased
from shared.kernel.say import ERASED
from shared.kernel.values import rfc3339

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
_INSTANT = {"en": "%d %b %Y %H:%M", "zh": "%Y-%m-%d %H:%M"}
_DAY = {"en": "%d %b %Y", "zh": "%Y-%m-%d"}
_SHORT_DAY = {"en": "%d %b", "zh": "%m-%d"}

_ERASED = str(Erased[Employee]())
"""As read models of lists tell it; `Erased` itself reads the same."""

_TONES: dict[str, tuple[type[Event], ...]] = {
    "bad": (clock_events.Breached, clock_events.Escalated, events.Reopened),
    "warn": (GuardRefused, clock_events.WarningIssued, clock_events.ClockPaused, events.ActionPlanReturned),
    "good": (clock_events.BreachExcused, clock_events.EscalationAcknowledged, events.Closed),
}

MARKS = ("user", "moment", "stage_badge", "grade_badge", "clock_badge", "provisional_badge", "options", "unlisted")


@cache
def templates() -> Environment:
    """The templates of all pages."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # with the first page, not with the start

    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


class Telling:
    """One reader, one moment. Everything here is a function of the templates."""

    def __init__(self, views: Views, language: str, now: datetime) -> None:
        self.views, self.language, self.now = views, language, now
        self.sites = {site.code: site for site in views.sites()}
        self._names: dict[str, str] = {}
        self._sentences: dict[int, str] = {}

    def rendered(self, template: str, **values: Any) -> str:
        """A page or a part of one."""
        return templates().get_template(template).render({**self._words, **values})

    @cached_property
    def _words(self) -> Mapping[str, Any]:
        """What every template may use: our functions, and the macros of `marks.html` made with them."""
        told = (
            "name", "sentence", "shown", "instant", "day", "short_day", "lasts", "due", "allowed", "counted", "counted_by",
            "promiser", "policy_title", "warns", "size", "tone", "t", "label", "clock_label", "rank_label", "site_title",
            "command_label", "field_label", "duty_label",
        )  # fmt: skip
        words: dict[str, Any] = {
            **{name: getattr(self, name) for name in told},
            "language": self.language, "now": self.now, "rfc3339": rfc3339, "is_late": is_late, "zone_of": self.zone,
        }  # fmt: skip
        marks = templates().get_template("marks.html").make_module(words)
        return {**words, **{name: getattr(marks, name) for name in MARKS}}

    # ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def t(self, key: str, **values: object) -> str:
        """A text of the pages."""
        return text(self.language, key, **values)

    def label(self, code: str | None) -> str:
        """What a code is called."""
        return label(self.language, code or "")

    def duty_label(self, duty: str) -> str:
        """What a kind of duty is called; one that has no name of its own, as the command that does it."""
        key = f"duty_{duty}"
        return self.t(key) if key in TEXTS["en"] else self.command_label(doors_of(duty)[0])

    def command_label(self, door: str) -> str:
        """What a command is called."""
        return command_label(self.language, door)

    def field_label(self, name: str) -> str:
        """What a field is called."""
        return field_label(self.language, name)

    def clock_label(self, clock_id: str) -> str:
        """What a clock is called."""
        return clock_label(self.language, clock_id)

    def rank_label(self, rank: str) -> str:
        """What a rank is called on its own."""
        return label(self.language, f"rank_{rank}")

    def name(self, person: str) -> str:
        """A person's name; a service's label. Asked once for each page, however often it stands there."""
        if person not in self._names:
            self._names[person] = self._name(person)
        return self._names[person]

    def _name(self, person: str) -> str:
        named = self.views.name(person)
        if named == person and person.startswith("s-"):
            return label(self.language, person.removeprefix("s-").replace("-", "_"))
        return ERASED[self.language] if named == _ERASED else named

    def shown(self, value: object) -> str:
        """A text that may be missing or erased."""
        if value is None or value == "":
            return "–"
        return ERASED[self.language] if str(value) == _ERASED else str(value)

    def sentence(self, fact: Fact[Any], zone: str) -> str:
        """The fact's sentence. Asked once for each page, however often it stands there."""
        if fact.position not in self._sentences:
            self._sentences[fact.position] = sentence(fact.event, self.language, zone=zone, namer=self.name)
        return self._sentences[fact.position]

    def tone(self, fact: Fact[Any]) -> str:
        """Whether a fact is good or bad news, a warning, or plain."""
        match fact.event:
            case events.Verified(effective=effective):
                return "good" if effective else "bad"
            case clock_events.Met(margin_s=margin):
                return "good" if margin >= 0 else "warn"
            case events.FollowUpCompleted(product_ok=False):
                return "bad"
            case event:
                return next((tone for tone, kinds in _TONES.items() if isinstance(event, kinds)), "plain")

    def site_title(self, code: str) -> str:
        """A site's title; its code when nobody opened it."""
        return self.sites[code].title if code in self.sites else code

    # ── times ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def zone(self, site: str) -> str:
        """The zone of a site."""
        return self.sites[site].zone if site in self.sites else "UTC"

    def instant(self, at: datetime, zone: str) -> str:
        """Date and time in the zone."""
        return at.astimezone(ZoneInfo(zone)).strftime(_INSTANT[self.language])

    def day(self, day: date) -> str:
        """A date."""
        return day.strftime(_DAY[self.language])

    def short_day(self, at: datetime, zone: str) -> str:
        """A date without its year."""
        return at.astimezone(ZoneInfo(zone)).strftime(_SHORT_DAY[self.language])

    def lasts(self, length: timedelta) -> str:
        """A length in its two largest units."""
        return lasts(self.language, length)

    def due(self, at: datetime, now: datetime | None = None) -> str:
        """How long is left, or how late it is."""
        left = at - (now or self.now)
        return (
            self.t("late_by", length=self.lasts(-left))
            if left < timedelta(0)
            else self.t("in", length=self.lasts(left))
        )

    def allowed(self, target: str) -> str:
        """A target in words."""
        return told.allowed(target, self.language)

    def counted_by(self, rule: str) -> str:
        """Why a day counted towards a due date, or did not."""
        return told.rule(rule, self.language)

    def counted(self, rule: str, n: int | None) -> str:
        """The count so far, or how long was counted."""
        return told.counted(rule, n, self.language)

    def warns(self, clock: Clock) -> list[str]:
        """When it warns, and reminds."""
        reminders = (told.reminds(one, self.language) for one in clock.reminders)
        return [*(told.warns(one, self.language) for one in warned(clock)), *reminders]

    def promiser(self, source: str) -> str:
        """By which procedure, contract or person something is promised; the paragraph of a source reads as itself."""
        pack, _, clause = source.partition(" ")
        if clause and pack in self._packs:
            return self._packs[pack]
        if source == "the customer":
            return self.t("customer")
        return self.t("contract_n", n=clause) if pack == "contract" and clause else source

    def policy_title(self, policy: str) -> str:
        """What a site goes by: the title of its pack; the reference where the pack is not known."""
        return self._packs.get(policy.partition("@")[0], policy)

    @cached_property
    def _packs(self) -> Mapping[str, str]:
        """What published policy packs are called."""
        return {pack.meta.id: getattr(pack.meta.title, self.language) for pack in self.views.packs()}

    def size(self, count: int) -> str:
        """A number of bytes."""
        for unit in ("B", "kB", "MB"):
            if count < 1000:
                return f"{count:.0f} {unit}"
            count //= 1000
        return f"{count} GB"
