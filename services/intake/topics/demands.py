"""What the customer asks for, and what customer or contract put in place of a promise of the procedure."""

from datetime import date
from typing import assert_never

from shared.clocks.worktime import Target
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.words import Demand
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.rules import Rules


class RecordCustomerDemand(events.CustomerDemandRecorded, Command):
    """Record one thing that the customer asks for: how much of it, by when, on whose form (S1-12, S2-17)."""

    demand_id: LocalId = NEXT


class RecordCustomerRequirement(events.CustomerRequirementRecorded, Command):
    """Record that the customer wants an answer of another kind or by another time than we promise (S2-32)."""

    term_id: LocalId = NEXT


class RecordContractTerms(events.ContractTermsRecorded, Command):
    """Record what the contract with this customer puts in place of a promise of ours (S4-72)."""

    term_id: LocalId = NEXT


DemandCommand = RecordCustomerDemand | RecordCustomerRequirement | RecordContractTerms


def decide_demands(complaint: Complaint, command: DemandCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands."""
    match command:
        case RecordCustomerDemand():
            if command.kind == Demand.NONE_STATED:
                raise Invalid(
                    "nothing is asked for", rule="G-DEMAND", field="kind", way_out="say so on the form (register)"
                )
            id = free(command.demand_id, "d", complaint.demanded.items, "demand_id")
            yield told(events.CustomerDemandRecorded, command, demand_id=id)
        case RecordCustomerRequirement():
            _must_be_a_term(complaint, command.clause, command.due, command.target, occasion, rules)
            yield told(events.CustomerRequirementRecorded, command, term_id=_free(complaint, command.term_id))
        case RecordContractTerms():
            _must_be_a_term(complaint, command.clause, command.due, command.target, occasion, rules)
            yield told(events.ContractTermsRecorded, command, term_id=_free(complaint, command.term_id))
        case _:
            assert_never(command)


def _free(complaint: Complaint, wanted: str) -> str:
    return free(wanted, "t", complaint.demanded.terms, "term_id")


def _must_be_a_term(
    complaint: Complaint, clause: str | None, due: date | None, target: str | None, occasion: Occasion, rules: Rules
) -> None:
    """A clause there is, with a day or a length of time instead of its own; what the law asks for gives way to nobody."""
    if clause is None:
        if due is not None or target is not None:
            raise Invalid(
                "say which promise this replaces", rule="G-TERM", field="clause", way_out="for example CL-PLAN"
            )
        return
    if clause not in CLAUSE_NAMES:
        raise Invalid(
            f"there is no clause {clause}", rule="G-TERM", field="clause", way_out=f"clauses: {', '.join(CLAUSE_NAMES)}"
        )
    if (due is None) == (target is None):
        raise Invalid("either a day or a length of time takes its place", rule="G-TERM", field="due")
    if target is not None:
        try:
            Target.parse(target)
        except ValueError as error:
            raise Invalid(str(error), rule="G-TERM", field="target", way_out="for example PT12H, wd2, cd5") from None
    terms = (rules.policy(complaint.site, occasion.at).pack.clauses or {}).get(clause)
    if terms is not None and terms.never_pause:
        raise Refused(
            f"{clause} is asked for by law and gives way to no contract", rule="G-TERM", field="clause",
            way_out="record the wish without a clause",
        )  # fmt: skip
