"""A read model whose code changed must be built again: its version says so to every home that has an old one."""

import hashlib
import inspect
from importlib import import_module
from types import ModuleType

import pytest

from services.audit.timeline import Timeline
from services.capa.worklist import CapaWorklist
from services.insight.case_board import CaseBoard
from services.intake.kept_files import KeptFiles
from services.intake.worklist import IntakeWorklist
from services.notify import domain as notify_domain
from services.notify.outbox import Outbox
from services.sla_watch.board import SlaBoard
from services.triage.worklist import TriageWorklist
from shared.clocks import state as clocks_state
from shared.complaint import awaits, fold, lifecycle, state
from shared.policy import notice_rules
from shared.runtime import case_rows, cases, worklist
from shared.runtime.read_model import ReadModel

CASES = (state, fold, lifecycle, clocks_state, case_rows, cases)
WORKLISTS = (*CASES, awaits, worklist)
STANDS_ON: dict[type[ReadModel], tuple[ModuleType, ...]] = {
    Timeline: (),
    CaseBoard: CASES,
    IntakeWorklist: WORKLISTS,
    KeptFiles: (),
    TriageWorklist: WORKLISTS,
    CapaWorklist: WORKLISTS,
    SlaBoard: (clocks_state,),
    Outbox: (state, fold, lifecycle, clocks_state, cases, notify_domain, notice_rules),
}
"""Read model → the other modules whose change changes its rows."""

KNOWN: dict[str, tuple[int, str]] = {
    "timeline": (2, "25be0fcf20fae17f"),
    "case_board": (3, "b1c567e5737653e7"),
    "intake_worklist": (2, "0fdc52cd0855c9ce"),
    "kept_files": (1, "22b8aa6357b821e6"),
    "triage_worklist": (3, "51599bb304e3c3f3"),
    "capa_worklist": (2, "5f7d1c5f75315a0a"),
    "sla_board": (2, "d7b1b571c9dc4e20"),
    "outbox": (1, "8bbabbe279f7887c"),
}


def fingerprint(model: type[ReadModel]) -> str:
    sources = (model.fingerprint(), *(inspect.getsource(module) for module in STANDS_ON[model]))
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]


@pytest.mark.parametrize("model", STANDS_ON)
def test_a_changed_read_model_has_a_new_version(model: type[ReadModel]):
    version, known = KNOWN[model.name]
    now = fingerprint(model)
    assert (model.version, now) == (version, known), (
        f"the source of {model.name} (or of what it folds with) has changed: raise its version if any row or table may "
        f'come out differently, then note it in KNOWN: "{model.name}": ({model.version}, "{now}")'
    )


def test_names_are_unique():
    assert len({model.name for model in STANDS_ON}) == len(STANDS_ON)


def test_no_read_model_is_forgotten():
    services = ("intake", "triage", "capa", "sla_watch", "audit", "insight", "notify")
    wired = [model for name in services for model in import_module(f"services.{name}.wiring").SERVICE.read_models]
    assert sorted(model.name for model in wired) == sorted(model.name for model in STANDS_ON)
