"""Forms are made from the commands themselves: every command there is has one, in both languages, that can say all it can say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import Field

from services.console.choices import Situation, choices
from services.console.forms import Wrong, asks_in_vain, fresh, shown
from services.console.offered import offers
from services.console.shapes import NoWidget, Shape, Widget, shapes_of
from services.console.typed import body, read, tidied, untouched
from services.examples import EXAMPLES
from services.organisation_chart import SERVICES
from shared.complaint.state import Stage
from shared.events.labels import COMMANDS, FIELDS, HELP
from shared.events.words import Category, Method
from shared.kernel.command import Command
from shared.kernel.values import FileRef, LocalId, Money, PersonId, Value
from shared.policy.pack import Pack
from shared.policy.shipped import shipped
from tests.facts import Story, asked, completed, planned
from tests.services.console.drawn import Page, drawn

OFFERS = offers(SERVICES.values())
COMMAND_CLASSES = [offer.command for offer in OFFERS.values()]
NOBODY_KNOWS = Situation("en", "Asia/Shanghai")
each_command = pytest.mark.parametrize("command", COMMAND_CLASSES, ids=lambda kind: kind.door())


def all_shapes(shapes: Iterable[Shape]) -> list[Shape]:
    return [shape for one in shapes for shape in (one, *all_shapes(one.parts))]


# ── every command ─────────────────────────────────────────────────────────────────────────────────────────────────────
@each_command
def test_every_field_of_every_command_has_a_widget_and_a_label(command: type[Command]):
    shapes = shapes_of(command)
    assert {shape.name for shape in shapes} == set(command.model_fields) - command.BY_DOOR
    assert command.door() in COMMANDS
    assert not [shape.name for shape in all_shapes(shapes) if shape.name not in FIELDS]


@pytest.mark.parametrize("language", ["en", "zh"])
@each_command
def test_every_form_is_whole_and_names_every_control(command: type[Command], language: str):
    situation = Situation(language, "Asia/Shanghai", people=[("p-bo", "王波")], sites=[("sz", "Shenzhen")])
    typed = {shape.name: filled(shape) for shape in shown(command)}
    errors = {path: [Wrong("wrong")] for path in typed}
    made, html = drawn(command, situation, typed, errors)
    page = Page(html)
    assert page.unlabelled() == []
    assert len(page.ids) == len(set(page.ids)), "an id twice"
    described = {id for each in page.controls for id in each.get("aria-describedby", "").split()}
    assert described <= set(page.ids)
    assert {one.path for one in made.wrong()} == set(typed)
    assert html.count("wrong") >= len(typed)


@each_command
def test_what_a_form_shows_is_what_it_sends(command: type[Command]):
    """Drawn and sent again, nothing is lost and nothing is made up."""
    typed = {shape.name: filled(shape) for shape in shown(command)}
    _, html = drawn(command, NOBODY_KNOWS, typed)
    assert read(shown(command), Page(html).sent) == typed


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) & {kind.__name__ for kind in COMMAND_CLASSES}))
def test_every_example_can_be_typed(name: str):
    """Whatever the reference shows can be said in the form, drawn as HTML and sent, and means the same."""
    command = next(kind for kind in COMMAND_CLASSES if kind.__name__ == name)
    said = command.model_validate_json(json.dumps(EXAMPLES[name]))
    typed = {shape.name: typed_as(shape, EXAMPLES[name].get(shape.name)) for shape in shown(command)}
    sent = read(shown(command), Page(drawn(command, NOBODY_KNOWS, typed)[1]).sent)
    again = body(shown(command), tidied(shown(command), sent), "Asia/Shanghai")
    assert command.model_validate_json(json.dumps(again)) == said


@each_command
def test_an_untouched_form_says_nothing_that_nobody_said(command: type[Command]):
    """Only what has a default, as it is by default, and ticks: so what is missing is missed by the door."""
    typed = fresh(command, NOBODY_KNOWS, {})
    said = body(shown(command), tidied(shown(command), typed), "UTC")
    for name, value in said.items():
        default = command.model_fields[name].get_default(call_default_factory=True)
        assert value in (default, {}) or value == getattr(default, "value", None), name


def test_markup_in_what_was_typed_stays_text():
    evil = '"><script>alert(1)</script>'
    for command in COMMAND_CLASSES:
        typed = {shape.name: filled(shape, evil) for shape in shown(command)}
        errors = {path: [Wrong(evil, evil, evil)] for path in typed}
        situation = Situation("en", "UTC", people=[("p-bo", evil)], cases=[("SZ-1", evil)])
        assert "<script" not in drawn(command, situation, typed, errors)[1]


def test_helps_are_for_fields_that_there_are():
    assert set(HELP) <= set(FIELDS)


# ── types ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(Value):
    name: str
    files: tuple[FileRef, ...] = ()


class Everything(Command):
    """Of every kind that a command may ask for."""

    colour: Colour
    maybe: Colour | None = None
    either: Colour | Literal["green"] = Colour.RED
    switch: bool = True
    open: bool | None = None
    must: bool
    count: Annotated[int, Field(gt=0, le=9)]
    share: int | None = None
    day: date
    at: datetime | None = None
    opens: Annotated[time, Field(strict=False)] | None = None
    price: Money | None = None
    who: PersonId
    them: tuple[PersonId, ...] = ()
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    one: Part | None = None
    more: dict[str, str] = Field(default_factory=dict)
    codes: frozenset[Colour] = frozenset()
    names: list[str] = Field(default_factory=list)
    part_id: LocalId = ""
    lang: Annotated[str, Field(pattern="^(en|zh)$")] = "en"


def test_types_become_widgets():
    found = {shape.name: shape for shape in shapes_of(Everything)}
    widgets = {name: shape.widget.value for name, shape in found.items()}
    assert widgets == {
        "colour": "choice", "maybe": "choice", "either": "choice", "switch": "tick", "open": "yes_no", "must": "yes_no",
        "count": "number", "share": "number", "day": "day", "at": "instant", "opens": "time", "price": "money",
        "who": "person", "them": "rows", "parts": "rows", "one": "group", "more": "pairs", "codes": "several",
        "names": "rows", "part_id": "id", "lang": "choice", "occurred_at": "instant", "backdate_reason": "text",
    }  # fmt: skip
    assert found["either"].words == ("red", "blue", "green")
    assert (found["count"].least, found["count"].most) == (1, 9)
    assert found["parts"].item.parts[1].item.widget is Widget.FILE
    assert [name for name, shape in found.items() if shape.required] == [
        "colour", "must", "count", "day", "who", "parts",
    ]  # fmt: skip


def refused(annotation: Any) -> type[Command]:
    return type("Odd", (Command,), {"__annotations__": {"odd": annotation}, "__module__": __name__})


class Holds(Value):
    other: Holds | None = None


@pytest.mark.parametrize(
    "annotation",
    [float, Any, bytes, int | str, tuple[int, str], tuple[tuple[str, ...], ...], dict[str, int], Holds, Literal[1]],
)
def test_a_type_that_no_form_can_ask_for_is_never_left_out_in_silence(annotation: Any):
    with pytest.raises(NoWidget, match=r"odd|other"):
        shapes_of(refused(annotation))


# ── choices ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def shape_of(command: str, name: str) -> Shape:
    return next(shape for shape in all_shapes(shapes_of(OFFERS[command].command)) if shape.name == name)


def offered(command: str, name: str, situation: Situation) -> list[str] | None:
    found = choices(shape_of(command, name), command, situation)
    return None if found is None else [code for code, _ in found]


def test_what_the_case_holds_is_chosen_from():
    story = Story().goes_to(Stage.PLANNING).goes_to(Stage.IMPLEMENTING)
    here = Situation("zh", case=story.case)
    assert choices(shape_of("complete-action", "action_id"), "complete-action", here) == [
        ("a1", "a1 · reset the profile")
    ]
    assert offered("provide-information", "request_id", here) == []
    assert asks_in_vain(OFFERS["provide-information"].command, here)
    story.happened(asked("i7"))
    here = Situation("zh", case=story.case)
    assert choices(shape_of("provide-information", "request_id"), "provide-information", here) == [("i7", "i7 · 客户")]
    assert not asks_in_vain(OFFERS["provide-information"].command, here)


def test_actions_are_those_that_the_stage_is_about():
    story = Story().goes_to(Stage.PLANNING).happened(planned("a1")).happened(planned("a2")).goes_to(Stage.IMPLEMENTING)
    assert asks_in_vain(OFFERS["verify-effect"].command, Situation("en", case=story.case)), "nothing is done yet"
    story.happened(completed("a1"))
    assert offered("verify-effect", "action_ids", Situation("en", case=story.case)) == ["a1"]
    assert offered("complete-action", "action_id", Situation("en", case=story.case)) == ["a2"]
    story = Story().goes_to(Stage.VERIFYING)
    assert offered("verify-effect", "action_ids", Situation("en", case=story.case)) == ["a1"]
    assert offered("plan-action", "action_id", Situation("en", case=story.case)) == ["a1"]


def test_ids_that_the_case_gives_by_itself_are_not_asked_for():
    assert "evidence_id" not in {shape.name for shape in shown(OFFERS["attach-evidence"].command)}
    assert "action_id" in {shape.name for shape in shown(OFFERS["plan-action"].command)}
    assert "action_id" in {shape.name for shape in shown(OFFERS["complete-action"].command)}


def test_grades_and_vocabularies_are_those_of_the_policy():
    pack = shipped()["pack-s0"]
    assert pack.grade_scheme is not None
    assert offered("classify", "grade", Situation("en", pack=pack)) == [
        level.code for level in pack.grade_scheme.levels
    ]
    assert offered("classify", "grade", Situation("en")) is None, "anything may be typed"
    only = Pack.model_validate({
        "meta": pack.meta.model_dump(), "catalogs": {"categories": ["use_error", "other"]}, "methods": ["five_why"],
    })  # fmt: skip
    assert offered("classify", "category", Situation("en", pack=only)) == [Category.USE_ERROR, Category.OTHER][
        ::-1
    ] or set(offered("classify", "category", Situation("en", pack=only)) or ()) == {"use_error", "other"}
    assert offered("record-root-cause", "method", Situation("en", pack=only)) == [Method.FIVE_WHY]
    assert len(offered("classify", "category", Situation("en")) or ()) == len(Category)


def test_what_was_chosen_stays_to_be_seen_when_it_cannot_be_chosen_any_more():
    command = OFFERS["complete-action"].command
    situation = Situation("en", people=[("p-bo", "Bo")], case=Story().goes_to(Stage.IMPLEMENTING).case)
    typed = {**fresh(command, situation, {}), "action_id": "a9"}
    assert '<option value="a9" selected>' in drawn(command, situation, typed)[1]


def test_an_address_and_the_case_fill_in_what_they_know():
    case = Story().goes_to(Stage.RECEIVED).case
    typed = fresh(OFFERS["register"].command, Situation("en", case=case), {"frequency": ["always"]})
    assert (typed["product_model"], typed["lot_no"], typed["frequency"]) == ("ABC-2000", "L2403", "always")
    assert "张三" not in str(fresh(OFFERS["receive-complaint"].command, Situation("en", case=case), {}))


# ── typing ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def said_by(command: type[Command], zone: str = "UTC", **sent: Any) -> dict[str, Any]:
    data = {name.replace("__", "."): value if isinstance(value, list) else [value] for name, value in sent.items()}
    return body(shown(command), tidied(shown(command), read(shown(command), data)), zone)


def test_times_are_those_of_the_site():
    acknowledge = OFFERS["acknowledge"].command
    said = said_by(acknowledge, "Asia/Shanghai", channel="email", promised_contact_by="2026-03-17T16:00")
    assert said["promised_contact_by"] == "2026-03-17T16:00:00+08:00"
    assert said_by(acknowledge, "Europe/Berlin", promised_contact_by="2026-07-01T08:30")[
        "promised_contact_by"
    ].endswith("+02:00")
    assert said_by(acknowledge, promised_contact_by="tomorrow")["promised_contact_by"] == "tomorrow", (
        "the door refuses it"
    )


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("500", 50_000),
        ("500.5", 50_050),
        ("0.07", 7),
        ("12,30", 1_230),
        ("-3", -300),
        ("1.234", "1.234"),
        ("abc", "abc"),
    ],
)
def test_money_is_whole_cents(typed: str, minor: int | str):
    said = said_by(OFFERS["record-cost"].command, kind="scrap", amount__amount=typed, amount__currency="cny")
    assert said["amount"] == {"minor": minor, "currency": "CNY"}


@pytest.mark.parametrize(
    ("typed", "said"), [("60", 60), (" 1,200 ", 1_200), ("6.5", "6.5"), ("９", 9), ("lots", "lots")]
)
def test_numbers_are_whole(typed: str, said: int | str):
    assert said_by(OFFERS["report-action-progress"].command, action_id="a1", percent=typed)["percent"] == said


def test_empty_rows_are_left_out_and_the_others_stand_close():
    said = said_by(
        OFFERS["request-information"].command, asked_of="customer", items=["0", "1", "2"], items__0=" ", items__1="a photo",
        items__2="the lot",
    )  # fmt: skip
    assert said["items"] == ["a photo", "the lot"]


def test_yes_and_no_are_not_the_same_as_nothing_said():
    follow_up = OFFERS["complete-follow-up"].command
    assert "product_ok" not in said_by(follow_up, reached="true", product_ok="")
    assert said_by(follow_up, reached="false", product_ok="false") == {"reached": False, "product_ok": False}
    assert said_by(OFFERS["acknowledge"].command, channel="email")["case_no_given"] is False, "an unticked box says no"


# ── filling in ────────────────────────────────────────────────────────────────────────────────────────────────────────
def filled(shape: Shape, word: str = "word") -> Any:
    """Something in every field."""
    match shape.widget:
        case Widget.GROUP:
            return {part.name: filled(part, word) for part in shape.parts}
        case Widget.ROWS:
            return [filled(shape.item, word), filled(shape.item, word)]
        case Widget.PAIRS:
            return [{"key": "k", "value": word}]
        case Widget.SEVERAL:
            return list(shape.words[:2]) or ["x1", "x2"]
        case Widget.MONEY:
            return {"amount": "12.30", "currency": "EUR"}
        case Widget.FILE:
            return {"sha256": "5e" * 32, "bytes": "3", "media_type": "image/png", "name": "a.png"}
        case Widget.CHOICE:
            return shape.words[-1]
        case Widget.TICK | Widget.YES_NO:
            return "true"
        case Widget.NUMBER:
            return "7"
        case Widget.DAY:
            return "2026-03-17"
        case Widget.TIME:
            return "08:00"
        case Widget.INSTANT:
            return "2026-03-17T16:00"
        case Widget.PERSON:
            return "p-bo"
        case Widget.SITE:
            return "sz"
        case _:
            return word


def typed_as(shape: Shape, value: Any) -> Any:
    """How somebody would type what a body says."""
    if value is None:
        return untouched(shape)
    match shape.widget:
        case Widget.GROUP:
            return {part.name: typed_as(part, value.get(part.name)) for part in shape.parts}
        case Widget.ROWS:
            return [typed_as(shape.item, row) for row in value]
        case Widget.PAIRS:
            return [{"key": key, "value": each} for key, each in value.items()]
        case Widget.SEVERAL:
            return list(value)
        case Widget.MONEY:
            return {"amount": f"{value['minor'] // 100}.{value['minor'] % 100:02}", "currency": value["currency"]}
        case Widget.FILE:
            return {part: str(said) for part, said in value.items()}
        case Widget.TICK | Widget.YES_NO:
            return "true" if value else "false"
        case Widget.INSTANT:
            return datetime.fromisoformat(value).astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None).isoformat()
        case _:
            return str(value)
