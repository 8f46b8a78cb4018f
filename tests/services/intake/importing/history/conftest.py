"""Small logs written on the spot, read without a server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.intake.importing.history.cases import CaseHistory, CaseReader, NoCase
from services.intake.importing.history.checks import load_history_mapping
from services.intake.importing.history.report import HistoryReport
from services.intake.importing.history.run import import_history
from services.intake.importing.table import Reject, Row

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = "ticket,what,when,who,text,prio,via,step\n"
MAPPING = """
[source]
name = "old-desk"
site = "sz"
zone = "Europe/Berlin"
[log]
case = "ticket"
activity = "what"
time = { column = "when", format = ["%Y-%m-%d %H:%M", "iso"] }
resource = "who"
ignore = ["Viewed"]
[begin]
values = ["Opened"]
[[begin.events]]
event = "Received"
[begin.events.fields]
channel = { column = "via", map = "channels", default = "telephone" }
description = "text"
[activities."Called back"]
event = "Acknowledged"
fields = { channel = { constant = "telephone" } }
[activities."Spoke"]
event = "CustomerContacted"
[activities."Spoke".fields]
direction = { constant = "outbound" }
channel = { constant = "telephone" }
purpose = { constant = "progress" }
summary = "text"
[activities."Given to"]
event = "Assigned"
fields = { owner = { column = "who", map = "people" }, department = { constant = "quality" } }
[activities."Reopened"]
event = "Reopened"
fields = { reason = { constant = "objection" }, explanation = { constant = "as the old desk has it" } }
[activities."Asked"]
event = "InformationRequested"
fields = { asked_of = { constant = "customer" }, items = { column = "text", split = ";" } }
[activities."Answered"]
event = "InformationProvided"
fields = { answer = { constant = "it came" } }
[activities."Closed"]
event = "Closed"
[activities."Closed".fields]
disposition = { constant = "solved" }
customer_acceptance = { constant = "accepted" }
summary = { constant = "done" }
[[changes]]
column = "prio"
from = ""
event = "Classified"
[changes.fields]
category = { constant = "other" }
grade = "prio"
rank = { column = "prio", map = "ranks" }
basis = { constant = "presumed" }
[[changes]]
column = "prio"
from = "*"
event = "GradeChanged"
[changes.fields]
grade = "prio"
rank = { column = "prio", map = "ranks" }
basis = { constant = "confirmed" }
reason = { constant = "changed there" }
[maps.ranks]
P1 = 1
P2 = 2
P3 = 3
[maps.channels]
mail = "email"
[maps.people]
"Wang Fang" = "p-wang"
[extra]
keep = ["step"]
"""

Read = Callable[..., CaseHistory]
Rejected = Callable[..., list[Reject]]
Run = Callable[..., HistoryReport]


def row(number: int, what: str, when: str, **cells: str) -> Row:
    """One row of ticket 17; what is not said is empty."""
    usual = {
        "ticket": "17",
        "what": what,
        "when": when,
        "who": "",
        "text": "flickers",
        "prio": "P3",
        "via": "",
        "step": "",
    }
    return Row(number, {**usual, **cells})


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """read(row, row, …, mapping=…): the history of the case."""

    def make(*rows: Row, mapping: str = MAPPING) -> CaseHistory:
        path = tmp_path / "mapping.toml"
        path.write_text(mapping, encoding="utf-8")
        return CaseReader(load_history_mapping(path), NOW).read("17", list(rows))

    return make


@pytest.fixture
def rejected(read: Read) -> Rejected:
    """What speaks against the case."""

    def make(*rows: Row, mapping: str = MAPPING) -> list[Reject]:
        with pytest.raises(NoCase) as no:
            read(*rows, mapping=mapping)
        return no.value.rejects

    return make


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("17,Opened,…", mapping=…, name="log.csv", **how): the report of a dry run over a file, or of whatever `how` says."""

    def make(
        body: str, *, mapping: str = MAPPING, name: str = "log.csv", client: Any = None, **how: Any
    ) -> HistoryReport:
        (tmp_path / name).write_text(body, encoding="utf-8")
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
        dry = client is None
        return import_history(tmp_path / name, tmp_path / "mapping.toml", client, dry_run=dry, now=NOW, **how)

    return make


def told(history: CaseHistory) -> list[tuple[str, str]]:
    """Events and when they happened, to the minute, UTC."""
    return [(step.event, f"{step.at:%Y-%m-%d %H:%M}") for step in history.steps]
