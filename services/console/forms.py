"""A form, ready to be drawn: every field of a command with its widget, its words, what was typed, and what is wrong with it.

Made from the class of the command alone. Pure: the situation says who fills it in, where, and about which case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from services.console.choices import Choice, Situation, choices, is_hidden, suggestions
from services.console.shapes import WHEN, Shape, Widget, shapes_of
from services.console.typed import Data, Typed, blank, new_row, read, untouched
from shared.events.labels import field_label, help_text
from shared.kernel.command import Command
from shared.policy.grading import facts_asked

OF_THE_CASE = (
    "product_model", "lot_no", "safety_hazard", "main_function_lost", "extent", "quantity_defective", "language", "external_ref",
)  # fmt: skip
"""What the case says already, a form that asks for it again shows. Nothing of the customer: not everybody may see that."""


LONG = 16
"""With more optional fields than this, a form folds away what is neither usual nor asked for by the policy."""
USUAL = frozenset({
    "customer_no", "customer_name", "contact_person", "contact", "product_model", "lot_no", "serial_nos", "safety_hazard",
    "main_function_lost", "quantity_defective", "failure_date", "not_available",
})  # fmt: skip
"""What is usually known of a complaint."""
CALLED = {"failure_occurred_at": ("failure_date",)}
"""Required field of a policy → the fields that answer it, where they are called otherwise."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong. `detail` and `way_out` are the rule's own words, which are English."""

    text: str
    detail: str = ""
    way_out: str = ""
    doors: Sequence[str] = ()
    """The commands that the way out names."""
    roles: Sequence[str] = ()
    """And the roles."""


Errors = Mapping[str, Sequence[Wrong]]
"""Path of a field → what is wrong there."""


@dataclass(frozen=True)
class Field:
    """One field as it is drawn. `path` is the name of its inputs, `id` their id in the page."""

    path: str
    widget: Widget
    label: str
    help: str = ""
    required: bool = False
    typed: Typed = ""
    errors: Sequence[Wrong] = ()
    choices: Sequence[Choice] = ()
    empty: str | None = None
    """What the choice of nothing is called; None where something must be chosen."""
    suggestions: Sequence[Choice] = ()
    parts: Sequence[Field] = ()
    rows: Sequence[Field] = ()
    longest: int = 0
    folded: bool = False
    """What is optional and large can be closed."""
    open: bool = False
    """And begins closed while there is nothing in it."""
    focus: bool = False
    wanted: bool = False
    """The policy asks for it, though the command alone does not."""
    aside: bool = False
    """Folded away with others like it."""

    @property
    def id(self) -> str:
        """Of the input, or of what holds its inputs."""
        return f"f-{self.path.replace('.', '-')}"

    @property
    def marks(self) -> dict[str, str]:
        """What its control says of itself to those who do not see the page."""
        told = [name for name, there in ((f"{self.id}-help", self.help), (f"{self.id}-error", self.errors)) if there]
        found = {"aria-describedby": " ".join(told)} if told else {}
        return found | ({"aria-invalid": "true"} if self.errors else {}) | ({"autofocus": ""} if self.focus else {})

    @property
    def wrong(self) -> bool:
        """Whether something is wrong with it, or with anything in it."""
        return bool(self.errors) or any(part.wrong for part in (*self.parts, *self.rows))


@dataclass(frozen=True)
class Form:
    """All fields of a command; `when` are those that tell it later than it happened."""

    door: str
    fields: Sequence[Field]
    when: Sequence[Field]
    errors: Sequence[Wrong] = ()
    """What concerns no field in particular."""
    has_files: bool = False
    has_times: bool = False

    @property
    def wanted(self) -> bool:
        """Whether the policy asks for any of its fields."""
        return any(field.wanted for field in self.fields)

    @property
    def late(self) -> bool:
        """Whether it is told later than it happened."""
        return any(field.typed or field.wrong for field in self.when)

    def wrong(self) -> list[Field]:
        """Every field in which something is wrong, in the order of the form."""
        return list(_wrong([*self.fields, *self.when]))


def _wrong(fields: Iterable[Field]) -> Iterable[Field]:
    for one in fields:
        if one.errors:
            yield one
        yield from _wrong([*one.parts, *one.rows])


