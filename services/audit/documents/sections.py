"""The parts of reports, each made of the facts that tell it: they stand in the 8D report and in all others alike."""

from __future__ import annotations

from collections.abc import Callable

from services.audit.documents.blocks import Block
from services.audit.documents.source import Source
from shared.complaint.reports import chain_of
from shared.complaint.signatures import key
from shared.complaint.state import ActionStatus
from shared.events import complaint as e

Part = Callable[[Source], list[Block]]


# ── what is said in this report alone ─────────────────────────────────────────────────────────────────────────────────
def summary(source: Source) -> list[Block]:
    """What its author writes."""
    return source.paragraph(source.report.event.summary) if source.report else []


def contributions(source: Source) -> list[Block]:
    """What each department said (S2-33)."""
    said = source.report.event.contributions if source.report else ()
    return source.table(said, "department", "says")


def handling(source: Source) -> list[Block]:
    """The form of the complaint handling report (S4-59)."""
    return source.fields(source.report.event.handling) if source.report else []


def signatures(source: Source) -> list[Block]:
    """Who has signed this revision, in which order, as what; paper may be signed below."""
    drafted = source.report
    if drafted is None:
        return []
    of = f"{drafted.event.report_id}.{drafted.event.revision}"
    given = source.case.signed.get(key(chain_of(drafted.event.report_kind), of), ())
    rows = [
        (source.shown(one.meaning), source.voice.label(source.voice.language, one.role), source.name(one.by),
         source.name(one.on_behalf_of) if one.on_behalf_of else "", source.shown(one.at))
        for one in given
    ]  # fmt: skip
    head = tuple(source.text(name) for name in ("meaning", "role", "name", "on_behalf_of", "when"))
    author = source.grid(
        tuple(source.text(name) for name in ("drafted_by", "when")),
        [(source.name(drafted.author), source.shown(drafted.at))],
    )
    return [*author, *source.grid(head, rows)]


# ── D0 to D8 ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def emergency(source: Source) -> list[Block]:
    """D0: what was done at once."""
    return [
        block
        for fact in source.told(e.EmergencyResponseStarted, e.ProductionStopOrdered)
        for block in source.signed_fields(fact)
    ]


def team(source: Source) -> list[Block]:
    """D1: who works on it together."""
    formed = source.case.disciplines.team
    return [] if formed is None else [
        *source.fields(formed, "leader", "champion"), *source.table(formed.members, "person", "role", "department"),
    ]  # fmt: skip


def problem(source: Source) -> list[Block]:
    """D2: what the customer met, and what exactly the problem is."""
    described = source.case.disciplines.problem
    blocks = complaint(source)
    if described is not None:
        blocks += [
            *source.paragraph(described.problem),
            *source.fields(described.six_questions),
            *source.table(
                described.is_is_not,
                "question",
                "observed",
                "not_observed",
                "difference",
                title=source.text("is_is_not"),
            ),
        ]
    return blocks + scope(source)


def complaint(source: Source) -> list[Block]:
    """What came in, and what stands on the form."""
    form = source.case.form
    return [
        *source.paragraph(source.case.description),
        *source.fields(
            form, "symptom", "frequency", "extent", "failure_at", "failure_date", "use_conditions", "scenario", "steps_tried",
            "quantity_delivered", "quantity_inspected", "quantity_defective", "safety_hazard", "main_function_lost",
        ),
        *source.table(form.defects if form else (), *e.DefectCount.model_fields, title=source.text("defects")),
    ]  # fmt: skip


def scope(source: Source) -> list[Block]:
    """How far it may reach."""
    return [
        block
        for fact in source.told(e.ImpactScopeAssessed)[-1:]
        for block in (
            *source.fields(fact.event, "at_risk_quantity", "residual_risk"),
            *source.table(fact.event.population, *e.Population.model_fields, title=source.text("population")),
        )
    ]


def containment(source: Source) -> list[Block]:
    """D3: what keeps it from spreading, and how much was looked at."""
    measures = source.table(
        source.case.containment.values(), "containment_id", "where", "measure", "owner", "due", "implemented_at", "effective",
        "lifted_at", "permanent",
    )  # fmt: skip
    checked = source.facts_table(
        source.told(e.ContainmentImplemented), "containment_id", "quantity_checked", "quantity_nonconforming"
    )
    return [*measures, *checked]


def findings(source: Source) -> list[Block]:
    """D4, first half: what was looked at, traced, tested and tried again."""
    return [
        *source.facts_table(
            source.told(e.InspectionRecorded), "inspection_id", "engineer", "finding", "matches_customer_description",
            title=source.text("inspections"),
        ),
        *source.facts_table(
            source.told(e.TraceabilityRecorded), "lot_no", "line", "shift", "material_lots", "production_records",
            "transport_ruling", "storage_ruling", title=source.text("traceability"),
        ),
        *source.facts_table(
            source.told(e.TestRecorded), "test_id", "test_kind", "lot_no", "quantity_tested", "quantity_failed", "result",
            title=source.text("tests"),
        ),
        *source.facts_table(
            source.told(e.ReproductionAttempted), "attempt", "reproduced", "cycles", title=source.text("reproduction")
        ),
    ]  # fmt: skip


