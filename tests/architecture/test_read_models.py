"""A read model whose code changed must be built again: its version says so to every home that has an old one."""

import hashlib
import inspect
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import pytest

from services.audit.timeline import Timeline
from services.capa.costs import CostStatement
from services.capa.review_book import ReviewBook
from services.capa.worklist import CapaWorklist
from services.insight import duties
from services.insight.case_board import CaseBoard
from services.insight.case_studies import CaseStudies
from services.insight.my_work import MyWork
from services.intake.kept_files import KeptFiles
from services.intake.reference_lists import ReferenceLists
from services.intake.worklist import IntakeWorklist
from services.notify import domain as notify_domain
from services.notify.outbox import Outbox
from services.sla_watch.board import SlaBoard
from services.triage.similar_cases import SimilarCases
from services.triage.worklist import TriageWorklist
from shared import complaint
from shared.clocks import duties as site_duties
from shared.clocks import state as clocks_state
from shared.complaint import awaits, rounds
from shared.policy import chains, notice_rules, reference
from shared.runtime import case_rows, cases, worklist
from shared.runtime.read_model import ReadModel

BESIDE = ("awaits", "local_ids", "refusals", "rounds")
"""Modules of the complaint that fold nothing of it."""
FOLDS = tuple(
    import_module(f"shared.complaint.{each.name}")
    for each in iter_modules(complaint.__path__)
    if each.name not in BESIDE
)
CASES = (*FOLDS, clocks_state, case_rows, cases)
WORKLISTS = (*CASES, awaits, worklist)
STANDS_ON: dict[type[ReadModel], tuple[ModuleType, ...]] = {
    Timeline: (),
    CaseBoard: CASES,
    CaseStudies: (),
    MyWork: (*CASES, awaits, rounds, chains, duties, site_duties),
    IntakeWorklist: WORKLISTS,
    KeptFiles: (),
    ReferenceLists: (reference,),
    TriageWorklist: WORKLISTS,
    SimilarCases: CASES,
    CapaWorklist: WORKLISTS,
    SlaBoard: (clocks_state,),
    CostStatement: (),
    ReviewBook: (),
    Outbox: (*FOLDS, clocks_state, cases, rounds, chains, notify_domain, notice_rules),
}
"""Read model → the other modules whose change changes its rows."""

KNOWN: dict[str, tuple[int, str]] = {
    "timeline": (3, "b2b50e451a329241"),
    "case_board": (4, "8d5fe3a529be5546"),
    "case_studies": (1, "4cc0f06964b0d306"),
    "my_work": (2, "0c95c7069fc99b80"),
    "intake_worklist": (3, "c6b83a2dfd756264"),
    "kept_files": (3, "01e2070910655882"),
    "reference_lists": (1, "2834a4fc7c2b7ebf"),
    "triage_worklist": (4, "5a298f75348aecff"),
    "similar_cases": (1, "7035baaaee8b9688"),
    "capa_worklist": (3, "b24e79a0741aea1d"),
    "sla_board": (5, "1fb35b9562ca862e"),
    "cost_statement": (1, "181778f653c4461a"),
    "review_book": (1, "796553ab6ede061a"),
    "outbox": (2, "bacf9f5f39418cbf"),
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
