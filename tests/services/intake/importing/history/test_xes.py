"""Logs in XES: the same events as in a table, and nothing that a log has no need of."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from services.intake.importing.history import xes
from services.intake.importing.table import Row
from shared.kernel.errors import Invalid
from tests.services.intake.importing.conftest import Door
from tests.services.intake.importing.history.conftest import HEADER, MAPPING, Run

ROWS = (
    ("17", "Opened", "2026-01-05T09:00:00+01:00", "agent 7", "flickers & hums", "P3"),
    ("18", "Opened", "2026-01-05T09:05:00+01:00", "agent 8", "no sound", "P2"),
    ("17", "Called back", "2026-01-05T10:00:00+01:00", "agent 7", "", "P3"),
    ("17", "Put aside", "2026-01-05T10:00:00+01:00", "agent 7", "", "P1"),
    ("18", "Closed", "2026-01-06T09:00:00+01:00", "agent 8", "", "P2"),
)
NAMES = {"what": "concept:name", "when": "time:timestamp", "who": "org:resource", "ticket": "case:concept:name"}


def as_csv() -> str:
    return HEADER + "".join(
        f"{case},{what},{when},{who},{text},{prio},,\n" for case, what, when, who, text, prio in ROWS
    )


def as_xes(head: str = "", namespace: str = "http://www.xes-standard.org/") -> str:
    traces = ""
    for case in ("17", "18"):
        events = "".join(
            f'<event><string key="concept:name" value="{what}"/><date key="time:timestamp" value="{when}"/>'
            f'<string key="org:resource" value="{who}"><string key="note" value="within"/></string>'
            f'<string key="text" value="{escape(text)}"/><string key="prio" value="{prio}"/>'
            '<string key="via" value=""/><int key="step" value=""/></event>'
            for ticket, what, when, who, text, prio in ROWS
            if ticket == case
        )
        traces += f'<trace><string key="concept:name" value="{case}"/>{events}</trace>'
    glob = '<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>'
    extension = '<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>'
    declared = f' xmlns="{namespace}"' if namespace else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<log xes.version="1.0"{declared}>{extension}{glob}{traces}</log>'
    )


def of_xes() -> str:
    mapping = MAPPING
    for ours, theirs in NAMES.items():
        mapping = mapping.replace(f'"{ours}"', f'"{theirs}"')
    return mapping


@pytest.mark.parametrize("namespace", ["http://www.xes-standard.org/", "", "urn:other"])
def test_a_log_in_xes_tells_what_the_same_log_in_a_table_tells(run: Run, namespace: str) -> None:
    table = run(as_csv())
    log = run(as_xes(namespace=namespace), mapping=of_xes(), name="log.xes")
    assert (log.cases, log.valid, log.rejected) == (2, 2, 0)
    assert log.events == table.events and log.deviations == table.deviations and log.details == table.details
    assert (log.log_from, log.log_until) == (table.log_from, table.log_until)


def test_both_send_the_same_facts(run: Run, door: Door) -> None:
    """But for the numbers of their rows: a table counts its header."""
    with door.client() as client:
        run(as_csv(), client=client)
        run(as_xes(), mapping=of_xes(), name="log.xes", client=client)
    table, log = (
        {case["case"]: [{**step, "row": 0} for step in case["steps"]] for case in request["rows"]}
        for request in door.requests
    )
    assert table == log and sum(map(len, table.values())) == 8
    assert door.requests[0]["log_until"] == door.requests[1]["log_until"]


def test_a_row_holds_the_attributes_of_event_and_trace_and_nothing_within_them(tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text(as_xes(), encoding="utf-8")
    with xes.open_xes(path) as table:
        first = next(iter(table.rows))
    assert first == Row(1, {
        "case:concept:name": "17", "concept:name": "Opened", "time:timestamp": "2026-01-05T09:00:00+01:00",
        "org:resource": "agent 7", "text": "flickers & hums", "prio": "P3", "via": "", "step": "",
    })  # fmt: skip


def test_it_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.xes"
    path.write_text(as_xes(), encoding="utf-8")
    with xes.open_xes(path) as table:
        whole = list(table.rows)
    monkeypatch.setattr(xes, "CHUNK", 7)
    with xes.open_xes(path) as table:
        assert list(table.rows) == whole and len(whole) == len(ROWS)


BOMB = '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FAULTS = {
    "entities": (as_xes(BOMB), "declares a document type or entities"),
    "a document type": (as_xes("<!DOCTYPE log>"), "declares a document type or entities"),
    "a document type elsewhere": (as_xes('<!DOCTYPE log SYSTEM "http://localhost/x.dtd">'), "declares a document type"),
    "an entity nobody declared": (as_xes().replace("flickers", "&secret;"), "is not well-formed XML"),
    "cut off": (as_xes()[:-20], "is not well-formed XML"),
    "nothing": ("", "is not well-formed XML"),
    "another document": ("<html><body/></html>", "is no XES: it begins with <html>"),
    "a trace that speaks too late": (
        "<log><trace><event/><string key='concept:name' value='1'/></trace></log>", "says something of itself after its events",
    ),
    "an unknown encoding": (as_xes().replace("UTF-8", "utf-klingon"), "log.xes"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_log_is_refused(run: Run, text: str, said: str) -> None:
    with pytest.raises(Invalid) as no:
        run(text, mapping=of_xes(), name="log.xes")
    assert said in no.value.detail


def test_a_key_that_no_event_has_is_a_mistake_of_the_mapping(run: Run) -> None:
    with pytest.raises(Invalid) as no:
        run(as_xes(), mapping=of_xes().replace('"prio"', '"priority"'), name="log.xes")
    assert "no event has 'priority'" in no.value.detail


def test_some_of_the_transitions_may_be_left_out(run: Run) -> None:
    skipping = of_xes().replace("[begin]", '[log.skip]\n"concept:name" = ["Put aside"]\n[begin]')
    report = run(as_xes(), mapping=skipping, name="log.xes")
    assert (report.rows, report.skipped, report.deviations["G-ACTIVITY"]) == (5, 1, 0)
