"""Long forms show first what is usual and what the site's procedure asks for; the rest is one click away, and never lost."""

from __future__ import annotations

from services.console.choices import Situation
from services.console.forms import LONG, Form, Wrong, form, fresh, shown
from services.console.typed import new_row
from services.intake.domain import ReceiveComplaint, Register
from services.triage.domain import Classify
from shared.complaint.state import Stage
from shared.kernel.command import Command
from shared.policy.pack import Pack
from tests.facts import Story
from tests.policies import policy

WORDS = {"none": "–", "choose": "please choose", "not_known": "not known", "new_one": "a new one"}


def made(
    command: type[Command], pack: Pack | None = None, errors: dict[str, list[Wrong]] | None = None, **typed: object
) -> Form:
    situation = Situation(
        "en", pack=pack, case=Story().goes_to(Stage.RECEIVED).case if command is not ReceiveComplaint else None
    )
    return form(command, situation, {**fresh(command, situation, {}), **typed}, WORDS, errors)  # pyright: ignore[reportArgumentType]


def aside(found: Form) -> set[str]:
    return {one.path for one in found.fields if one.aside}


def test_what_is_neither_usual_nor_asked_for_is_folded_away():
    found = aside(made(Register))
    assert {"udi", "contract_ref", "downtime_minutes"} <= found
    assert not found & {"symptom", "frequency", "lot_no", "failure_date", "not_available"}
    assert "customer_name" not in aside(made(ReceiveComplaint))


def test_what_the_policy_asks_for_is_marked_and_stays():
    found = made(Register, policy("pack-s1").pack)
    wanted = {one.path for one in found.fields if one.wanted}
    assert wanted == {"lot_no", "order_no", "purchase_date", "scenario"} and found.wanted
    assert not wanted & aside(found)
    assert not made(Register).wanted
    s0 = made(Register, policy("pack-s0").pack)
    assert next(one for one in s0.fields if one.path == "failure_date").wanted, "by its name in the record"


def test_what_was_typed_or_is_wrong_is_never_folded_away():
    assert "udi" not in aside(made(Register, udi="0123"))
    assert "udi" not in aside(made(Register, errors={"udi": [Wrong("wrong")]}))
    assert "defects" not in aside(
        made(Register, defects=[new_row(next(each for each in shown(Register) if each.name == "defects"))])
    ), "a new row"


def test_short_forms_show_everything():
    assert sum(not shape.required for shape in shown(Classify)) <= LONG
    assert not aside(made(Classify))


def test_of_the_facts_of_grading_those_come_first_by_which_the_policy_grades():
    def facts(pack: Pack | None) -> set[str]:
        group = next(one for one in made(Classify, pack).fields if one.path == "facts")
        return {part.path.removeprefix("facts.") for part in group.parts if not part.aside}

    assert facts(policy("pack-s0").pack) == {
        "safety_hazard", "downtime", "same_lot_failed_units", "recurrences_90d", "main_function_lost", "units_affected",
    }  # fmt: skip
    assert len(facts(None)) > 15, "where nothing is said of grades, nothing is said to be more than the rest"
    assert {"case_kind", "core_business_interrupted"} <= facts(policy("pack-s3").pack), "the second scheme asks too"
