"""Must an authority be told, and has it been: by the regimes that the policy names (G-REG)."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.triage_words import ReportKind
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Code, Instant, Line, rfc3339
from shared.policy.pack import Pack
from shared.policy.rules import Rules

CLAUSE = "CL-REGREPORT"


class AssessReportability(Command):
    """Judge under which regimes the case has to be reported; under all others that the policy names it has not."""

    LEADS_TO: ClassVar = (events.ReportabilityAssessed,)

    regimes: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    category: Line | None = None
    awareness_at: Instant | None = None
    """Since when it is known, if not since the receipt."""
    rationale: CaseText


class SubmitAuthorityReport(events.AuthorityReportSubmitted, Command):
    """Record that an authority was told, with its receipt."""


ReportabilityCommand = AssessReportability | SubmitAuthorityReport


def decide(complaint: Complaint, command: ReportabilityCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case AssessReportability():
            yield from _assessed(complaint, command, occasion, rules)
        case SubmitAuthorityReport():
            if not complaint.reportability.assessed.get(command.regime):
                due = [regime for regime, due in complaint.reportability.assessed.items() if due]
                raise Refused(
                    f"the case does not have to be reported under {command.regime}", rule="G-REG", field="regime",
                    way_out=f"assess it first (assess-reportability); to be reported under: {', '.join(due) or 'none'}",
                )  # fmt: skip
            if command.kind != ReportKind.INITIAL and not complaint.reportability.reported.get(command.regime):
                raise Refused(
                    "the first report is the initial one", rule="G-REG", field="kind", way_out="submit it as initial"
                )
            yield told(events.AuthorityReportSubmitted, command)
        case _:
            assert_never(command)


def must_be_assessed(pack: Pack, complaint: Complaint) -> None:
    """Raises Refused before a case goes to work where the policy asks whether an authority must be told (G-REG)."""
    asked = pack.guards is not None and bool(pack.guards.reportability_required)
    if asked and not complaint.reportability.assessed:
        raise Refused(
            "nobody has judged yet whether an authority has to be told",
            rule="G-REG",
            way_out="judge it (assess-reportability)",
        )


def regimes_of(pack: Pack) -> tuple[str, ...]:
    """The regimes that the policy names; none where it has no such overlay."""
    terms = (pack.clauses or {}).get(CLAUSE)
    return tuple(terms.regimes) if terms is not None and terms.regimes is not None else ()


def _assessed(complaint: Complaint, command: AssessReportability, occasion: Occasion, rules: Rules) -> Decided:
    known = regimes_of(rules.policy(complaint.site, occasion.at).pack)
    for regime in command.regimes:
        if known and regime not in known:
            raise Invalid(
                f"{regime!r} is no regime of this site",
                rule="G-REG",
                field="regimes",
                way_out=f"regimes: {', '.join(known)}",
            )
    judged = known or tuple(dict.fromkeys(command.regimes))
    if not judged:
        raise Invalid(
            "the policy of this site names no regime, so name the one you mean", rule="G-REG", field="regimes",
            way_out="or lay an overlay over the policy that names them (overlay-meddev)",
        )  # fmt: skip
    aware = command.awareness_at or complaint.received_at
    assert aware is not None
    if aware > occasion.now:
        raise Invalid(f"lies in the future: it is {rfc3339(occasion.now)}", rule="G-TIME", field="awareness_at")
    for regime in judged:
        yield told(
            events.ReportabilityAssessed,
            command,
            regime=regime,
            reportable=regime in command.regimes,
            awareness_at=aware,
        )
