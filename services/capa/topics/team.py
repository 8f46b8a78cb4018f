"""Form, team and problem: what stands before the search for the cause, and the thanks at the end (D1, D2, D8)."""

from typing import assert_never

from services.capa.topics.asked import guards_of, holds_for
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.capa_words import CapaType
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.policy.pack import Guards
from shared.policy.rules import Rules, must_know


class OpenCapa(events.CapaOpened, Command):
    """Say in which form the case is worked on; eight disciplines where the policy asks for them (S2-39, S4-86)."""


class FormTeam(events.TeamFormed, Command):
    """Name who works on it together and who leads; naming them anew replaces the team (D1)."""


class DescribeProblem(events.ProblemDescribed, Command):
    """Say what exactly the problem is, and what it is not (D2)."""


class RecogniseTeam(events.TeamRecognised, Command):
    """Thank the people who solved it (S4-44, D8)."""


TeamCommand = OpenCapa | FormTeam | DescribeProblem | RecogniseTeam


def decide(complaint: Complaint, command: TeamCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about team and problem."""
    match command:
        case OpenCapa():
            if command.capa_type != CapaType.EIGHT_D and asks_for_8d(complaint, guards_of(complaint, occasion, rules)):
                raise Refused(
                    "the policy asks for eight disciplines in a case of this grade", rule="G-8D", field="capa_type"
                )
            yield told(events.CapaOpened, command)
        case FormTeam():
            must_know(rules, command.leader, "leader")
            if command.champion is not None:
                must_know(rules, command.champion, "champion")
            for member in command.members:
                must_know(rules, member.person, "members")
            yield told(events.TeamFormed, command)
        case DescribeProblem():
            yield told(events.ProblemDescribed, command)
        case RecogniseTeam():
            for person in command.recognised:
                must_know(rules, person, "recognised")
            yield told(events.TeamRecognised, command)
        case _:
            assert_never(command)


def asks_for_8d(complaint: Complaint, guards: Guards) -> bool:
    """Whether the policy wants eight disciplines for a case of this grade (G-8D)."""
    return holds_for(complaint, guards.min_8d_rank)
