"""Writes docs/reference and docs/requirements.md from the code, so that it cannot be out of date: `python -m docs.generate`.

Each page is one function that returns its text; PAGES and BESIDE name them all. A test makes them again and compares.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from enum import Enum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from docs import five_procedures as five
from docs import requirements as required
from services.organisation_chart import SERVICES
from services.sla_watch.clauses import CLAUSES, Clause
from services.sla_watch.moments import When
from shared.complaint.fold import INITIAL
from shared.complaint.lifecycle import TABLE, Row
from shared.complaint.state import Action, ActionStatus, Complaint, Stage
from shared.events import capa_words, clocks, complaint, organisation, reference, reviews, triage_words, words
from shared.events.catalogue import CATALOGUE, UNIONS
from shared.kernel import values
from shared.kernel.command import Command
from shared.kernel.fact import Event
from shared.kernel.personal import whose
from shared.kernel.values import Rank
from shared.policy.access import who_may
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.pack import Pack, effective
from shared.policy.pack_check import lineage
from shared.policy.shipped import shipped
from shared.runtime.nats_names import COMMANDS

REFERENCE = Path(__file__).parent / "reference"
HOMES_OF_WORDS = (words, triage_words, capa_words, clocks, organisation, values, reference, reviews)
MADE = "<!-- Made by `python -m docs.generate`; changes here are lost. -->"


# ── the lifecycle ─────────────────────────────────────────────────────────────────────────────────────────────────────
def lifecycle() -> str:
    """The table of the lifecycle, and its picture."""
    stages = [stage for stage in Stage if any(stage in row.allowed for row in TABLE)]
    rows = [
        (row.event.__name__, *("●" if stage in row.allowed else "" for stage in stages), _leads_to(row))
        for row in TABLE
    ]
    return _page(
        "Lifecycle",
        "Which event may happen in which stage (●), and where it leads. The desk refuses everything else. Where an event"
        " can lead to several stages, the state decides; the functions stand in `shared/complaint/lifecycle.py`. An event"
        " without a stage in the last column leaves the case where it is.",
        _table(("event", *(_said(stage) for stage in stages), "leads to"), rows),
        "## The picture",
        "Only events that move a case. `Withdrawn` and `Merged` end a case from most open stages and are left out of it;"
        " `MergeUndone` leads back to any of them, and `EvidenceDisputeResolved` may come again.",
        "```mermaid\nstateDiagram-v2\n" + "\n".join(f"    {edge}" for edge in _edges()) + "\n```",
    )


def _leads_to(row: Row) -> str:
    return ", ".join(_said(stage) for stage in Stage if stage in row.leads_to)


def _said(stage: Stage) -> str:
    return stage.value.replace("_", " ")


def _edges() -> Iterator[str]:
    yield "[*] --> received: Received"
    seen = set[str]()
    for row in TABLE[1:]:
        if not row.leads_to or len(row.allowed) > 2 or len(row.leads_to) > 3:
            continue
        for stage in Stage:
            for target in _reached(row, stage) if stage in row.allowed else ():
                edge = f"{stage.value} --> {target.value}: {row.event.__name__}"
                if stage != target and edge not in seen:
                    seen.add(edge)
                    yield edge
    yield "archived --> [*]"


def _reached(row: Row, stage: Stage) -> list[Stage]:
    """The stages that an event really leads to from a stage, found by trying it on cases of every kind."""
    return sorted(
        {row.next(case, event) for case in _cases(stage) for event in _variants(row.event)}, key=list(Stage).index
    )


def _cases(stage: Stage) -> Iterator[Complaint]:
    action = Action("a1", words.ActionKind.CORRECTIVE, "", "p-x", date(2026, 1, 1), "", INITIAL.cycle)
    for rank in (None, Rank.MINOR):
        for status in ActionStatus:
            yield replace(INITIAL, stage=stage, rank=rank, actions={"a1": replace(action, status=status)})


def _variants(kind: type[Event]) -> Iterator[Event]:
    for verdict, yes, back in product(words.Verdict, (True, False), capa_words.ReturnTo):
        yield kind.model_construct(
            verdict=verdict, effective=yes, back_to_planning=yes, plan_again=yes, to_stage=back
        )  # fmt: skip


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def events() -> str:
    """Every event with its sentences, its definition and its fields."""
    intro = (
        f"{len(CATALOGUE)} events. Each is written once and never edited (CONTRIBUTING, “A changed event”). On NATS the event"
        " `complaint.Received` of site `sz` has the subject `casetrail.fact.sz.complaint.Received` and the CloudEvents type"
        " `casetrail.complaint.Received`. Who, when and why stand in the fact around it, not in the event. *Personal* names"
        " whose data a field holds; such a field may also read as erased."
    )
    parts = [intro]
    for aggregate in UNIONS:
        of_it = [kind for topic, kind in CATALOGUE.items() if topic.partition(".")[0] == aggregate]
        parts += [f"## {aggregate}", *(_event(kind) for kind in of_it)]
    parts += ["## Values", "The small records inside events and commands.", *_values()]
    return _page("Events", *parts, "## Words", "The codes that fields marked *word* may hold.", _vocabularies())


def _event(kind: type[Event]) -> str:
    definition = " ".join((kind.__doc__ or "").split())
    said = f"> {kind.SAYS['en']}\n>\n> {kind.SAYS['zh']}"
    return f"### {kind.__name__}\n\n`{kind.TOPIC}`, shape {kind.SHAPE}. {definition}\n\n{said}\n\n{_fields(kind)}"


def _values() -> list[str]:
    homes = (values, clocks, complaint, organisation, reference, reviews)
    found = {kind.__name__: kind for home in homes for _, kind in inspect.getmembers(home, _is_value)}
    return [
        f"### {name}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n{_fields(kind)}"
        for name, kind in sorted(found.items())
    ]


def _is_value(found: object) -> bool:
    return inspect.isclass(found) and issubclass(found, values.Value) and found is not values.Value


def _vocabularies() -> str:
    homes = HOMES_OF_WORDS
    found = [
        kind
        for home in homes
        for _, kind in inspect.getmembers(home, inspect.isclass)
        if issubclass(kind, Enum) and kind.__module__ == home.__name__
    ]
    return _table(("word", "codes"), [(kind.__name__, ", ".join(f"`{each.value}`" for each in kind)) for kind in found])


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def commands() -> str:
    """Every command: who may give it, at which door, with which fields."""
    intro = (
        "The same commands over HTTP (`POST`, JSON body) and over NATS (request and reply; `complaint_id`, or `person`, in"
        " the body takes the place of `{id}` in the route). `{id}` is the UUID or the case number. The actor must hold one"
        " of the roles at the site of the case. Besides its own fields every command takes `occurred_at`, when it happened if"
        " not now, with `backdate_reason`. Values and words are explained in [events.md](events.md)."
        ' Headers: `Authorization: Bearer …`, `Idempotency-Key`, `If-Match: "7"`.'
    )
    parts = [intro]
    for service in SERVICES.values():
        if service.handles:
            parts.append(f"## {service.name}")
            parts += [_command(service.prefix, handles.command, handles.path) for handles in service.handles]
    return _page("Commands", *parts)


def _command(prefix: str, command: type[Command], path: str) -> str:
    told = inspect.cleandoc(command.__doc__ or "")
    doors = f"`POST /{prefix}/{path}` · `{COMMANDS}.{prefix}.{command.door()}`"
    roles = ", ".join(f"`{role}`" for role in sorted(map(str, who_may(command))))
    return f"### {command.door()}\n\n{told}\n\n{doors}\n\nRoles: {roles}\n\n{_fields(command, leave_out=Command)}"


# ── clauses ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def clauses() -> str:
    """The promises about time."""
    rows = [
        (
            clause.name, clause.terms or "", f"{clause.title['en']} · {clause.title['zh']}", _events(clause.starts),
            _events(clause.stops, clause.only_named), ", ".join(sorted(clause.pauses)),
            ", ".join(f"{one} %" if isinstance(one, int) else f"{one} before" for one in clause.warn),
            "yes" if clause.outlives else "", clause.source,
        )
        for clause in CLAUSES
    ]  # fmt: skip
    defaults = [
        (
            clause.name, *(str(clause.target(rank)) for rank in Rank), clause.presumed or "",
            _ladder(clause, Rank.MINOR), _ladder(clause, Rank.CRITICAL),
        )
        for clause in CLAUSES
        if clause.allowed
    ]  # fmt: skip
    names = tuple(f"rank {rank.value}, {rank.name.lower()}" for rank in Rank)
    packs = [pack for pack in shipped().values() if pack.meta.id != "pack-base"]
    by_pack = [
        (f"{name} {said[0]}", *(_targets(pack, name) for pack in packs))
        for name, said in CLAUSE_NAMES.items()
        if any(_targets(pack, name) for pack in packs)
    ]
    return _page(
        "Clauses",
        "What runs, from which event to which. How long is allowed is what the policy of the site says of the clause; a clause"
        " of which it says nothing is not promised there. A clock stands still while the case waits for what is named"
        " under *pauses*; one that outlives the case goes on when it is closed. It warns when so much of the time is used up, or"
        " so long before its end, unless a pack says otherwise. Each breach climbs its ladder until somebody"
        " takes it on. An event with a star does so only under conditions; *if named*: under a pack, only if its `stops_at` names"
        " it.",
        _table(("clause", "in packs", "title", "starts", "stops", "pauses", "warns", "outlives", "source"), rows),
        "## Where a site goes by no policy\n\n`PT4H`: four hours by the clock; `PT2H:biz`: two hours of working time; `wd3`: three"
        " working days; `cd7`: seven calendar days; `date`: the day that was agreed in the case, until work ends. *Until"
        " graded* holds while a case has no rank.",
        _table(("clause", *names, "until graded", "ladder", "ladder, critical"), defaults),
        "## The packs side by side\n\nBy grade, where it makes a difference. `immediate` is what the pack's `time.immediate` says.",
        _table(("clause", *(pack.meta.id for pack in packs)), by_pack),
    )


def _events(whens: tuple[When, ...], only_named: frozenset[type[Event]] = frozenset()) -> str:
    return ", ".join(dict.fromkeys(
        f"{when.kind.__name__}{'*' if when.only else ''}{' (if named)' if when.kind in only_named else ''}" for when in whens
    ))  # fmt: skip


def _targets(pack: Pack, name: str) -> str:
    terms = (effective(lineage(pack, shipped())).clauses or {}).get(name)
    targets = (terms.targets if terms else None) or {}
    return ", ".join(target if grade == "all" else f"{grade} {target}" for grade, target in targets.items())


def _ladder(clause: Clause, rank: Rank) -> str:
    return ", ".join(
        f"{rung.role} {'at once' if rung.after is None else f'after {rung.after}'}" for rung in clause.rungs(rank)
    )


# ── requirements ──────────────────────────────────────────────────────────────────────────────────────────────────────
def requirements() -> str:
    """What the sources ask for, what carries it, and which tests show it."""
    all, marks = required.requirements().values(), required.marks()
    columns = ("id", "kind", "requirement", "carried by", "shown by", "state")
    intro = (
        "What the five source documents ask for, each in a sentence of ours, with what carries it and the tests that show"
        " it. *Not yet* belongs to the present work; *later* follows with another issue. Kinds without a further word are"
        " norms. Of what is not done, a name that is not in the code is what will carry it. All of it is said in"
        " `docs/requirements.toml` and by the tests' own marks."
    )
    parts = [
        intro,
        _table(("source", *required.STATES, "all"), required.counted(all, "source")),
        _table(("kind", *required.STATES, "all"), required.counted(all, "kind")),
    ]
    for source, title in required.SOURCES.items():
        rows = required.told([one for one in all if one.source == source], marks)
        parts += [f"## {source} · {title}", _table(columns, rows)]
    return _page("Requirements", *parts)


# ── the command line and the settings ─────────────────────────────────────────────────────────────────────────────────
def cli() -> str:
    """Every command of `casetrail`, as its help tells it."""
    parts = ["Every command answers to `--help` with what stands here."]
    for path, command in _cli_commands():
        examples = "\n".join(line.strip().removeprefix("Example: ") for line in (command.epilog or "").split("\n\n"))
        rows = [(_words_of(one), one.help or "", _default(one)) for one in command.params if one.name != "help"]
        parts += [
            f"## casetrail {' '.join(path)}",
            *_paragraphs(command.help or ""),
            _table(("word", "meaning", "default"), rows) if rows else "",
            f"```sh\n{examples}\n```",
        ]
    return _page("The command line", *filter(None, parts))


def _paragraphs(text: str) -> Iterator[str]:
    """What is told stands in one paragraph; an example that keeps its lines (\\b) stands for itself."""
    told: list[str] = []
    for paragraph in text.split("\n\n"):
        if "\b" not in paragraph:
            told.append(" ".join(paragraph.split()))
            continue
        yield " ".join(told)
        told = []
        yield "```text\n" + paragraph.replace("\b", "").strip("\n") + "\n```"
    yield " ".join(told)


def settings() -> str:
    """Every environment variable that Casetrail reads."""
    found: dict[str, tuple[str, str]] = {}
    for path, command in _cli_commands():
        for one in command.params:
            for name in [one.envvar] if isinstance(one.envvar, str) else one.envvar or ():
                alone = path == ("demo",)
                found.setdefault(name, (_words_of(one) + (" of `demo`" if alone else ""), one.help or ""))
    rows = [(f"`{name}`", option, told) for name, (option, told) in sorted(found.items())]
    rows.append(
        ("`CASETRAIL_LOG_LEVEL`", "", "How much is written to HOME/log: DEBUG, INFO (the default), WARNING or ERROR.")
    )
    rows.append(
        (
            "`CASETRAIL_CORES`",
            "",
            "`all`: the system spreads the threads of a house over all cores; else it keeps to one at a time (Linux).",
        )
    )
    rows.append(
        (
            "`CASETRAIL_NATS_PASSWORD`",
            "",
            "The password of a part's NATS user, where no file holds it (`casetrail part`).",
        )
    )
    rows.append(
        ("`CASETRAIL_MAIL_PASSWORD`", "", "The password of the mail server that `casetrail intake mail` reads from.")
    )
    tests = [
        ("`CASETRAIL_TEST_DATA`", "The directory with the real files that the tests of the import read."),
        (
            "`CASETRAIL_TEST_POSTGRES`",
            "The address of a PostgreSQL server to test with, as somebody who may make databases.",
        ),
        ("`CASETRAIL_TEST_POSTGRES_SHARED`", "Set by the tests themselves: the server that their processes share."),
        (
            "`CASETRAIL_TEST_HOUSES_ON_POSTGRES`",
            "Set to anything, every house of the tests keeps its ledger on PostgreSQL.",
        ),
        ("`CASETRAIL_TEST_FAULTS`", "Set by the fault suite: the folder that says where a process shall die."),
        ("`CASETRAIL_TEST_BUG`", "Set by the fault suite: the bug that a process shall have."),
        ("`CASETRAIL_TEST_SETTINGS`", "Set by the fault suite: constants that would make a test wait."),
        ("`CASETRAIL_NO_SKIPS`", "Set by `run.py test` when CI=true: a skipped test is a failure."),
        ("`CASETRAIL_CHECKS`", "Set by `run.py test` for its closing line."),
    ]
    return _page(
        "Settings",
        "What the environment may say. An option on the command line goes first. Sites, people, roles and calendars are not"
        " settings; they are facts.",
        _table(("variable", "instead of", "meaning"), rows),
        "## For tests",
        _table(("variable", "meaning"), tests),
    )


def _cli_commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    import typer.main

    from services.cli.app import app

    def inside(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, command in group.commands.items():
            yield from inside(command, (*path, name)) if hasattr(command, "commands") else [((*path, name), command)]

    return inside(typer.main.get_command(app), ())


def _words_of(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name).upper()}`"
    flag = " / ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))
    return flag if parameter.is_flag or not parameter.metavar else f"{flag} `{parameter.metavar}`"


def _default(parameter: Any) -> str:
    shown = getattr(parameter, "show_default", True)
    if isinstance(shown, str):
        return shown
    return f"`{parameter.default}`" if shown and parameter.default not in (None, False, "", ()) else ""


# ── fields of events and commands ─────────────────────────────────────────────────────────────────────────────────────
def _fields(model: type[BaseModel], leave_out: type[BaseModel] | None = None) -> str:
    schema = model.model_json_schema()
    rows: list[Sequence[str]] = []
    for name, field in model.model_fields.items():
        if leave_out is not None and name in leave_out.model_fields:
            continue
        subject = whose(field.annotation) or next(filter(None, map(whose, get_args(field.annotation))), None)
        needed = (
            "required" if field.is_required() else "" if field.default is PydanticUndefined else _shown(field.default)
        )
        personal = f" Personal: {subject.lower()}." if subject else ""
        rows.append((f"`{name}`", _type(schema["properties"][name]), needed, f"{_told(model, name)}{personal}".strip()))
    return _table(("field", "type", "default", "about"), rows) if rows else "No fields of its own."


def _shown(default: object) -> str:
    if default is None or default == () or default == {}:
        return "–"
    return f"`{default.value if isinstance(default, Enum) else str(default).lower() if isinstance(default, bool) else default}`"


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"anyOf": options}:
            kept = [one for one in options if "Erased" not in one.get("$ref", "") and one.get("type") != "null"]
            several = map(_type, kept)
            return " or ".join(dict.fromkeys(several))
        case {"$ref": ref} | {"allOf": [{"$ref": ref}]}:
            name = ref.rpartition("/")[2]
            is_word = any(issubclass(vars(home).get(name, object), Enum) for home in HOMES_OF_WORDS)
            return f"word {name}" if is_word else name
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "array", "prefixItems": _}:
            return "list"
        case {"type": "object"}:
            return "object"
        case {"enum": codes}:
            return ", ".join(f"`{code}`" for code in codes)
        case {"format": "date-time"}:
            return "instant"
        case {"format": kind}:
            return str(kind)
        case {"type": "string", "pattern": _}:
            return "code"
        case {"type": "string", "maxLength": longest}:
            return f"text to {longest:,}"
        case {"type": kind}:
            return {"string": "text", "integer": "number", "boolean": "yes or no"}.get(str(kind), str(kind))
        case _:
            return "any"


def _told(model: type[BaseModel], name: str) -> str:
    """The text below a field, of the class that declares it."""
    return next((texts[name] for one in model.__mro__ if (texts := _attribute_texts(one)).get(name)), "")


@cache
def _attribute_texts(kind: type) -> dict[str, str]:
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except (OSError, TypeError):
        return {}
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for line, following in zip(tree.body, tree.body[1:], strict=False):
        match line, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
            case _:
                pass
    return found


# ── the five procedures ───────────────────────────────────────────────────────────────────────────────────────────────
def five_procedures() -> str:
    """The same complaint by each of the five shipped procedures."""
    companies = five.companies()
    names = ("", *(company.pack.meta.id for company in companies))
    tables = [
        f"## {title}\n\n{_table(names, [(name, *map(told, companies)) for name, told in rows])}"
        for title, rows in five.parts()
    ]
    titles = _table(names, [("procedure", *(company.pack.meta.title.en for company in companies))])
    return _page(
        "One complaint, five procedures",
        "One build, one complaint, and five packs that ship with it: whatever differs here is data of the pack and stands"
        " nowhere in code. Twelve panels of one lot arrive scratched; the customer writes on Monday, 2 March 2026, at 9:00"
        " at Shanghai, where all five are taken to be. It stands on the form at 9:30, is graded at 9:40 and assigned at"
        " 9:50; promises are told as they stand then if nobody has kept them yet. `casetrail demo` has a case of each,"
        " and `tests/journeys/test_side_by_side.py` posts this complaint to all five and compares.",
        titles,
        *tables,
    )


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", MADE, *parts)) + "\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [
        columns,
        ["---"] * len(columns),
        *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "lifecycle.md": lifecycle,
    "events.md": events,
    "commands.md": commands,
    "clauses.md": clauses,
    "cli.md": cli,
    "settings.md": settings,
}
BESIDE: dict[str, Callable[[], str]] = {"requirements.md": requirements, "five-procedures.md": five_procedures}
"""Pages that stand beside the reference, in docs."""


def write(directory: Path) -> None:
    """Write every page."""
    directory.mkdir(parents=True, exist_ok=True)
    for folder, pages in ((directory, PAGES), (directory.parent, BESIDE)):
        for name, page in pages.items():
            (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else REFERENCE)
