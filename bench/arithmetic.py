"""How many questions about working time are answered in a second, by us and by others, on one calendar.

China's holidays of 2024 to 2027 and two intervals a day; every round asks the same questions of each in turn. Before
anything is measured, the answers are compared: whoever is measured here is right.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.sla_watch.published_calendars import published
from shared.clocks.calendars import WorkCalendar
from shared.clocks.worktime import Target, add_working_seconds, due, working_seconds
from shared.runtime import collector

PAGE = Path(__file__).parent / "ARITHMETIC.md"
ZONE = "Asia/Shanghai"
OURS = "Casetrail"
ASKED = 1_000
"""Different questions of each kind."""
WD3 = Target.parse("wd3")
Question = tuple[Any, ...]
Row = tuple[str, str, Callable[..., Any], Sequence[Question]]
"""What is asked, of whom, how, and the questions."""


def main(arguments: Sequence[str]) -> None:
    """Measure, print, write bench/ARITHMETIC.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench arithmetic", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="rounds of all measurements; medians are taken over them")
    parser.add_argument("--seconds", type=float, default=0.5, help="processor time of one measurement")
    given = parser.parse_args(arguments)
    collector.settle()
    rows = list(_rows())
    _agree(rows)
    found: dict[tuple[str, str], list[float]] = {(what, who): [] for what, who, _, _ in rows}
    began = os.getloadavg()[0]
    for number in range(1, given.rounds + 1):
        for what, who, ask, questions in rows:
            found[what, who].append(_rate(ask, questions, given.seconds))
        print(f"round {number}/{given.rounds}", flush=True)
    text = _report(found, given.rounds, given.seconds, began)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def _rate(ask: Callable[..., Any], questions: Sequence[Question], seconds: float) -> float:
    """Answers in a second of the processor's time; the clock is read seldom, which matters to the quick ones."""
    at_once = max(1, round(_rough(ask, questions) * seconds / 20))
    again, answered, started = cycle(questions), 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        for question in islice(again, at_once):
            ask(*question)
        answered += at_once
    return answered / spent


def _rough(ask: Callable[..., Any], questions: Sequence[Question]) -> float:
    started = time.process_time()
    for question in questions[:3]:
        ask(*question)
    return 3 / max(time.process_time() - started, 1e-6)


# ── the questions ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _rows() -> Iterator[Row]:
    whole = published("CN", None, ZONE, None, range(2024, 2028))
    plain = replace(whole, extra_working_days=frozenset())  # the others cannot express make-up days
    chance = random.Random(4)
    starts = [
        datetime(2024, 1, 8, tzinfo=UTC) + timedelta(seconds=chance.randrange(900 * 86_400)) for _ in range(ASKED)
    ]
    lengths = [(start, chance.randrange(3600, 5 * 8 * 3600)) for start in starts]
    weeks = [(start, start + timedelta(seconds=chance.randrange(21 * 86_400))) for start in starts]
    years = [(start, start + timedelta(days=365)) for start in starts]
    days = [(start,) for start in starts]

    yield "add an hour to five days", OURS, lambda a, n: add_working_seconds(plain, a, n), lengths
    yield (
        "add an hour to five days",
        f"{OURS}, with make-up days",
        lambda a, n: add_working_seconds(whole, a, n),
        lengths,
    )
    yield "working seconds of up to three weeks", OURS, lambda a, b: working_seconds(plain, a, b), weeks
    yield "working seconds of a year", OURS, lambda a, b: working_seconds(plain, a, b), years
    yield "due in wd3", OURS, lambda a: due(plain, a, WD3).at, days
    yield "due in wd3", f"{OURS}, with make-up days", lambda a: due(whole, a, WD3).at, days
    yield from _theirs(plain, lengths, weeks, years, days)


