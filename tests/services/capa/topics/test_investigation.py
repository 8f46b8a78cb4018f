"""Inspection by two, traceability, tests, attempts to reproduce; and the form that a grave case takes."""

from typing import Any

import pytest

from services.capa.domain import StartInvestigation
from services.capa.topics.investigation import (
    AttemptReproduction,
    RecordInspection,
    RecordTest,
    RecordTraceability,
    SignInspection,
)
from services.capa.topics.points import open_points
from services.capa.topics.team import OpenCapa
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import CapaType, Ruling, TestKind
from shared.events.organisation import Role
from shared.kernel.values import FileRef, Rank
from shared.policy.access import QUALITY, who_may
from shared.policy.policies import NO_POLICY
from tests.facts import classified
from tests.given import by, capa
from tests.services.capa.going_by import asking, guarded

PHOTO = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="joint.png")
EVIDENCE = e.EvidenceAttached(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=PHOTO)
SCRATCH = e.Measured(name="length of the scratch", value="12", unit="mm")
INSPECTION: dict[str, Any] = {
    "engineer": "p-eng", "features": (SCRATCH,), "matches_customer_description": False, "finding": "cold joint",
    "evidence": ("e1",),
}  # fmt: skip
INSPECTED = by("p-bo", e.InspectionRecorded(inspection_id="in1", **INSPECTION))
SIGN = SignInspection(inspection_id="in1")


# ── by two ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S1-26")
def test_an_inspection_is_signed_by_an_inspector_and_by_an_engineer():
    assert set(who_may(RecordInspection)) == set(QUALITY)
    recorded = capa.given(Stage.ASSIGNED, EVIDENCE).when(RecordInspection(**INSPECTION), by="p-bo")
    assert recorded.after.investigation.inspections["in1"].inspector == "p-bo"
    given = capa.given(Stage.ASSIGNED, EVIDENCE, INSPECTED)
    signature = given.when(SIGN, by="p-eng").event()
    assert (signature.chain, signature.of, signature.meaning) == ("inspection", "in1", w.Meaning.COUNTERSIGN)
    for other in ("p-bo", "p-ana"):
        given.when(SIGN, by=other).refused("G-SOD")


def test_the_inspector_is_not_the_engineer():
    given = capa.given(Stage.ASSIGNED, EVIDENCE)
    given.when(RecordInspection(**INSPECTION), by="p-eng").refused("G-SOD", "engineer")


def test_the_second_signer_is_an_engineer():
    world = asking({"eng": Role.FINANCE})
    given = capa.given(Stage.ASSIGNED, EVIDENCE).in_a_world(world)
    given.when(RecordInspection(**INSPECTION), by="p-bo").refused("G-INSPECT", "engineer")
    later = capa.given(Stage.ASSIGNED, EVIDENCE, INSPECTED).in_a_world(world)
    later.when(SIGN, by="p-eng").refused("G-INSPECT")
    as_engineer = asking({"eng": Role.TECHNICAL})
    signed = capa.given(Stage.ASSIGNED, EVIDENCE, INSPECTED).in_a_world(as_engineer).when(SIGN, by="p-eng")
    assert signed.event().role == Role.TECHNICAL


def test_it_is_signed_once():
    signed = by("p-eng", capa.given(Stage.ASSIGNED, EVIDENCE, INSPECTED).when(SIGN, by="p-eng").event())
    capa.given(Stage.ASSIGNED, EVIDENCE, INSPECTED, signed).when(SIGN, by="p-eng").refused("G-INSPECT")
    capa.given(Stage.ASSIGNED).when(SIGN, by="p-eng").invalid("G-INSPECT", "inspection_id")


def test_an_inspection_that_waits_for_its_second_signature_keeps_the_case_open():
    waiting = capa.given(Stage.ASSIGNED, EVIDENCE, INSPECTED)
    assert [point.code for point in open_points(waiting.case, NO_POLICY.pack)] == ["inspection"]
    assert open_points(waiting.when(SIGN, by="p-eng").after, NO_POLICY.pack) == []


@pytest.mark.requirement("S1-27")
def test_it_measures_the_defect_keeps_pictures_and_compares_with_what_the_customer_said():
    given = capa.given(Stage.ASSIGNED, EVIDENCE)
    without_pictures = RecordInspection(**{**INSPECTION, "evidence": ()})
    given.when(without_pictures, by="p-bo").refused("G-EVID", "evidence")
    with pytest.raises(ValueError):
        RecordInspection(**{**INSPECTION, "features": ()})
    with pytest.raises(ValueError):
        RecordInspection(**{name: value for name, value in INSPECTION.items() if not name.startswith("matches")})
    event = given.when(RecordInspection(**INSPECTION), by="p-bo").event()
    assert event.features == (SCRATCH,) and event.matches_customer_description is False


