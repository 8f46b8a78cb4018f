"""`key=value` becomes what the command's types say; what does not fit is named with its field and the way out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.capa.domain import PlanAction, RecordRootCause, VerifyEffect
from services.capa.topics.money import RecordCost
from services.cli.values import body_of, kind_of
from services.intake.domain import AttachEvidence, ReceiveComplaint, Register, RequestInformation
from services.triage.domain import Assign
from services.triage.topics.related import Merge
from shared.kernel.command import Command
from shared.kernel.errors import Invalid
from shared.runtime.clock import wall

ANA = "p-ana"
SURVIVOR = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"


class House:
    """Knows Ana, one case, and stores whatever it is given."""

    def person(self, name: str) -> str:
        return {"Ana": ANA, ANA: ANA}[name]

    def case(self, number: str) -> str:
        return {"SZ-2026-00001": SURVIVOR}[number]

    def file(self, path: str) -> dict[str, Any]:
        return {"sha256": "0" * 64, "bytes": 3, "media_type": "image/jpeg", "name": path}


def body(command: type[Command], *words: str, **given: Any) -> dict[str, Any]:
    return body_of(command, words, given, House())


def refused(command: type[Command], *words: str, **given: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        body(command, *words, **given)
    return caught.value


REGISTER = ("symptom=Screen is garbled after ten minutes", "frequency=always", "extent=lot", "product_model=ABC-2000")
CAUSE = ("direct_cause=solder bridge", "root_cause=worn stencil", "method=five_why")


def test_texts_codes_and_yes_or_no():
    made = body(
        ReceiveComplaint, "site=sz", "channel=telephone", "description=Screen a=b, garbled", "safety_hazard=yes"
    )
    assert made == {"site": "sz", "channel": "telephone", "description": "Screen a=b, garbled", "safety_hazard": True}


def test_keys_may_be_written_with_hyphens():
    assert body(Register, *REGISTER, "demands=repair", "quantity-defective=7")["quantity_defective"] == 7


def test_codes_and_lines_are_parted_at_commas():
    made = body(Register, *REGISTER, "demands=repair, compensation", "serial_nos=A1,A2")
    assert (made["demands"], made["serial_nos"]) == (["repair", "compensation"], ["A1", "A2"])


@pytest.mark.parametrize(("text", "days"), [("+14d", 14), ("+2w", 14), ("+0d", 0)])
def test_a_day_may_be_counted_from_today(text: str, days: int):
    earliest = wall().astimezone().date()
    due = body(PlanAction, "kind=corrective", "content=x", "owner=Ana", f"due={text}", "measure_of_success=y")["due"]
    assert earliest + timedelta(days) <= date.fromisoformat(due) <= wall().astimezone().date() + timedelta(days)


def test_a_repeated_key_makes_a_list_and_then_commas_stay():
    made = body(Register, *REGISTER, "demands=repair", "serial_nos=A,1", "serial_nos=A2")
    assert made["serial_nos"] == ["A,1", "A2"]


def test_a_comma_in_prose_is_a_comma():
    made = body(RequestInformation, "asked_of=customer", "items=a photo of the label, please")
    assert made["items"] == ["a photo of the label, please"]


def test_nested_values_are_json():
    made = body(RecordRootCause, *CAUSE, 'five_whys:=[{"why": "garbled", "because": "bridge"}]')
    assert made["five_whys"] == [{"why": "garbled", "because": "bridge"}]
    criterion = 'criteria={"metric": "leaks", "target": "0", "actual": "3", "met": false}'
    made = body(VerifyEffect, "action_ids=a1", "effective=no", "method=audit", criterion)
    assert made["criteria"][0]["met"] is False


def test_people_by_name_cases_by_number_files_by_path():
    assert body(Assign, "owner=Ana", "department=quality")["owner"] == ANA
    assert body(Merge, "survivor=SZ-2026-00001", "reason=same lot")["survivor"] == SURVIVOR
    assert body(AttachEvidence, "kind=photo", "file=@screen.jpg")["file"]["name"] == "screen.jpg"


@pytest.mark.parametrize("text", ["500 CNY", "500.00 CNY", "CNY 500", "cny 500.0"])
def test_money_with_its_currency(text: str):
    assert body(RecordCost, "kind=freight", f"amount={text}")["amount"] == {"minor": 50_000, "currency": "CNY"}


@pytest.mark.parametrize("text", ["500", "CNY", "5.001 CNY", "NaN CNY", "Infinity CNY", ""])
def test_money_that_is_none(text: str):
    assert refused(RecordCost, "kind=freight", f"amount={text}").field == "amount"


def test_words_are_laid_over_the_json_that_was_given():
    made = body(Assign, "owner=Ana", department="rnd", owner="p-somebody")
    assert made == {"owner": ANA, "department": "rnd"}


def test_an_unknown_field_is_named_with_the_one_that_was_meant():
    problem = refused(Assign, "ownr=Ana")
    assert problem.field == "ownr"
    assert "did you mean owner?" in str(problem.way_out)


def test_an_unknown_code_is_named_with_those_that_are_known():
    assert "purchasing" in str(refused(Assign, "owner=Ana", "department=kitchen").way_out)


def test_what_is_missing_is_named():
    problem = refused(PlanAction, "kind=corrective")
    assert "content, owner, due, measure_of_success" in problem.detail


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("quantity_defective=many",), "quantity_defective"),
        (("safety_hazard=perhaps",), "safety_hazard"),
        (("failure_date=17.03.2026",), "failure_date"),
        (("defects:=[",), "defects"),
        (("lot_no=a", "lot_no=b"), "lot_no"),
        (("symptom=",), "symptom"),
        (("occurred_at=yesterday",), "occurred_at"),
    ],
)
def test_a_value_that_does_not_fit_names_its_field(words: tuple[str, ...], field: str):
    assert (
        refused(
            Register, *[each for each in REGISTER if not each.startswith(words[0][:5])], "demands=repair", *words
        ).field
        == field
    )


def test_a_word_without_an_equals_sign():
    assert "key=value" in str(refused(Assign, "Ana").way_out)


def test_every_field_of_every_command_says_what_it_takes():
    from services.cli.commands import doors

    for _, command in doors().values():
        for field in command.model_fields.values():
            assert str(kind_of(field))
