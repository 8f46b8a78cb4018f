"""Every code that a reader may meet has a name in both languages."""

from __future__ import annotations

from enum import StrEnum

import pytest

from services.sla_watch.clauses import CLAUSES
from shared.clocks.state import ClockStatus
from shared.complaint.money import ChargeStatus
from shared.complaint.remedies import RemedyStatus
from shared.complaint.replacements import ReplacementStatus
from shared.complaint.reports import ReportStatus
from shared.complaint.state import ActionStatus, Stage
from shared.events import (
    capa_words,
    dialogue,
    information,
    money,
    receipt,
    reference,
    remedies,
    replacements,
    reviews,
    triage_words,
    words,
)
from shared.events.catalogue import CATALOGUE
from shared.events.clocks import Reason, Wait
from shared.events.labels import EN, ZH, clock_label, label
from shared.events.organisation import Role
from shared.kernel.values import Rank

HOMES = (
    words,
    receipt,
    information,
    dialogue,
    remedies,
    replacements,
    triage_words,
    capa_words,
    reference,
    money,
    reviews,
)
WORDS = [kind for home in HOMES for kind in vars(home).values() if isinstance(kind, type) and issubclass(kind, StrEnum)]
VOCABULARIES = [
    *(kind for kind in WORDS if kind is not StrEnum),
    Role, Wait, Reason, Stage, ActionStatus, ReportStatus, ClockStatus, ChargeStatus, RemedyStatus, ReplacementStatus,
]  # fmt: skip


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda kind: kind.__name__)
def test_every_member_has_both_labels(vocabulary: type[StrEnum]):
    missing = [code for code in vocabulary if code not in EN or code not in ZH]
    assert not missing


def test_every_event_clause_and_rank_has_both_labels():
    codes = {kind.__name__ for kind in CATALOGUE.values()} | {clause.name for clause in CLAUSES}
    codes |= {f"rank_{rank}" for rank in Rank}
    assert codes <= EN.keys() and codes <= ZH.keys()


def test_clauses_are_called_here_what_they_are_called_there():
    for clause in CLAUSES:
        assert label("zh", clause.name) == clause.title["zh"]
        assert label("en", clause.name).casefold() == clause.title["en"].casefold()


def test_chinese_labels_are_chinese():
    kept = {"five_w_one_h", "capa"}
    assert not [code for code, text in ZH.items() if code not in kept and not any(char >= "\u4e00" for char in text)]


def test_a_code_without_a_label_reads_as_itself():
    assert label("en", "made_up") == "made up"
    assert label("zh", "1") == "1"


def test_clocks_are_named_by_clause_part_and_cycle():
    assert clock_label("en", "root_cause/1") == "root cause"
    assert clock_label("en", "action:a2/1") == "action due a2"
    assert clock_label("zh", "root_cause/2") == "根本原因 · 2"
