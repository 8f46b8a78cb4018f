"""What several topics ask: is the evidence there, how far is the action, does a rule of the policy hold for this grade."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from shared.complaint.state import Action, ActionStatus, Complaint
from shared.events.complaint import Ids
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.policy.pack import Guards, Pack
from shared.policy.promise_terms import ClauseTerms
from shared.policy.rules import Rules

NO_GUARDS = Guards()
NO_TERMS = ClauseTerms()


def pack_of(complaint: Complaint, occasion: Occasion, rules: Rules) -> Pack:
    """What the site of the case goes by."""
    return rules.policy(complaint.site, occasion.at).pack


def guards_of(complaint: Complaint, occasion: Occasion, rules: Rules) -> Guards:
    """The guards of that policy; nothing is asked for where it has none."""
    return pack_of(complaint, occasion, rules).guards or NO_GUARDS


def terms_of(pack: Pack, clause: str) -> ClauseTerms:
    """What a pack says of one promise; nothing where it makes none."""
    return (pack.clauses or {}).get(clause, NO_TERMS)


def holds_for(complaint: Complaint, up_to: int | None) -> bool:
    """Whether a rule for the graver ranks, up to one of them, holds for this case."""
    return complaint.rank is not None and int(complaint.rank) <= (up_to or 0)


def today_at(complaint: Complaint, occasion: Occasion, rules: Rules) -> date:
    """What day it is at the site of the case."""
    return occasion.at.astimezone(ZoneInfo(rules.site(complaint.site).zone)).date()


def cites(complaint: Complaint, evidence: Ids, least: int = 0) -> None:
    """Refuses evidence that is not there, and too little of it (G-EVID)."""
    for id in evidence:
        if id not in complaint.evidence:
            known = ", ".join(complaint.evidence) or "none"
            raise Invalid(f"there is no evidence {id!r}", rule="G-EVID", field="evidence", way_out=f"evidence: {known}")
    if len(set(evidence)) < least:
        raise Refused(
            f"this needs at least {least} {'piece' if least == 1 else 'pieces'} of evidence",
            rule="G-EVID",
            field="evidence",
            way_out="attach evidence first (attach-evidence), then name it",
        )


def action_of(complaint: Complaint, action_id: str, *wanted: ActionStatus) -> Action:
    """An action of the present cycle that is as far as is wanted (G-ACTION)."""
    action = complaint.actions.get(action_id)
    if action is None or action.cycle != complaint.cycle:
        known = ", ".join(action.action_id for action in complaint.actions_of_cycle()) or "none"
        raise Invalid(
            f"there is no action {action_id!r}", rule="G-ACTION", field="action_id", way_out=f"actions: {known}"
        )
    if action.status not in wanted:
        told = " or ".join(wanted)
        raise Refused(f"action {action_id} is {action.status}, not {told}", rule="G-ACTION", field="action_id")
    return action


def no_more_bad_than_checked(bad: int | None, checked: int | None, field: str) -> None:
    """Of so many pieces, at most so many are bad."""
    if bad is not None and checked is not None and bad > checked:
        raise Invalid(f"{bad} of {checked} cannot be right", rule="G-QUANTITY", field=field)
