"""What a simulation said: as tables for people, as JSON for programs, and as the record that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.cli import show
from services.cli.words import Words
from services.sla_watch.clauses import CLAUSES
from services.sla_watch.simulating import Comparison, Difference, Outcome, Period, Simulation, Tally, Verdict, total
from shared.clocks.state import ClockStatus
from shared.events.policy import PackRef
from shared.events.simulations import TriedCalendar
from shared.kernel.values import rfc3339

_ORDER = {clause.name: number for number, clause in enumerate(CLAUSES)}
_FIGURES, _NAMES = 32, 28
"""Columns of the terminal that a group of figures takes beside its title, and the names of the promises."""

Group = tuple[str, Mapping[str, Tally]]


def shown(comparison: Comparison, words: Words, calendar: TriedCalendar | None, *, cases: bool) -> None:
    """The table, promises down and packs across, in as many parts as the terminal needs; then case by case, if wanted."""
    groups = [(words.said("as recorded"), comparison.clauses)]
    groups += [(_title(each, calendar, words), each.clauses) for each in comparison.simulations]
    for part in parts(groups, show.out().width - _NAMES):
        _table(part, words)
    show.line(f"{comparison.cases:,} {words.said('cases')}, {words.said('as of')} {rfc3339(comparison.until)}")
    for each in comparison.simulations:
        show.line(
            f"{_title(each, calendar, words)}: {words.said('promises that would have gone otherwise')}: {len(each.differences):,}, "
            f"{words.said('in cases')}: {each.cases:,}"
        )
        if cases and each.differences:
            _differences(each.differences, words)


def parts(groups: Sequence[Group], width: int) -> Iterator[Sequence[Group]]:
    """As many side by side as there is room for."""
    part, taken = list[Group](), 0
    for group in groups:
        wide = len(group[0]) + _FIGURES
        if part and taken + wide > width:
            yield part
            part, taken = [], 0
        part.append(group)
        taken += wide
    yield part


def _table(groups: Sequence[Group], words: Words) -> None:
    names = sorted({name for _, tallies in groups for name in tallies}, key=lambda name: _ORDER.get(name, len(_ORDER)))
    headings = [words.said("promise")]
    for title, _ in groups:
        headings += [
            f"{title}\n{words.said('begun')}",
            *(f"\n{words.said(name)}" for name in ("kept", "broken", "share")),
        ]
    rows: list[list[object]] = []
    for name in names:
        row: list[object] = [words.code(name)]
        for _, tallies in groups:
            row += _figures(tallies.get(name))
        rows.append(row)
    rows.append([words.said("all promises"), *(x for _, tallies in groups for x in _figures(total(tallies.values())))])
    show.table(
        headings, rows, empty="", numbers_from=1, style=lambda number: "bold" if number == len(names) else ""
    )  # fmt: skip


def _figures(tally: Tally | None) -> tuple[object, ...]:
    if tally is None or not tally.started:
        return ("–", "", "", "")
    return (
        f"{tally.started:,}",
        f"{tally.kept:,}",
        f"{tally.broken:,}",
        "" if tally.share is None else f"{tally.share:.1%}",
    )


def _differences(differences: Sequence[Difference], words: Words) -> None:
    def due(one: Outcome | None, site: str) -> str:
        return words.said("not promised") if one is None else words.when(rfc3339(one.due_at), site)

    def result(one: Outcome | None) -> str:
        if one is None:
            return ""
        first = "breached" if one.verdict == Verdict.BROKEN and one.status == ClockStatus.CANCELLED else None
        return ", ".join(words.code(code) for code in (first, one.status.value) if code)

    columns = ("case", "promise", "due as recorded", "due otherwise", "came out as", "would have come out as")
    show.table(
        tuple(map(words.said, columns)),
        [
            (
                each.case_no, words.clock(each.clock_id), due(each.recorded, each.site), due(each.simulated, each.site),
                result(each.recorded), result(each.simulated),
            )
            for each in differences
        ],
        empty="",
    )  # fmt: skip


def _title(simulation: Simulation, calendar: TriedCalendar | None, words: Words) -> str:
    policy = simulation.change.policy
    said = [] if policy is None else [policy.ref.rpartition(" ")[0]]
    if calendar is not None:
        said.append(calendar.calendar if calendar.edition is None else f"{calendar.calendar}@{calendar.edition}")
    return ", ".join(said) or words.said("replayed")


# ── for programs ──────────────────────────────────────────────────────────────────────────────────────────────────────
def as_told(comparison: Comparison, period: Period, calendar: TriedCalendar | None) -> dict[str, Any]:
    """Everything, every difference included."""
    return {
        **_asked(comparison, period),
        "calendar": calendar and calendar.model_dump(),
        "recorded": _tallies(comparison.clauses),
        "simulations": [
            {
                "packs": _packs(each),
                **_tallies(each.clauses),
                "cases_differ": each.cases,
                "differences": [_difference(one) for one in each.differences],
            }
            for each in comparison.simulations
        ],
    }


def as_record(comparison: Comparison, period: Period, calendar: TriedCalendar | None, why: str) -> dict[str, Any]:
    """The body of the command that keeps it."""
    return {
        **{("case_count" if name == "cases" else name): value for name, value in _asked(comparison, period).items()},
        "reason": why.strip(),
        "calendar": calendar and calendar.model_dump(),
        "recorded": list(_counts(comparison.clauses)),
        "tried": [
            {"packs": _packs(each), "cases_differ": each.cases, "clauses": list(_counts(each.clauses))}
            for each in comparison.simulations
        ],
    }


def _asked(comparison: Comparison, period: Period) -> dict[str, Any]:
    return {
        "sites": sorted(period.sites),
        "received_from": period.begins and str(period.begins),
        "received_before": period.ends and str(period.ends),
        "with_history": period.history,
        "as_of": rfc3339(comparison.until),
        "cases": comparison.cases,
    }


def _packs(simulation: Simulation) -> list[dict[str, Any]]:
    lineage: tuple[PackRef, ...] = () if simulation.change.policy is None else simulation.change.policy.lineage
    return [ref.model_dump() for ref in lineage]


def _counts(tallies: Mapping[str, Tally]) -> Iterator[dict[str, Any]]:
    for name, tally in sorted(tallies.items()):
        yield {"clause": name, "started": tally.started, "kept": tally.kept, "broken": tally.broken}


def _tallies(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    return {
        "clauses": [{"clause": name, **vars(each), "share": each.share} for name, each in sorted(tallies.items())],
        "total": {**vars(whole := total(tallies.values())), "share": whole.share},
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "complaint_id": one.complaint_id, "case_no": one.case_no, "site": one.site, "clock": one.clock_id,
        "clause": one.clause, "recorded": _outcome(one.recorded), "simulated": _outcome(one.simulated),
    }  # fmt: skip


def _outcome(one: Outcome | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "due_at": rfc3339(one.due_at), "status": one.status.value, "result": one.verdict.value, "excused": one.excused,
    }  # fmt: skip
