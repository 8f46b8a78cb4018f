"""The page that lays the five procedures side by side: what each makes of one and the same complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from services.demo.procedures import PROCEDURES
from services.demo.procedures import one_complaint as one
from services.sla_watch.clauses import CLAUSES, Clause
from services.sla_watch.due_times import due_time
from services.sla_watch.promises import promised
from services.sla_watch.published_calendars import published
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.grading import GradedAs, GradeFacts
from shared.events.labels import label
from shared.events.words import Category
from shared.kernel.fact import Actor, Event, Fact
from shared.policy.completeness import missing
from shared.policy.grading import facts_of, graded
from shared.policy.pack import ChainStep, GradeScheme, Guards, Pack, effective
from shared.policy.pack_check import lineage
from shared.policy.policies import Policy
from shared.policy.shipped import shipped

ZONE = ZoneInfo("Asia/Shanghai")
STARTS: dict[type[Event], datetime] = {
    events.Received: one.RECEIVED, events.Registered: one.REGISTERED, events.Classified: one.CLASSIFIED,
    events.Assigned: one.ASSIGNED,
}  # fmt: skip
"""What happens to the complaint at all five, and when."""
NOTHING = "–"
CHAINS = ("plan", "recall", "replacement", "customer_report", "handling_report", "charge", "close")


@dataclass(frozen=True)
class Company:
    """A company that goes by one pack, and what the complaint is there."""

    pack: Pack
    terse: Complaint
    whole: Complaint

    @property
    def facts(self) -> GradeFacts:
        """What the record says, and what whoever grades it adds."""
        return facts_of(self.whole, GradeFacts.model_validate(one.GRADED_BY["facts"]), currency=self.scheme.currency)

    @property
    def scheme(self) -> GradeScheme:
        """Its grades."""
        scheme = self.pack.grade_scheme
        assert scheme is not None
        return scheme

    @property
    def grade(self) -> GradedAs:
        """What its rules make of the complaint."""
        return graded(self.scheme, self.pack.meta.id, self.facts)

    @property
    def guards(self) -> Guards:
        """What it asks for besides."""
        return self.pack.guards or Guards()

    def holds(self, up_to: int | None) -> bool:
        """Whether a rule for the graver ranks holds for this one."""
        return int(self.grade.rank) <= (up_to or 0)


def companies() -> list[Company]:
    """The five, with the complaint as it was written and as it is once everything is known."""
    terse, whole = _known(one.TERSE, one.TERSE_FORM), _known(one.WHOLE, one.WHOLE_FORM)
    return [Company(effective(lineage(shipped()[str(each.site.pack)], shipped())), terse, whole) for each in PROCEDURES]


def _known(receipt: dict[str, object], form: dict[str, object]) -> Complaint:
    case = INITIAL
    for kind, said in ((events.Received, {"case_no": "1", **receipt}), (events.Registered, form)):
        event = TypeAdapter(kind).validate_json(TypeAdapter(dict[str, object]).dump_json(said))
        fact = Fact(1, "complaint-1", 1, event, STARTS[kind], STARTS[kind], "here", "", Actor("p-you"), "", "")
        case = fold(case, fact)
    return case


# ── what is told of each ──────────────────────────────────────────────────────────────────────────────────────────────
def _number(company: Company) -> str:
    return f"`{company.pack.numbering}`"


def lacks(company: Company) -> tuple[str, ...]:
    """What it asks back before the complaint stands on the form; a photograph counts as not yet there."""
    return missing(company.terse, company.pack.required_fields or (), ())


def _asked_back(company: Company) -> str:
    return ", ".join(f"`{field}`" for field in lacks(company)) or NOTHING


def _grade(company: Company) -> str:
    grade = company.grade
    level = company.scheme.level(grade.code)
    assert level is not None
    return f"**{grade.code}** {level.label.en}, rank {grade.rank}, by rule {grade.rule_id}"


def _goes_to(company: Company) -> str:
    routed = (company.pack.routing and company.pack.routing.departments) or {}
    return ", ".join(map(_said, routed.get(Category(one.CATEGORY), ()))) or "whoever assigns it says"


def _told_at_once(company: Company) -> str:
    routing = company.pack.routing
    if routing is None or company.grade.rank != "1":
        return NOTHING
    answer = f"answered for by {' and '.join(map(_said, routing.rank1_owner))}" if routing.rank1_owner else ""
    told = ", ".join(map(_said, routing.rank1_notify or ()))
    return "; ".join(each for each in (told, answer) if each) or NOTHING


def _voice(company: Company) -> str:
    return ", ".join(map(_said, company.pack.customer_voice or ()))


def _remedy(company: Company) -> str:
    offered = (company.pack.remedy_matrix or {}).get(company.grade.code, ())
    told = (f"{_said(each.kind)}{_how_much(each.amount_minor, each.currency)}" for each in offered)
    return ", ".join(told) or "negotiated"


def _how_much(minor: int | None, currency: str | None) -> str:
    return "" if minor is None else f" {minor // 100}.{minor % 100:02} {currency}"


def _methods(company: Company) -> str:
    return ", ".join("8D" if each == "8d" else label("en", each) for each in company.pack.methods or ())


def _eight(company: Company) -> str:
    return "yes" if company.holds(company.guards.min_8d_rank) else "no"


def _contained(company: Company) -> str:
    terms = (company.pack.clauses or {}).get("CL-CONT")
    least, most = (terms.min_measures, terms.max_measures) if terms else (None, None)
    if most is not None:
        return f"{least} to {most} measures"
    return "at least 1 measure" if company.holds(company.guards.containment_rank) else "not asked for"


def _plan(company: Company) -> str:
    guards = company.guards
    asked = ["a correction"]
    if company.holds(guards.preventive_rank):
        asked += ["a corrective and a preventive action"]
    elif company.holds(guards.min_capa_rank):
        asked += ["a corrective or preventive action"]
    if company.holds(guards.smart_rank):
        asked += ["resources and a metric for each"]
    if guards.milestones_after_days is not None:
        asked += [f"milestones after {guards.milestones_after_days} days"]
    return ", ".join(asked)


def _proof(company: Company) -> str:
    return "on a sample, before it is rolled out" if company.guards.require_pre_validation else "after completion"


def _before_closing(company: Company) -> str:
    asked: list[str] = []
    if company.guards.final_grade:
        asked.append("the final grade")
    if company.holds(company.guards.standards_updated_rank):
        asked.append("standards updated")
    if _promises(company, "CL-REPORT-FINAL"):
        asked.append("the 8D report" if company.holds(company.guards.min_8d_rank) else "the final report")
    if "handling_report" in (company.pack.approval_chains or {}):
        asked.append("the handling report, signed by all")
    return ", ".join(asked)


def _afterwards(company: Company) -> str:
    promises = (("CL-FOLLOWUP-30D", "a call after a month"), ("CL-CALLBACK-100", "a call to everybody concerned"))
    return ", ".join(told for clause, told in promises if _promises(company, clause)) or NOTHING


def _promises(company: Company, clause: str) -> bool:
    terms = (company.pack.clauses or {}).get(clause)
    return terms is not None and bool(terms.targets)


def _costs(company: Company) -> str:
    money = company.pack.money_rules
    return "by departments, in tiers" if money is not None and money.logistics_allocation else "by the company"


# ── signatures and promises ───────────────────────────────────────────────────────────────────────────────────────────
def _signatures(chain: str) -> Callable[[Company], str]:
    return lambda company: " → ".join(map(_signs, (company.pack.approval_chains or {}).get(chain, ()))) or NOTHING


def _signs(step: ChainStep) -> str:
    later = ", may sign later" if step.may_be_pending else ""
    paid = ", where money is paid" if step.when_compensation else ""
    return f"{_said(step.role)} ({label('en', step.meaning)}{later}{paid})"


def due(company: Company, clause: Clause) -> datetime | None:
    """When the promise is due for this complaint, kept by nobody so far; None where none is made."""
    start = STARTS.get(clause.starts[0].kind)
    if start is None:
        return None
    if clause.name == "quality_head_told" and company.grade.rank != "1":
        return None
    promise = promised(clause, Policy(company.pack, "as shipped"), company.grade.rank, company.grade.code)
    if promise is None or promise.target == "date":
        return None
    calendar = published("CN", None, ZONE.key, None, range(start.year - 1, start.year + 2))
    return due_time(promise.target, (), start, calendar).at


def clauses() -> list[Clause]:
    """The promises that one of the five makes for this complaint up to its assignment."""
    return [clause for clause in CLAUSES if any(due(company, clause) for company in companies())]


def _due(clause: Clause) -> Callable[[Company], str]:
    def told(company: Company) -> str:
        at = due(company, clause)
        return NOTHING if at is None else f"{at.astimezone(ZONE):%a %d %b %H:%M}"

    return told


def _said(code: str) -> str:
    return label("en", code)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────
Row = tuple[str, Callable[[Company], str]]


def parts() -> Iterator[tuple[str, Sequence[Row]]]:
    """Headings and rows, in the order in which a case meets them."""
    yield "What it is", (
        ("number", _number), ("asked back before it stands on the form", _asked_back), ("grade", _grade),
        ("department", _goes_to), ("who is told at once", _told_at_once), ("who speaks with the customer", _voice),
    )  # fmt: skip
    yield "When what is due", [(label("en", clause.name), _due(clause)) for clause in clauses()]
    yield "What is done", (
        ("offered by grade", _remedy), ("contained before the plan", _contained), ("causes found by", _methods),
        ("in eight disciplines", _eight), ("a plan holds", _plan), ("corrective actions are proved", _proof),
        ("before closing", _before_closing), ("before archiving", _afterwards), ("freight and loss are borne", _costs),
    )  # fmt: skip
    yield "Who signs, one after another", [(label("en", chain), _signatures(chain)) for chain in CHAINS]
