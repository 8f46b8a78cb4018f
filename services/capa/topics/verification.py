"""Verification: whether completed actions are effective, by criteria with data, and by somebody else (D6, G-VERIFY, G-SOD)."""

from collections.abc import Sequence

from services.capa.topics.asked import action_of, cites, guards_of
from shared.clocks.worktime import Target, due
from shared.complaint.state import Action, ActionStatus, Complaint
from shared.events import complaint as events
from shared.events.capa_words import Effect
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import rfc3339
from shared.policy.rules import Rules


class VerifyEffect(events.Verified, Command):
    """Judge whether completed actions are effective; never by anyone who planned, did or owns one of them (S1-46, S2-05)."""


VerificationCommand = VerifyEffect


def decide(complaint: Complaint, command: VerifyEffect, occasion: Occasion, rules: Rules) -> Decided:
    """The judgement, if it agrees with itself and with the policy."""
    actions = [action_of(complaint, id, ActionStatus.COMPLETED) for id in command.action_ids]
    for action in actions:
        # Ours (compare S1-46, S2-05): whoever did the work, planned it, or answers for it, does not verify it.
        if occasion.actor.id in {*action.doers, *action.planners, action.owner}:
            raise Refused(
                f"{occasion.actor.id} planned, did or owns action {action.action_id} and cannot verify it",
                rule="G-SOD",
                way_out="somebody else with the role quality_engineer or quality_head verifies it",
            )
    guards = guards_of(complaint, occasion, rules)
    cites(complaint, command.evidence, guards.evidence_per_cause or 0)
    _agrees_with_itself(command)
    if command.inconclusive:
        _looked_at_once_more(command, actions)
    elif command.effective:
        _measured(command, actions, by_policy=guards.evidence_per_cause is not None)
    if guards.min_soak is not None:
        _not_too_early(complaint, guards.min_soak, actions, occasion, rules)
    yield told(events.Verified, command)


def _agrees_with_itself(command: VerifyEffect) -> None:
    """The result is what `effective` says, and nothing is effective that misses one of its criteria (G-VERIFY)."""
    said = {Effect.EFFECTIVE: True, Effect.NOT_EFFECTIVE: False, Effect.INCONCLUSIVE: False}
    if command.result is not None and said[command.result] != command.effective:
        raise Invalid(
            f"{command.result} and effective={command.effective} do not agree", rule="G-VERIFY", field="result"
        )
    unmet = [criterion.metric for criterion in command.criteria if not criterion.met]
    if command.effective and unmet:
        raise Invalid(
            f"what misses a criterion is not effective: {', '.join(unmet)}", rule="G-VERIFY", field="criteria"
        )


def _looked_at_once_more(command: VerifyEffect, actions: Sequence[Action]) -> None:
    """What nobody can say yet is judged again on a day that is named, and only once (T17)."""
    if command.look_again is None:
        raise Invalid("say when it is judged again", rule="G-VERIFY", field="look_again")
    for action in actions:
        if action.inconclusive:
            raise Refused(
                f"{action.action_id} has been put off once already", rule="G-VERIFY", field="result",
                way_out="judge it effective or not effective",
            )  # fmt: skip


def _measured(command: VerifyEffect, actions: Sequence[Action], by_policy: bool) -> None:
    """Each action's own metric was measured; where a policy asks for evidence, so were some criteria (G-VERIFY)."""
    measured = {criterion.metric for criterion in command.criteria}
    for action in actions:
        if action.success_metric is not None and action.success_metric.kpi not in measured:
            raise Refused(
                f"{action.action_id} is to be judged by {action.success_metric.kpi!r}, which was not measured",
                rule="G-VERIFY",
                field="criteria",
                way_out="add a criterion with that metric, its target and what was found",
            )
    if by_policy and not command.criteria:
        raise Refused(
            "an effect is judged by criteria with target and data", rule="G-VERIFY", field="criteria",
            way_out="name at least one",
        )  # fmt: skip


def _not_too_early(
    complaint: Complaint, soak: str, actions: Sequence[Action], occasion: Occasion, rules: Rules
) -> None:
    """An effect shows only after some time: so long after completion nothing is judged (G-VERIFY)."""
    if soak == "PT0S":
        return
    calendar = rules.calendar(rules.site(complaint.site).calendar)
    for action in actions:
        if action.completed_at is None:
            continue
        earliest = due(calendar, action.completed_at, Target.parse(soak)).at
        if occasion.at < earliest:
            raise Refused(
                f"{action.action_id} is judged {soak} after its completion at the earliest", rule="G-VERIFY",
                way_out=f"from {rfc3339(earliest)} on",
            )  # fmt: skip
