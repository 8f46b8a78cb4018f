"""How the command line shows things: answers on standard output, everything else on standard error.

Values from outside never meet Rich's markup and never reach the terminal with their control characters.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from shared.kernel.errors import Problem

_WIDE = 1000  # columns where nobody looks: a program that reads a table wants each row on one line
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def out() -> Console:
    """Standard output: what was asked for."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error: progress, remarks and problems."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    return (
        console
        if console.is_terminal
        else Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=_WIDE)
    )


def one_line(value: object) -> str:
    """A value as one harmless line: line breaks become spaces; control and direction characters go."""
    return _CONTROLS.sub(" ", str(value)).strip()


def as_json(value: object) -> None:
    """A value for programs; one document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def line(text: str, style: str | None = None) -> None:
    """One line of an answer, however long."""
    _say(_CONTROLS.sub(" ", text), style, stderr=False)


def remark(text: str, style: str | None = "dim") -> None:
    """A remark that is not part of the answer."""
    sys.stdout.flush()  # what was said before stands before, where both streams go to one place
    _say(one_line(text), style, stderr=True)


def _say(text: str, style: str | None, *, stderr: bool) -> None:
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty() or "FORCE_COLOR" in os.environ:
        _console(stderr).print(text, style=style, soft_wrap=True)
    else:  # plain, without loading what draws: a start says three lines
        stream.write(f"{text}\n")
        stream.flush()


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str,
    style: Callable[[int], str] | None = None,
    numbers_from: int | None = None,
) -> None:
    """Rows under headings; `style` chooses a colour by row number, from `numbers_from` on columns hold numbers.

    Long words of the last column wrap.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    console = out()
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, column in enumerate(columns):
        right = numbers_from is not None and number >= numbers_from
        shown.add_column(column, overflow="fold", no_wrap=number == 0 or right, justify="right" if right else "left")
    for number, row in enumerate(rows):
        shown.add_row(*(Text(one_line(cell(value))) for value in row), style=style(number) if style else None)
    if not shown.row_count:
        remark(empty)
        return
    with console.capture() as captured:
        console.print(shown)
    text = captured.get()
    sys.stdout.write(text if console.is_terminal else re.sub(r" +$", "", text, flags=re.MULTILINE))


def cell(value: object) -> object:
    """A JSON value as a reader wants it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case {"erased": True}:
            return "[erased]"
        case {"minor": int(minor), "currency": str(currency)}:
            return f"{minor / 100:,.2f} {currency}"
        case list():
            return ", ".join(str(cell(item)) for item in cast("list[object]", value))
        case dict():
            pairs = cast("dict[str, object]", value).items()
            return ", ".join(f"{key}: {cell(item)}" for key, item in pairs if item not in (None, [], {}))
        case _:
            return value


def problem(found: Problem) -> None:
    """What is wrong, by which rule, in which field, and the way out."""
    from rich.text import Text

    console = err()
    console.print(Text(one_line(found.title), style="bold red"), soft_wrap=True)
    console.print(Text("  " + one_line(found.detail)), soft_wrap=True)
    for name, value in (("rule", found.rule), ("field", found.field), ("way out", found.way_out)):
        if value:
            console.print(Text.assemble((f"  {name:<8}", "dim"), one_line(value)), soft_wrap=True)


@contextmanager
def progress(console: Console, what: str, total: int | None) -> Generator[Callable[[int], None]]:
    """A bar with a count, while the body runs; call what it gives with every step. Silent without a terminal."""
    if not console.is_terminal:
        yield lambda steps: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)


@contextmanager
def problems_shown() -> Generator[None]:
    """Whatever is refused inside ends the command with its problem on standard error and exit code 1."""
    from shared.kernel.errors import Problem

    try:
        yield
    except Problem as found:
        problem(found)
        raise typer.Exit(1) from None


def typed_wrongly(detail: str, *, field: str | None = None, way_out: str | None = None) -> typer.Exit:
    """To be raised: nothing was sent, because it cannot be meant so; exit code 2."""
    from shared.kernel.errors import Invalid

    problem(Invalid(detail, field=field, way_out=way_out))
    return typer.Exit(2)


def when(text: str | None, zone: str = "UTC") -> str:
    """An RFC 3339 instant as wall time of a zone."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def pieces(value: Any) -> list[Any]:
    """A JSON list, or nothing."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType] (JSON)
