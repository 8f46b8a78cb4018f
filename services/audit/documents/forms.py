"""The parts of the two forms that are no reports: the request for parts, an exchange or a return, and the stock-take record."""

from __future__ import annotations

from typing import Any

from services.audit.documents.blocks import Block
from services.audit.documents.source import Source
from shared.complaint.disputes import counters as signatures_of
from shared.complaint.replacements import Replacement
from shared.events import complaint as e
from shared.kernel.fact import Event, Fact


# ── the request for parts, an exchange or a return ────────────────────────────────────────────────────────────────────
def _about(source: Source, *kinds: type[Event]) -> list[Fact[Any]]:
    return [fact for fact in source.ever(*kinds) if getattr(fact.event, "replacement_id", None) == source.part]


def _each(source: Source, kinds: tuple[type[Event], ...], *names: str) -> list[Block]:
    return [block for fact in _about(source, *kinds) for block in source.signed_fields(fact, *names)]


def request(source: Source) -> list[Block]:
    """What is asked for, and why."""
    fact = _about(source, e.ReplacementRequested)[0]
    return [
        *source.signed_fields(fact, "kind", "request_no", "urgent", "reason", "demand_id"),
        *source.table(fact.event.parts, "part_no", "lot_no", "serial_no", "quantity", "unit"),
    ]


def decision(source: Source) -> list[Block]:
    """Quality's word: are the facts correct, and who is responsible (S2-28)."""
    blocks = list[Block]()
    for fact in _about(source, e.ReplacementAuthorised):
        later = ((source.label("department"), source.text("responsibility_pending")),) if fact.event.pending else ()
        rows = source.values(fact.event, "facts_correct", "department", "retro_sign_due", "comment")
        blocks += source.listed(*rows, *later, *source.who_and_when(fact))
    return blocks + _each(source, (e.ReplacementRefused,), "facts_correct", "reason")


def retro_signature(source: Source) -> list[Block]:
    """Who is responsible, signed for after the goods had left (S2-29)."""
    found: Replacement = source.case.replacements.requests[source.part]
    if found.signature_owed:
        return source.paragraph(source.text("signature_owed"))
    return _each(source, (e.ReplacementResponsibilitySigned,), "department", "comment")


def shipment(source: Source) -> list[Block]:
    """How the goods left, what that cost, and that they arrived (S2-06, S1-44)."""
    shipped = _each(
        source, (e.ReplacementShipped,), "warehouse_issue_no", "carrier", "tracking_no", "expected_arrival", "freight", "loss"
    )  # fmt: skip
    return shipped + _each(source, (e.ReplacementDelivered,))


def returned(source: Source) -> list[Block]:
    """What came back (S2-24)."""
    return source.facts_table(
        _about(source, e.ReturnReceived), "return_id", "rma_no", "quantity", "condition", "stored_at"
    )


# ── the stock-take record ─────────────────────────────────────────────────────────────────────────────────────────────
def claim(source: Source) -> list[Block]:
    """What the customer says, and why nothing proves it (S2-34)."""
    dispute = source.case.disputes.counts[source.part].dispute_id
    opened = [fact for fact in source.ever(e.EvidenceDisputeOpened) if fact.event.dispute_id == dispute]
    return [
        block
        for fact in opened
        for block in (
            *source.fields(fact.event.claim, "material", "direction", "quantity", "instead"),
            *source.signed_fields(fact, "insufficient_reason", "our_evidence", "customer_evidence"),
        )
    ]


def count(source: Source) -> list[Block]:
    """Books, cards and goods of the same moment (S2-35)."""
    counted = source.case.disputes.counts[source.part]
    return [
        *source.fields(counted, "dispute_id", "frozen_from", "frozen_to", "tolerance", "supersedes", "reason"),
        *source.table(counted.materials, "material", "ledger", "card", "physical", "lineside"),
    ]


def counters(source: Source) -> list[Block]:
    """Everybody who counted, and whether they have signed; it holds once all have."""
    counted = source.case.disputes.counts[source.part]
    given = {one.role: one for one in signatures_of(counted, source.case.signed)}
    rows = [
        (
            source.voice.label(source.voice.language, role),
            source.name(given[role].by) if role in given else "",
            source.shown(given[role].at) if role in given else source.text("not_signed"),
        )
        for role in counted.counters
    ]
    return source.grid(tuple(source.text(name) for name in ("role", "name", "when")), rows)


def outcome(source: Source) -> list[Block]:
    """What the table of the procedure says (S2-36 to S2-38)."""
    resolved = [fact for fact in source.ever(e.EvidenceDisputeResolved) if fact.event.stocktake_id == source.part]
    return [
        block
        for fact in resolved
        for block in (
            *source.table(fact.event.variances, "material", "variance", "expected"),
            *source.signed_fields(fact, "outcome", "department", "comment"),
        )
    ]
