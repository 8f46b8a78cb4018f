"""What CAPA decides; each topic stands in a module of its own, this one lists them and holds what is beside the main way."""

from services.capa.topics import (
    cause,
    closing,
    containment,
    investigation,
    money,
    plan,
    prevention,
    report,
    team,
    verification,
    waiting,
    work,
)
from services.capa.topics.cause import CauseCommand, RecordRootCause
from services.capa.topics.closing import Archive, Close, ClosingCommand, Reopen
from services.capa.topics.containment import ContainmentCommand, DefineContainment
from services.capa.topics.investigation import InvestigationCommand, StartInvestigation
from services.capa.topics.plan import ApproveActionPlan, PlanAction, PlanCommand, ReturnActionPlan, SubmitActionPlan
from services.capa.topics.prevention import PreventionCommand
from services.capa.topics.report import ReportCommand
from services.capa.topics.team import TeamCommand
from services.capa.topics.verification import VerificationCommand, VerifyEffect
from services.capa.topics.waiting import WaitingCommand
from services.capa.topics.work import CompleteAction, ReportActionProgress, WorkCommand
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.kernel.command import Command, Decided, Topics
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.policy.rules import Rules


class SignResponsibility(events.ResponsibilitySigned, Command):
    """Sign for the responsible department, if need be after closure (S2-29)."""


def decide(complaint: Complaint, command: SignResponsibility, occasion: Occasion, rules: Rules) -> Decided:
    """The signature."""
    yield told(events.ResponsibilitySigned, command)


CapaCommand = (
    TeamCommand | ContainmentCommand | InvestigationCommand | CauseCommand | PlanCommand | WorkCommand
    | VerificationCommand | PreventionCommand | ReportCommand | ClosingCommand | SignResponsibility
)  # fmt: skip
"""The work on a case, without its money."""

TOPICS: Topics = (
    (TeamCommand, team.decide),
    (ContainmentCommand, containment.decide),
    (InvestigationCommand, investigation.decide),
    (CauseCommand, cause.decide),
    (PlanCommand, plan.decide),
    (WorkCommand, work.decide),
    (VerificationCommand, verification.decide),
    (PreventionCommand, prevention.decide),
    (WaitingCommand, waiting.decide),
    (ReportCommand, report.decide),
    (ClosingCommand, closing.decide),
    (SignResponsibility, decide),
    (money.MoneyCommand, money.decide),
)
"""Everything that capa decides, in the order in which a case comes to it."""

__all__ = [
    "TOPICS", "ApproveActionPlan", "Archive", "CapaCommand", "Close", "CompleteAction", "DefineContainment",
    "PlanAction", "RecordRootCause", "Reopen", "ReportActionProgress", "ReturnActionPlan", "SignResponsibility",
    "StartInvestigation", "SubmitActionPlan", "VerifyEffect",
]  # fmt: skip