def causes(source: Source) -> list[Block]:
    """D4: direct and root cause, of the occurrence and of the escape, each with what shows it."""
    found = source.case.root_cause
    blocks = findings(source)
    if found is not None:
        blocks += [
            *source.fields(found, "direct_cause", "root_cause", "method", "verdict", "reason_if_unverifiable", "evidence"),
            *source.table(found.five_whys, "why", "because", "evidence", title=source.text("five_whys")),
            *source.fields(found.fishbone),
            *source.fields(found.five_w_one_h),
            *source.table(
                found.causes, "cause_kind", "cause_side", "cause_nature", "statement", "confidence", "evidence",
                title=source.text("causes_one_by_one"),
            ),
        ]  # fmt: skip
    for fact in source.told(e.UseErrorDetermined, e.InvestigationWaived):
        blocks += source.signed_fields(fact)
    return blocks + source.facts_table(
        source.told(e.RootCauseRejected), "cause_id", "reason", title=source.text("rejected_causes")
    )


def chosen(source: Source) -> list[Block]:
    """D5: what was chosen to be done for good, who allowed it, and the proof that it works."""
    return [
        *source.table(
            source.case.actions_of_cycle(), "action_id", "kind", "content", "owner", "department", "owner_party", "due",
            "measure_of_success", "priority",
        ),
        *source.facts_table(source.told(e.ActionPlanApproved), "plan_version", "comment", title=source.text("approved")),
        *source.facts_table(
            source.told(e.ActionValidated), "action_id", "ok", "method", "sample_quantity", title=source.text("validated")
        ),
    ]  # fmt: skip


def done(source: Source) -> list[Block]:
    """D6, first half: how far every action is."""
    return [
        *source.table(
            source.case.actions_of_cycle(), "action_id", "status", "percent", "due", "completed_at", "blocked_why"
        ),
        *source.facts_table(source.told(e.ActionCompleted), "action_id", "done_by", "result", "evidence"),
    ]


def effect(source: Source) -> list[Block]:
    """D6, second half: whether it works, by which measure, as judged by somebody who did not do it."""
    blocks = list[Block]()
    for fact in source.told(e.Verified):
        blocks += source.signed_fields(fact, "action_ids", "effective", "term", "proof", "method", "look_again")
        blocks += source.table(fact.event.criteria, "metric", "target", "actual", "n", "met")
    return blocks


def implemented(source: Source) -> list[Block]:
    """D6: carried out, and proved by its effect."""
    return [*done(source), *effect(source)]


def prevention(source: Source) -> list[Block]:
    """D7: standards that were changed, where else it was looked, and who was trained."""
    blocks = list[Block]()
    for fact in source.told(e.StandardsUpdated):
        blocks += source.paragraph(fact.event.summary)
        blocks += source.table(fact.event.documents, *e.StandardDocument.model_fields)
    return [
        *blocks,
        *source.facts_table(
            source.told(e.ReadAcrossCompleted), "products", "lines", "sites", "applicable", "conclusion",
            title=source.text("read_across"),
        ),
        *source.facts_table(
            source.told(e.TrainingDelivered), "audience", "subject", "held_on", "attendees", title=source.text("training")
        ),
    ]  # fmt: skip


def conclusion(source: Source) -> list[Block]:
    """D8: the result, and thanks to those who reached it."""
    blocks = list[Block]()
    for fact in source.told(e.ClosureRequested, e.Closed)[-1:]:
        blocks += source.signed_fields(fact, "disposition", "customer_acceptance", "summary")
    for fact in source.told(e.TeamRecognised):
        blocks += source.signed_fields(fact, "praise", "recognised")
    return blocks


# ── towards the customer ──────────────────────────────────────────────────────────────────────────────────────────────
def demands(source: Source) -> list[Block]:
    """What the customer asks for, and what was offered and done."""
    return [
        *source.table(source.case.demanded.items.values(), "demand_id", "kind", "quantity", "amount", "due", "note"),
        *source.table(
            source.case.remedies.values(), "remedy_id", "offer", "status", "executed_at", title=source.text("remedies")
        ),
    ]


def measures(source: Source) -> list[Block]:
    """What is done about it, in short."""
    lasting = [one for one in source.case.actions_of_cycle() if one.status != ActionStatus.CANCELLED]
    return source.table(lasting, "content", "due", "status", "completed_at")


def evidence(source: Source) -> list[Block]:
    """What the report refers to by e1, e2 …, by the hash under which it is kept."""
    rows = [
        (one.evidence_id, source.shown(one.kind), one.file.name, f"{one.file.sha256[:16]}…", source.shown(one.note))
        for one in source.case.evidence.values()
        if one.superseded_by is None
    ]
    return source.grid(
        (*(source.label(name) for name in ("evidence_id", "kind", "file")), "SHA-256", source.label("note")), rows
    )
