"""Who is told of what, as a policy pack says it: event → whom, in which words, at what hours (domain §4.5.2, end).

Which roles hear of a graver case, which of an assignment, is a company's own procedure (S0-23, S3-14, S4-67), so none of it
stands in code. What a notice may say is fixed here: its words never hold free text about a case, only what PLACES lists.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.events.catalogue import CATALOGUE
from shared.events.organisation import Role
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, Line

OF_THE_CASE = ("case_owner", "first_responsible", "action_owner", "responsible_person", "delegate")
OF_THE_EVENT = ("next_signer", "escalated_to", "departments", "rank1_notify", "receiving_site")
CUSTOMER = "customer"
PLACES = (
    "case_no", "site", "product", "lot", "customer", "grade", "rank", "category", "department", "stage", "owner", "actor",
    "clock", "due", "level", "role", "action", "promised", "hours",
)  # fmt: skip
"""What a text may name in braces. The customer's name is masked; descriptions, comments and causes are not among them."""
PLACE = re.compile(r"\{([^{}]*)\}")
EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind for topic, kind in CATALOGUE.items() if topic.partition(".")[0] in ("complaint", "clocks")
}
"""The events that somebody may be told of: those of a case and of its clocks."""


def _whom(text: str) -> str:
    if text not in (*OF_THE_CASE, *OF_THE_EVENT, CUSTOMER, *Role):
        raise ValueError(f"nobody is called {text!r}")
    return text


Whom = Annotated[str, AfterValidator(_whom)]
RankName = Literal["rank1", "rank2", "rank3", "rank4", "other"]


class _Section(BaseModel):
    """Strictly read, like every section of a pack."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class NoticeRule(_Section):
    """One notice that an event leads to."""

    to: Annotated[tuple[Whom, ...], Field(min_length=1, max_length=12)]
    """Roles at the case's site, or whoever it is in this case: `case_owner`, `next_signer`, `departments` …"""
    otherwise: Annotated[tuple[Whom, ...], Field(max_length=12)] = ()
    """Told when nobody of `to` can be named."""
    template: Code
    up_to_rank: Annotated[int, Field(ge=1, le=4)] | None = None
    """Only in cases of this rank and graver ones; left out, in all, also in those not graded yet."""
    at_once: bool = False
    """Whatever the hour (S0-23)."""
    needs: Code | None = None
    """Only when the event says something in this field."""
    chain: Code | None = None
    """For `next_signer`: the approval chain that begins with this event."""


class NoticeText(_Section):
    """One language's words. `{case_no}` and the like are filled in; see PLACES."""

    title: Line
    text: Annotated[str, Field(min_length=1, max_length=2_000)]


class NoticeTexts(_Section):
    """The words in both languages."""

    en: NoticeText
    zh: NoticeText


class Notifications(_Section):
    """Who is told of what. A pack that says nothing goes by what ships with Casetrail (pack-base)."""

    enabled: bool | None = None
    """False: nobody at the site is told anything."""
    hours: dict[RankName, Literal["always", "business"]] | None = None
    """When a notice may go out, by rank; `business` is the working time of the site's calendar. No deadline moves by it."""
    customer_messages: bool | None = None
    """Whether customers are written to at all (S1-25). Off unless a company says so."""
    departments: dict[Department, Annotated[tuple[Whom, ...], Field(max_length=6)]] | None = None
    """The roles in which the people of a department are reached."""
    events: dict[str, Annotated[tuple[NoticeRule, ...], Field(max_length=12)]] | None = None
    """By the name of the event, for example Assigned; an empty list takes back what a pack below says."""
    templates: dict[Code, NoticeTexts] | None = None
    """A company's own words, also in place of those that ship with Casetrail."""

    def goes_out_at_once(self, rank: str | None, rule: NoticeRule) -> bool:
        """Whether a notice of a case of this rank waits for no working hours."""
        hours: dict[Any, str] = dict(self.hours or {})
        said = hours.get(f"rank{rank}", hours.get("other", "business"))
        return rule.at_once or said == "always"


def faults(
    said: Notifications, known: Notifications, shipped: frozenset[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with a pack's own section, given the whole it belongs to and the texts that ship with Casetrail."""
    texts = shipped | (known.templates or {}).keys()
    for name, rules in (said.events or {}).items():
        at = ("notifications", "events", name)
        event = EVENTS.get(name)
        if event is None:
            yield at, f"there is no event {name!r} of a case or its clocks"
            continue
        for number, rule in enumerate(rules):
            if rule.template not in texts:
                yield (
                    (*at, number, "template"),
                    f"there is no text {rule.template!r}; there are {', '.join(sorted(texts))}",
                )
            if rule.needs is not None and rule.needs not in event.model_fields:
                yield (*at, number, "needs"), f"{name} has no field {rule.needs!r}"
            if CUSTOMER in rule.to and len(rule.to) > 1:
                yield (*at, number, "to"), "what a customer is told is a rule of its own"
    for code, both in (said.templates or {}).items():
        for language, text in (("en", both.en), ("zh", both.zh)):
            for place in PLACE.findall(f"{text.title} {text.text}"):
                if place not in PLACES:
                    yield (
                        ("notifications", "templates", code, language),
                        f"nothing is known as {{{place}}}; there are {', '.join(PLACES)}",
                    )
