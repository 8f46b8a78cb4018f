"""Events told to people as sentences."""

from shared.events import complaint as e
from shared.events.sentences import sentence


def test_a_sentence_does_not_end_with_what_nobody_said():
    approved = e.ActionPlanApproved(plan_version=1)
    assert sentence(approved, "en") == "Action plan 1 approved"
    assert sentence(approved, "zh") == "批准措施计划第1版"
    assert sentence(approved.model_copy(update={"comment": "go"}), "en") == "Action plan 1 approved: go"
