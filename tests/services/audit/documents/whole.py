"""A case in which everything was recorded that a document can tell, and the room that tells it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from services.audit.documents.layouts import DocumentKind
from services.audit.documents.room import Room
from shared.complaint.state import Stage
from shared.events import capa_words as cw
from shared.events import complaint as e
from shared.events import triage_words as tw
from shared.events import words as w
from shared.events.organisation import PersonAdded, SiteOpened
from shared.events.remedies import RemedyBasis, RemedyKind
from shared.events.replacements import ReplacementKind
from shared.kernel.values import FileRef, Money
from shared.runtime.directory import Directory
from shared.runtime.files import Files
from tests.facts import DAY, MONDAY, Log, Story, Told, acknowledged, classified, contacted, received

XSS = "<script>alert(1)</script>"
FILE = FileRef(sha256="5e" * 32, bytes=1200, media_type="image/jpeg", name="panel.jpg")
SIGNED = {"role": "quality_head", "meaning": w.Meaning.APPROVAL}


class Told8D:
    """One case, and the room over its facts. `said` in a text that a person wrote must never become markup."""

    def __init__(self, home: Path, said: str = "cold joint at U7") -> None:
        self.said, log = said, Log()
        log.append("site-sz", SiteOpened(site="sz", title="Shenzhen", zone="Asia/Shanghai", calendar="cn-std", owner="p-owner"),
                   MONDAY - DAY, site="sz")  # fmt: skip
        for person, name in (
            ("p-ana", "Ana Lindqvist"),
            ("p-bo", "Bo Wang"),
            ("p-cy", "Cy Okafor"),
            ("p-head", "Chen Jing"),
        ):
            log.append(f"person-{person}", PersonAdded(person=person, name=name), MONDAY - DAY)
        self.story = Story(log, clocks=False)
        self._tell(self.story)
        self.directory = Directory()
        self.directory.take_rows(Told(log.facts).organisation(0))
        self.files = Files(home / "files")
        self.room = Room(Told(log.facts), self.files, lambda: self.directory)
        self.id = self.story.case.complaint_id

    def page(self, kind: DocumentKind, part: str = "", language: str = "en", **how: object) -> str:
        return self.room.page(self.id, kind, part, language=language, **how).decode()  # pyright: ignore[reportArgumentType]

    def _tell(self, s: Story) -> None:
        said = self.said
        s.happened(received(description=said, customer_name="Huaqiang Electronics", external_ref="RMA-77"))
        s.happened(acknowledged()).happened(contacted())
        s.happened(e.EvidenceAttached(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=FILE, note=said))
        s.happened(e.Registered(
            symptom=said, frequency="always", extent=w.Extent.LOT, product_model="ABC-2000", lot_no="L2403",
            use_conditions=said, steps_tried=said, quantity_inspected=20, quantity_defective=3, safety_hazard=True,
            defects=(e.DefectCount(failure_mode="no_display", quantity=3),), demands=(w.Demand.REPLENISH,),
        ))  # fmt: skip
        s.happened(classified())
        s.happened(e.EmergencyResponseStarted(leader="p-head", measures=(said,)))
        s.happened(e.ImpactScopeAssessed(
            population=(e.Population(location=w.Where.WAREHOUSE, lots=("L2403",), quantity=200),),
            at_risk_quantity=200, residual_risk=said,
        ))  # fmt: skip
        s.happened(e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand.REPLENISH, quantity=3, note=said))
        s.happened(e.RemedyProposed(
            remedy_id="r1", offer=(e.RemedyItem(kind=RemedyKind.REPLENISH, quantity=3),), offer_basis=RemedyBasis.CONTRACT,
        ))  # fmt: skip
        self._replaced(s)
        s.goes_to(Stage.ASSIGNED)
        self._disputed(s)
        s.happened(e.CapaOpened(capa_type=cw.CapaType.EIGHT_D))
        s.happened(e.TeamFormed(
            leader="p-bo", champion="p-head",
            members=(e.Member(person="p-cy", role="soldering", department=w.Department.PRODUCTION),),
        ))  # fmt: skip
        s.happened(e.ProblemDescribed(
            problem=said, six_questions=e.SixQuestions(what=said, when=said, who=said, why=said, how=said),
            is_is_not=(e.IsIsNot(question="where", observed=said, not_observed=said),), quantity_affected=3,
        ))  # fmt: skip
        s.happened(e.ContainmentDefined(containment_id="c1", where=(w.Where.WAREHOUSE,), measure=said, owner="p-cy"))
        s.happened(e.ContainmentImplemented(containment_id="c1", quantity_checked=200, quantity_nonconforming=14))
        self._investigated(s)
        s.happened(e.ActionPlanned(
            action_id="a1", kind=w.ActionKind.CORRECTIVE, content=said, owner="p-cy", due=date(2026, 3, 20),
            measure_of_success=said, department=w.Department.PRODUCTION, priority=1,
        ))  # fmt: skip
        s.goes_to(Stage.IMPLEMENTING)
        s.happened(e.ActionValidated(action_id="a1", ok=True, method=said, sample_quantity=50), by="p-bo")
        s.goes_to(Stage.VERIFYING)
        s.happened(e.Verified(
            action_ids=("a1",), effective=True, method=said,
            criteria=(e.Criterion(metric="cold joints", target="0", actual="0", met=True, n=500),),
        ), by="p-bo")  # fmt: skip
        s.goes_to(Stage.CLOSING)
        s.happened(e.StandardsUpdated(
            documents=(e.StandardDocument(kind=cw.StandardKind.FMEA, number="F-7", old_revision="2", new_revision="3"),),
            summary=said,
        ))  # fmt: skip
        s.happened(e.ReadAcrossCompleted(products=("ABC-3000",), applicable=True, conclusion=said))
        s.happened(e.TeamRecognised(praise=said, recognised=("p-cy",)), by="p-head")
        s.happened(e.ClosureRequested(
            request=1, disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary=said
        ))  # fmt: skip
        for number, kind in enumerate(cw.ReportKind, 1):
            self._reported(s, f"rp{number}", kind)

    def _investigated(self, s: Story) -> None:
        said = self.said
        s.happened(e.InspectionRecorded(
            inspection_id="n1", engineer="p-cy", features=(e.Measured(name="joint", value="cold"),),
            matches_customer_description=True, finding=said,
        ))  # fmt: skip
        s.happened(e.TraceabilityRecorded(trace_id="tr1", lot_no="L2403", line="SMT-2", material_lots=("P-9",)))
        s.happened(e.TestRecorded(
            test_id="te1", test_kind=cw.TestKind.LIFE, lot_no="L2403", quantity_tested=20, quantity_failed=1, result=said
        ))  # fmt: skip
        s.happened(e.ReproductionAttempted(reproduction_id="re1", attempt=said, reproduced=True, cycles=300))
        s.happened(e.RootCauseProposed(
            cause_id="ca1", cause_kind=cw.CauseKind.ROOT, cause_side=cw.CauseSide.ESCAPE, statement=said
        ))  # fmt: skip
        s.happened(e.RootCauseRejected(cause_id="ca1", reason=said))
        s.happened(e.RootCauseFound(
            direct_cause=said, root_cause=said, method=w.Method.FIVE_WHY, five_whys=(e.Why(why=said, because=said),),
            fishbone=e.Fishbone(method=(said,)), evidence=("e1",),
            causes=(e.Cause(cause_kind=cw.CauseKind.ROOT, cause_side=cw.CauseSide.OCCURRENCE, statement=said),),
        ))  # fmt: skip

    def _replaced(self, s: Story) -> None:
        part = e.ReplacementItem(part_no="U7", lot_no="L9", quantity=3)
        s.happened(e.ReplacementRequested(
            replacement_id="x1", kind=ReplacementKind.REPLENISH, parts=(part,), urgent=True, reason=self.said
        ))  # fmt: skip
        s.happened(
            e.ReplacementAuthorised(replacement_id="x1", pending=True, retro_sign_due=date(2026, 3, 6)), by="p-head"
        )
        s.happened(e.ReplacementShipped(
            replacement_id="x1", carrier="SF", tracking_no="SF-1", freight=Money(minor=42060, currency="CNY")
        ))  # fmt: skip
        s.happened(
            e.ReplacementResponsibilitySigned(replacement_id="x1", department=w.Department.PRODUCTION), by="p-head"
        )
        s.happened(e.ReturnReceived(return_id="w1", replacement_id="x1", quantity=3, condition=self.said))

    def _disputed(self, s: Story) -> None:
        claim = e.Claim(material="M-100", quantity=5, direction=tw.ClaimDirection.SHORT)
        s.happened(e.EvidenceDisputeOpened(dispute_id="d1", claim=claim, insufficient_reason=self.said))
        counted = e.Counted(material="M-100", ledger=100, card=100, physical=105)
        s.happened(e.StocktakePerformed(
            stocktake_id="t1", dispute_id="d1", materials=(counted,), frozen_from=MONDAY, frozen_to=MONDAY + DAY / 8,
            counters=("warehouse", "production"),
        ))  # fmt: skip
        s.happened(
            e.StepSigned(chain="stocktake", of="t1", step=1, role="warehouse", meaning=w.Meaning.REVIEW), by="p-cy"
        )
        s.happened(e.EvidenceDisputeResolved(
            dispute_id="d1", stocktake_id="t1", outcome=tw.DisputeOutcome.QUALITY_PROBLEM, comment=self.said,
            variances=(e.Found(material="M-100", variance=5, expected=5),),
        ))  # fmt: skip

    def _reported(self, s: Story, id: str, kind: cw.ReportKind) -> None:
        handling = None
        if kind == cw.ReportKind.HANDLING_REPORT:
            texts = ("event_summary", "cause", "rectification", "technical_analysis", "site_control")
            handling = e.Handling(responsible_department=w.Department.PRODUCTION, **dict.fromkeys(texts, self.said))
        said = (e.Contribution(department=w.Department.RND, says=self.said),)
        s.happened(e.ReportDrafted(
            report_id=id, report_kind=kind, revision=1, summary=self.said, contributions=said, handling=handling
        ))  # fmt: skip
        chain = "handling_report" if handling else "customer_report"
        s.happened(e.StepSigned(chain=chain, of=f"{id}.1", step=1, **SIGNED), by="p-head")
