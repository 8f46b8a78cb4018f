"""Mapping files of logs: every fault is named with its key, and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.importing.history.checks import load_history_mapping
from shared.kernel.errors import Invalid
from tests.services.intake.importing.conftest import ROOT
from tests.services.intake.importing.history.conftest import MAPPING


def fault(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as no:
        load_history_mapping(path)
    return no.value.detail


FAULTS = [
    ('event = "Acknowledged"', 'event = "Acknowleged"',
     "activities.'Called back'.event: 'Acknowleged' is nothing that a history can say; did you mean 'Acknowledged'?"),
    ('event = "Acknowledged"', 'event = "StepSigned"', "'StepSigned' is nothing that a history can say"),
    ('event = "Acknowledged"', 'event = "Received"', "a case is received once, at its beginning"),
    ('event = "Acknowledged"', "ignore = true", "activities.Called back.0: what is ignored has no fields"),
    ('event = "Acknowledged"\n', "", 'needs either event = "…" or ignore = true'),
    ('summary = "text"', 'sumary = "text"', "fields.sumary: CustomerContacted has no such field; did you mean 'summary'?"),
    ('summary = "text"\n', "", "activities.'Spoke'.fields.summary: is needed for CustomerContacted"),
    ('purpose = { constant = "progress" }', 'purpose = { constant = "chat" }',
     "fields.purpose.constant: purpose of CustomerContacted"),
    ('channel = { column = "via", map = "channels"', 'channel = { column = "via", map = "chanels"',
     "there is no [maps.chanels]; did you mean 'channels'?"),
    ('mail = "email"', 'mail = "pigeon"', "maps.channels.'mail': channel of Received"),
    ('description = "text"', 'description = "text"\ncase_no = "text"', "Received has no such field"),
    ('description = "text"', 'description = { digest = ["text"] }', "digest: goes only with casetrail import"),
    ('description = "text"', 'description = { column = "text", format = "iso" }', "format: goes only with times and days"),
    ('description = "text"', 'description = { column = "text", split = ";" }', "split: goes only with a list"),
    ('description = "text"', 'description = "text"\nalso = "text"', "Received has no such field"),
    ('description = "text"', 'description = "text"\nfailure_at = "when"', "failure_at.format: is needed, times are never guessed"),
    ('description = "text"', 'description = "text"\nserial_nos = { column = "text", columm = "x" }', "unknown key"),
    (', format = ["%Y-%m-%d %H:%M", "iso"]', "", "log.time.format: is needed"),
    ('zone = "Europe/Berlin"', "", "log.time.format: '%Y-%m-%d %H:%M' has no offset (%z)"),
    ('zone = "Europe/Berlin"', 'zone = "Europe/Atlantis"', "unknown time zone"),
    ('activity = "what"', "", "log.activity: is needed for [activities]"),
    ('activity = "what"', 'actvity = "what"', "log.actvity: unknown key; did you mean 'activity'?"),
    ('ignore = ["Viewed"]', 'ignore = ["Spoke"]', "log.ignore: 'Spoke' stands in [activities] too"),
    ('case = "ticket"\n', "", "log.case: is needed"),
    ('[[begin.events]]\nevent = "Received"', '[[begin.events]]\nevent = "Acknowledged"', "begin.events: the first one is Received"),
    ('values = ["Opened"]\n', "", "begin.values: is needed"),
    ('[[changes]]\ncolumn = "prio"\nfrom = ""', '[[changes]]\nform = ""\ncolumn = "prio"', "unknown key; did you mean 'from'?"),
    ('site = "sz"', 'site = "Shen Zhen"', "source.site: a site code has 1 to 32 characters"),
    ("P1 = 1", "P1 = 9", "maps.ranks.'P1': rank of Classified"),
    ('[source]\nname = "old-desk"', '[source]\ncolumns = ["ticket", "what", "when"]\nname = "old-desk"',
     "log.resource: there is no column 'who'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("there", "instead", "said"), FAULTS, ids=[f"{there} → {instead}"[:60] for there, instead, _ in FAULTS]
)
def test_a_fault_is_named(tmp_path: Path, there: str, instead: str, said: str) -> None:
    assert there in MAPPING
    assert said in fault(tmp_path, MAPPING.replace(there, instead, 1))


def test_a_record_of_several_fields_is_nothing_for_a_log(tmp_path: Path) -> None:
    text = MAPPING + '[activities.Planned]\nevent = "ActionPlanned"\nfields = { resources = "text" }\n'
    assert "resources: is a record of several fields, which a log cannot fill" in fault(tmp_path, text)


def test_a_log_of_nothing_is_no_log(tmp_path: Path) -> None:
    bare = '[source]\nname = "x"\nzone = "UTC"\n[log]\ncase = "c"\ntime = { column = "t", format = "iso" }\n'
    begin = (
        '[begin]\nvalues = "*"\n[[begin.events]]\nevent = "Received"\nfields = { channel = "c", description = "c" }\n'
    )
    assert "a log tells what happens in a column of its own, or by what changes" in fault(tmp_path, bare + begin)


def test_the_example_has_no_fault() -> None:
    mapping = load_history_mapping(ROOT / "examples/mappings/incident-log.toml")
    assert mapping.log.sequence == "sys_mod_count"