def _theirs(calendar: WorkCalendar, lengths: Any, weeks: Any, years: Any, days: Any) -> Iterator[Row]:
    try:
        # By name, so that checking types asks for no library that a machine may lack.
        names = ("business_duration", "businesstimedelta", "numpy", "pytz")
        business_duration, btd, np, pytz = map(import_module, names)
    except ImportError:
        print("the extra `crosscheck` is not installed: only our own are measured")
        return

    tz, zone, free = pytz.timezone(ZONE), ZoneInfo(ZONE), set(calendar.holidays)
    hours = calendar.usual_hours
    shifts = [btd.WorkDayRule(begin, end, tz=tz) for begin, end in hours]
    rules = btd.Rules([*shifts, btd.HolidayRule(free, tz=tz)])
    numbers = np.busdaycalendar(holidays=np.array(sorted(free), dtype="datetime64[D]"))

    def duration(a: datetime, b: datetime) -> int:
        a, b = (at.astimezone(zone).replace(tzinfo=None) for at in (a, b))
        return sum(
            business_duration.businessDuration(a, b, opens, closes, holidaylist=free, unit="sec")
            for opens, closes in hours
        )

    def day(a: datetime) -> datetime:
        last: date = np.busday_offset(a.astimezone(zone).date(), 3, "backward", busdaycal=numbers).astype(date)
        return datetime.combine(last, hours[-1][1], zone).astimezone(UTC)

    one = "businesstimedelta"
    yield "add an hour to five days", one, lambda a, n: a + btd.BusinessTimeDelta(rules, seconds=n), lengths
    for what, asked in (("working seconds of up to three weeks", weeks), ("working seconds of a year", years)):
        yield what, one, lambda a, b: int(rules.difference(a, b).timedelta.total_seconds()), asked
        yield what, "business-duration", duration, asked
    yield "due in wd3", "numpy.busday_offset", day, days


def _agree(rows: Sequence[Row]) -> None:
    """Every hundredth answer of everybody is ours."""
    ours = {what: (ask, questions) for what, who, ask, questions in rows if who == OURS}
    for what, who, ask, questions in rows:
        if "make-up" in who:
            continue
        for question in questions[::100]:
            wanted, answer = ours[what][0](*question), ask(*question)
            assert answer == wanted, f"{who}, {what} {question}: {answer}, not {wanted}"


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _report(found: dict[tuple[str, str], list[float]], rounds: int, seconds: float, began: float) -> str:
    libraries = [name for name in ("business-duration", "businesstimedelta", "pandas", "numpy") if _has(name)]
    lines = [
        "# How fast working time is counted",
        "",
        f"`python3 run.py bench arithmetic --rounds {rounds} --seconds {seconds:g}` on {datetime.now(UTC):%Y-%m-%d}: medians of",
        f"{rounds} interleaved rounds in one process, answers per second of processor time on one of {os.cpu_count()} cores;",
        f"load {began:.1f} at the beginning, {os.getloadavg()[0]:.1f} at the end.",
        "",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; "
        + ", ".join(f"{name} {version(name)}" for name in libraries)
        + ".",
        "",
        "| Question | Answered by | Answers/s | Lowest – highest | Casetrail ÷ theirs |",
        "|---|---|---|---|---|",
    ]
    for (what, who), rates in sorted(found.items(), key=lambda one: one[0][0]):
        rate = statistics.median(rates)
        times = "" if who.startswith(OURS) else f"{statistics.median(found[what, OURS]) / rate:,.1f}"
        lines.append(f"| {what} | {who} | {rate:,.0f} | {min(rates):,.0f} – {max(rates):,.0f} | {times} |")
    lines += [
        "",
        "The calendar has China's holidays of 2024 to 2027 and the hours 08:30–12:00 and 13:00–17:30. The others cannot express",
        "its make-up days, so they are left out where we are compared, and named where they count. business-duration knows one",
        "interval a day and is asked twice for one answer; it and numpy count on the wall clock, and the way there and back is",
        "in their time. numpy counts days alone. `due` keeps what it needs to explain its count; the others cannot.",
        "",
    ]
    return "\n".join(lines)


def _has(name: str) -> bool:
    try:
        return bool(version(name))
    except ImportError:
        return False
