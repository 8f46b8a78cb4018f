"""What a pack says of promises about time: how long, when to warn, who is told, what moves them (domain §4.5, §4.7)."""

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.clocks.lead import WarnAt, lead
from shared.clocks.worktime import Target
from shared.events.organisation import Role
from shared.kernel.values import Code, Line

CASE_ROLES = ("case_owner", "first_responsible", "responsible_person", "action_owner", "delegate", "next_level")
"""Whoever it is in the case at hand, beside the roles that are granted."""
RECURRING = ("weekly", "weekly_monday", "weekly_friday", "monthly", "quarterly", "close_of_business")
NAMED = ("immediate", "date", "as_told", *RECURRING)
"""Targets that are no length: an alarm, an agreed day, what was promised, and the duties that come again."""


class Section(BaseModel):
    """Strictly read; an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _target(text: str) -> str:
    if text not in NAMED:
        Target.parse(text)
    return text


def _warning(said: WarnAt) -> WarnAt:
    text = str(said)
    if re.fullmatch(r"-?[0-9]+%?", text) is None:
        lead(text)
        return said
    if not 1 <= int(text.rstrip("%")) <= 99:
        raise ValueError(f"{text} is no share of the allowed time; it lies between 1% and 99%")
    return said if text.endswith("%") else int(text)


def _role(text: str) -> str:
    if text not in (*CASE_ROLES, *Role):
        raise ValueError(f"there is no role {text!r}")
    return text


TargetText = Annotated[str, AfterValidator(_target)]
Warned = Annotated[WarnAt, AfterValidator(_warning)]
RoleName = Annotated[str, AfterValidator(_role)]
ByRank: TypeAlias = dict[Literal["rank1", "rank2", "rank3", "rank4", "other"], TargetText]


class Both(Section):
    """A text in both languages."""

    en: Line
    zh: Line


class ClauseTerms(Section):
    """What a pack says of one promise about time (domain §4.5.2)."""

    targets: Annotated[dict[str, TargetText], Field(min_length=1)] | None = None
    """By grade code, rank (`rank1`), `other`, or `all`; by regime where there are `regimes`."""
    regimes: Annotated[dict[Code, Both], Field(min_length=1)] | None = None
    """Several laws that ask for the same, each with a target of its own; which apply is decided in the case, not by grade."""
    starts_at: Literal["occurrence", "awareness", "receipt"] | None = None
    stops_at: dict[str, Line] | str | None = None
    """The one event that keeps it, for all or by grade; without it, the first of those in domain §4.5.2."""
    calendar: Literal["biz", "24x7"] | None = None
    """What a bare PT4H is counted in; where it is not said, working time for CL-FWD and CL-TRIAGE, plain time for the others."""
    never_pause: bool = False
    warn: tuple[Warned, ...] | None = None
    """When to warn: at a share of the allowed time (`80%`, or just 80), or so long before it is over (`wd1`, `cd7`, `PT15M`)."""
    ladder: Literal["A", "B", "C", "D", "E"] | None = None
    reminders: tuple[TargetText, ...] = ()
    override_by: Literal["customer_requirement", "contract"] | None = None
    requires: tuple[Code, ...] = ()
    content: tuple[Code, ...] = ()
    hard_max: TargetText | None = None
    sampling_pct: Annotated[int, Field(ge=1, le=100)] | None = None
    min_measures: Annotated[int, Field(ge=0, le=20)] | None = None
    max_measures: Annotated[int, Field(ge=1, le=20)] | None = None
    by_role: RoleName | None = None
    chair: RoleName | None = None
    attendees: tuple[RoleName, ...] = ()
    report: Code | None = None

    @property
    def warnings(self) -> tuple[WarnAt, ...] | None:
        """When to warn, shares as numbers; None where the pack does not say."""
        if self.warn is None:
            return None
        return tuple(int(one[:-1]) if isinstance(one, str) and one.endswith("%") else one for one in self.warn)


class Rung(Section):
    """One step of a ladder: at a share of the allowed time, or so long after the breach."""

    to: RoleName
    at: Annotated[str, Field(pattern=r"^\d{1,3}%$")] | None = None
    after: TargetText | ByRank | None = None
    level: Annotated[int, Field(ge=1, le=9)] | None = None


class Rebase(Section):
    """What happens to running promises when something under them changes (domain §4.5.3)."""

    regrade: Literal["original_start", "change_time", "keep"] | None = None
    regrade_floor: TargetText | None = None
    reopen: Literal["new_cycle", "resume", "ignore"] | None = None
    merge: Literal["earliest_and_strictest", "keep"] | None = None
    policy: Literal["pin", "migrate"] | None = None
    calendar: Literal["open_timers_only", "none"] | None = None


class Times(Section):
    """How words of time are read (domain §1.10)."""

    immediate: ByRank | None = None
    half_day: Literal["next_block"] | None = None
    escalation_answer: ByRank | None = None
    """How long somebody has to take on a breach that reached him."""
    max_pause: TargetText | None = None
    pause_day_rule: Literal["exact", "whole_days"] | None = None
