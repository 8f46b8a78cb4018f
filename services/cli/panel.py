"""One case on one screen: what is known, by whom it is worked on, and which promises run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.cli import show
from services.cli.look import time_left
from services.cli.words import Words

Lines = Iterator[tuple[str, str]]


def show_case(found: Mapping[str, Any], words: Words, now: str | None) -> None:
    """Prints the panel; `now` is the clock of the house, for what is left, or None for a look back."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    state, site = found["state"], found["site"]
    told = Table.grid(padding=(0, 2))
    told.add_column(style="dim", no_wrap=True)
    told.add_column(overflow="fold")
    for name, value in _lines(state, words, site):
        if value:
            told.add_row(words.said(name), Text(show.one_line(value)))
    parts: list[Any] = [told]
    if running := show.pieces(found.get("clocks")):
        promises = Table.grid(padding=(0, 2))
        for clock in running:
            tone = {"breached": "red", "met_late": "red", "paused": "cyan", "running": "bold"}.get(
                clock["status"], "dim"
            )
            cells = (
                words.clock(clock["clock_id"]),
                words.code(clock["status"]),
                words.when(clock["due_at"], site),
                time_left(clock, now, words),
            )
            promises.add_row(*(Text(show.one_line(each)) for each in cells), style=tone)
        parts += [Text(f"\n{words.said('promises')}", style="bold"), promises]
    stage = words.code(found["stage"])
    cycle = f", {words.said('cycle')} {found['cycle']}" if found.get("cycle", 1) > 1 else ""
    standing = f"{words.said('version')} {found['version']} · {words.said('position')} {found['position']} · {words.zone(site)}"
    console = show.out()
    console.print(
        Panel(
            Group(*parts),
            title=Text(f"{found['case_no']} · {stage}{cycle}", style="bold"),
            subtitle=Text(standing, style="dim"),
            title_align="left", subtitle_align="right", width=None if console.is_terminal else 120,
        )
    )  # fmt: skip


def _lines(state: Mapping[str, Any], words: Words, site: str) -> Lines:
    def text(name: str) -> str:
        return str(show.cell(state.get(name)) or "")

    requests: dict[str, str] = state.get("open_requests") or {}

    def moment(name: str) -> str:
        return words.when(state.get(name), site)

    yield (
        "received",
        _joined(
            moment("received_at"),
            words.code(state.get("channel")),
            words.said("taken over as history") if state.get("historical") else "",
        ),
    )
    yield "customer", _joined(text("customer_name"), text("customer_no"), text("contact_person"), text("contact"))
    yield (
        "product",
        _joined(text("product_model"), f"{words.said('lot')} {text('lot_no')}" if state.get("lot_no") else ""),
    )
    yield "description", text("description")
    yield "symptom", text("symptom")
    yield "safety", words.said("a hazard") if state.get("safety_hazard") else ""
    yield "acknowledged", moment("acknowledged_at")
    yield (
        "waits for",
        ", ".join(f"{key} ({words.said('asked of')}: {words.code(whom)})" for key, whom in requests.items()),
    )
    yield "evidence", "; ".join(_evidence(each, words) for each in _several(state.get("evidence")))
    yield "class", _joined(words.code(state.get("category")), text("subcategory"))
    if rank := state.get("rank"):
        yield "grade", _joined(text("grade"), words.code(f"rank_{rank}"), words.code(state.get("grade_basis")))
    yield "owner", _joined(words.name(state.get("owner")), words.code(state.get("department")))
    yield "merged into", text("merged_into")
    yield (
        "linked",
        ", ".join(f"{link['case_no']} ({words.code(link['relation'])})" for link in show.pieces(state.get("links"))),
    )
    for measure in _several(state.get("containment")):
        where = ", ".join(words.code(place) for place in measure["where"])
        yield (
            "containment",
            f"{measure['containment_id']} ({where}) {words.name(measure['owner'])}: {show.cell(measure['measure'])}",
        )
    if cause := state.get("root_cause"):
        yield "direct cause", str(show.cell(cause["direct_cause"]))
        yield (
            "root cause",
            f"{show.cell(cause['root_cause'])} ({words.code(cause['verdict'])}, {words.code(cause['method'])})",
        )
    for action in _several(state.get("actions")):
        done = f", {action['percent']} %" if action.get("percent") not in (None, 0, 100) else ""
        blocked = f", {words.said('blocked')}" if action.get("blocked") else ""
        yield (
            "action",
            (
                f"{action['action_id']} {words.code(action['kind'])}, {words.code(action['status'])}{done}{blocked}, "
                f"{words.name(action['owner'])}, {words.said('due')} {action['due']}: {show.cell(action['content'])}"
            ),
        )
    yield "failed checks", text("failed_verifications") if state.get("failed_verifications") else ""
    yield (
        "costs",
        "; ".join(
            f"{words.code(cost['kind'])} {show.cell(cost['amount'])}" for cost in show.pieces(state.get("costs"))
        ),
    )
    yield "closed", _joined(moment("closed_at"), words.code(state.get("disposition")))
    if state.get("satisfied") is not None:
        yield "customer says", words.said("satisfied" if state["satisfied"] else "not satisfied")
    yield (
        "to decide",
        (words.said("a failed follow-up: reopen the case, or waive it") if state.get("follow_up_decision_due") else ""),
    )


def _evidence(each: Mapping[str, Any], words: Words) -> str:
    return f"{each['evidence_id']} {words.code(each['kind'])} {each['file']['name']}"


def _several(by_id: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    return (by_id or {}).values()


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