@dataclass(frozen=True)
class Drawing:
    """What all fields of one form share."""

    door: str
    situation: Situation
    errors: dict[str, list[Wrong]] = field(default_factory=dict[str, "list[Wrong]"])
    focus: str = ""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """What choosing nothing is called, in the reader's language: none, choose, not_known, new_one."""


def form(
    command: type[Command],
    situation: Situation,
    typed: Mapping[str, Typed],
    words: Mapping[str, str],
    errors: Errors | None = None,
    focus: str = "",
) -> Form:
    """The form as it stands. Errors at paths that it has not are shown above it."""
    shapes = shown(command)
    placed, loose = _placed(shapes, typed, errors or {})
    drawing = Drawing(command.door(), situation, placed, focus, words)
    wanted = asked_for(command, situation)
    long = sum(not shape.required for shape in shapes) > LONG
    drawn = [
        _set_apart(_field(shape, typed[shape.name], shape.name, drawing), shape, wanted, USUAL if long else None)
        for shape in shapes
    ]
    return Form(
        command.door(),
        [one for one in drawn if one.path not in WHEN],
        [one for one in drawn if one.path in WHEN],
        loose,
        has_files=any(holds(shape, Widget.FILE) for shape in shapes),
        has_times=any(holds(shape, Widget.INSTANT) for shape in shapes if shape.name not in WHEN),
    )


def asked_for(command: type[Command], situation: Situation) -> frozenset[str]:
    """The fields of the record that the site's policy wants filled in before a complaint is registered (G-COMPLETE)."""
    if command.door() != "register" or situation.pack is None:
        return frozenset()
    return frozenset(name for field in situation.pack.required_fields or () for name in CALLED.get(field, (field,)))


def facts_of_grading(situation: Situation) -> frozenset[str] | None:
    """The facts that the policy's rules grade by; None where it has no rules."""
    pack = situation.pack
    if pack is None or pack.grade_scheme is None:
        return None
    schemes = [scheme for scheme in (pack.grade_scheme, pack.tags) if scheme is not None]
    return frozenset[str]().union(*(facts_asked(scheme) for scheme in schemes))


def _set_apart(field: Field, shape: Shape, wanted: Collection[str], usual: Collection[str] | None) -> Field:
    """Marked when the policy asks for it; folded away when nobody does and nothing stands in it."""
    if field.required or shape.name in WHEN:
        return field
    if shape.name in wanted:
        return replace(field, wanted=True)
    nobody_asks = usual is not None and shape.name not in usual
    return replace(field, aside=nobody_asks and blank(shape, field.typed) and not field.rows and not field.wrong)


def shown(command: type[Command]) -> list[Shape]:
    """The fields that are asked for."""
    return [shape for shape in shapes_of(command) if not is_hidden(shape, command.door())]


def fresh(command: type[Command], situation: Situation, asked: Data) -> dict[str, Typed]:
    """A form that nobody has touched: with what the case says already, and what the address asks for."""
    found: dict[str, Typed] = {}
    for shape in shown(command):
        found[shape.name] = untouched(shape)
        if shape.name in OF_THE_CASE and situation.case is not None:
            found[shape.name] = _known(shape, getattr(situation.case, shape.name, None))
        if shape.name in asked and shape.widget not in (
            Widget.FILE,
            Widget.GROUP,
            Widget.ROWS,
            Widget.PAIRS,
            Widget.MONEY,
        ):
            found[shape.name] = read([shape], asked)[shape.name]
        if shape.required and not found[shape.name] and shape.widget in (Widget.SITE, Widget.ID):
            only = choices(shape, command.door(), situation) or ()
            found[shape.name] = only[0][0] if len(only) == 1 else ""
    return found


def asks_in_vain(command: type[Command], situation: Situation) -> bool:
    """Whether something must be chosen of which there is nothing: a completed action, an open request."""
    return any(
        shape.required
        and shape.widget not in (Widget.PERSON, Widget.SITE)
        and choices(shape, command.door(), situation) == []
        for shape in shown(command)
    )


def _known(shape: Shape, value: object) -> Typed:
    if value is None:
        return untouched(shape)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def holds(shape: Shape, widget: Widget) -> bool:
    """Whether a field, or anything in it, is given so."""
    return shape.widget is widget or any(holds(part, widget) for part in shape.parts)