# ── tracing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
TRACE: dict[str, Any] = {"lot_no": "L2403", "material_lots": ("SN-8841",), "line": "SMT 2", "operators": ("p-op",)}


@pytest.mark.requirement("S1-28")
def test_from_the_lot_back_to_material_line_and_operators():
    given = capa.given(Stage.ASSIGNED)
    event = given.when(RecordTraceability(**TRACE)).event()
    assert (event.trace_id, event.material_lots, event.line, event.operators) == (
        "tr1",
        ("SN-8841",),
        "SMT 2",
        ("p-op",),
    )
    given.when(RecordTraceability(**{**TRACE, "operators": ("p-nobody",)})).invalid("G-PERSON", "operators")


@pytest.mark.requirement("S1-29")
@pytest.mark.parametrize("ruling", Ruling)
def test_transport_and_storage_are_ruled_in_or_out(ruling: Ruling):
    wish = RecordTraceability(
        lot_no="L2403", transport=e.Transport(carrier="SF", shocks_g="9"), transport_ruling=ruling,
        storage=e.Storage(humidity_percent="85", days=30), storage_ruling=Ruling.RULED_OUT,
    )  # fmt: skip
    event = capa.given(Stage.ASSIGNED).when(wish).event()
    assert (event.transport_ruling, event.storage_ruling) == (ruling, Ruling.RULED_OUT)
    assert (event.transport.shocks_g, event.storage.days) == ("9", 30)


@pytest.mark.requirement("S4-51")
def test_records_of_production_are_looked_up_as_soon_as_the_case_is_registered():
    wish = RecordTraceability(
        lot_no="L2403", production_records="profile not checked that night", line_watch="X-ray of the first board"
    )
    event = capa.given(Stage.REGISTERED).when(wish).leads_to(Stage.REGISTERED).event()
    assert event.production_records and event.line_watch
    capa.given(Stage.RECEIVED).when(wish).refused("G-STAGE")


@pytest.mark.requirement("S1-30")
def test_other_pieces_of_the_lot_are_tested_again():
    tested: dict[str, Any] = {"test_kind": TestKind.ENVIRONMENT, "lot_no": "L2403", "result": "two fail when warm"}
    conditions = e.Conditions(temperature_c="55", hours="48")
    given = capa.given(Stage.ASSIGNED)
    good = RecordTest(**tested, quantity_tested=20, quantity_failed=2, conditions=conditions)
    assert given.when(good).event().conditions == conditions
    given.when(RecordTest(**tested, quantity_tested=2, quantity_failed=20)).invalid("G-QUANTITY", "quantity_failed")


@pytest.mark.requirement("S1-31")
@pytest.mark.parametrize("reproduced", [True, False])
def test_one_tries_to_make_it_happen_again(reproduced: bool):
    wish = AttemptReproduction(attempt="two hours with the door shut", reproduced=reproduced, cycles=3)
    outcome = capa.given(Stage.INVESTIGATING).when(wish)
    assert outcome.event().reproduced is reproduced and outcome.after.investigation.reproductions == ("re1",)


# ── the form of work ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("rank", "form"), [(Rank.MAJOR, CapaType.EIGHT_D), (Rank.MINOR, None)])
def test_a_grave_case_is_worked_on_in_eight_disciplines_from_the_start(rank: Rank, form: CapaType | None):
    given = capa.given(Stage.REGISTERED, classified(rank), Stage.ASSIGNED).in_a_world(guarded(min_8d_rank=2))
    assert given.when(StartInvestigation()).after.disciplines.capa_type == form
    assert capa.given(Stage.ASSIGNED).when(StartInvestigation()).after.disciplines.capa_type is None


def test_less_is_refused_where_eight_disciplines_are_asked_for():
    given = capa.given(Stage.ASSIGNED).in_a_world(guarded(min_8d_rank=2))
    given.when(OpenCapa(capa_type=CapaType.CORRECTION_ONLY)).refused("G-8D", "capa_type")
    given.when(OpenCapa(capa_type=CapaType.EIGHT_D)).then_some(e.CapaOpened)
    capa.given(Stage.ASSIGNED).when(OpenCapa(capa_type=CapaType.CORRECTION_ONLY)).then_some(e.CapaOpened)