# ── one field ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _field(shape: Shape, typed: Typed, path: str, drawing: Drawing) -> Field:
    situation, language = drawing.situation, drawing.situation.language
    found = choices(shape, drawing.door, situation)
    widget = _drawn_as(shape, found)
    parts: list[Field] = []
    rows: list[Field] = []
    if widget is Widget.GROUP:
        usual = facts_of_grading(situation) if path == "facts" else None
        parts = [
            _set_apart(_field(part, typed[part.name], f"{path}.{part.name}", drawing), part, (), usual)
            for part in shape.parts
        ]
    elif widget in (Widget.ROWS, Widget.PAIRS):
        kept = typed or ([new_row(shape)] if shape.required else [])
        rows = [_row(shape, row, f"{path}.{number}", drawing) for number, row in enumerate(kept)]
    elif widget is Widget.LINE and isinstance(typed, list):
        typed = ", ".join(cast("list[str]", typed))
    return Field(
        path, widget, field_label(language, shape.name), help_text(language, shape.name), shape.required, typed,
        drawing.errors.get(path, ()), _with_typed(found, typed), _empty(shape, drawing),
        suggestions(shape, situation), parts, rows, shape.longest,
        folded=widget is Widget.GROUP and not shape.required, open=widget is Widget.GROUP and not blank(shape, typed),
        focus=drawing.focus == path,
    )  # fmt: skip


def _row(shape: Shape, typed: Typed, path: str, drawing: Drawing) -> Field:
    if shape.widget is not Widget.PAIRS:
        return replace(_field(shape.item, typed, path, drawing), help="")  # said once, above all rows
    parts = [_field(part, typed[part.name], f"{path}.{part.name}", drawing) for part in shape.parts]
    return Field(path, Widget.GROUP, field_label(drawing.situation.language, shape.name), parts=parts)


def _drawn_as(shape: Shape, found: Sequence[Choice] | None) -> Widget:
    """Where the case or the policy offers something, it is chosen; where they know nothing of it, anything may be typed."""
    match shape.widget:
        case Widget.ID | Widget.LINE | Widget.SITE | Widget.PERSON:
            return Widget.LINE if found is None else Widget.CHOICE
        case Widget.SEVERAL if found is None:
            return Widget.LINE
        case Widget.CASE:
            return Widget.LINE
        case _:
            return shape.widget


def _with_typed(found: Sequence[Choice] | None, typed: Typed) -> Sequence[Choice]:
    """What was chosen when the page was made stays to be seen, though it cannot be chosen any more."""
    if found is None:
        return ()
    chosen = [typed] if isinstance(typed, str) else cast("list[Any]", typed) if isinstance(typed, list) else []
    known = {code for code, _ in found}
    return [*found, *((code, code) for code in chosen if isinstance(code, str) and code and code not in known)]


def _empty(shape: Shape, drawing: Drawing) -> str | None:
    match shape.widget:
        case Widget.YES_NO:
            return None if shape.required else drawing.words["not_known"]
        case Widget.CHOICE if shape.initial:
            return None
        case Widget.ID if shape.given:
            return drawing.words["new_one"]
        case _:
            return drawing.words["choose" if shape.required else "none"]


# ── where an error belongs ────────────────────────────────────────────────────────────────────────────────────────────
def _placed(
    shapes: Sequence[Shape], typed: Mapping[str, Typed], errors: Errors
) -> tuple[dict[str, list[Wrong]], list[Wrong]]:
    paths = {path for shape in shapes for path in _paths(shape, typed[shape.name], shape.name)}
    placed: dict[str, list[Wrong]] = {}
    loose: list[Wrong] = []
    for where, said in errors.items():
        path = where
        while path and path not in paths:
            path = path.rpartition(".")[0]
        (placed.setdefault(path, []) if path else loose).extend(said)
    return placed, loose


def _paths(shape: Shape, typed: Typed, path: str) -> Iterable[str]:
    yield path
    match shape.widget:
        case Widget.GROUP:
            for part in shape.parts:
                yield from _paths(part, typed[part.name], f"{path}.{part.name}")
        case Widget.ROWS:
            for number, row in enumerate(typed):
                yield from _paths(shape.item, row, f"{path}.{number}")
        case _:
            pass
