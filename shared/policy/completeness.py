"""What the record of a case must hold before it is registered: which fields, and how each of them is read (G-COMPLETE)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from shared.complaint.state import Complaint
from shared.events.words import EvidenceKind, Extent, Origin

ACKNOWLEDGEMENT = "acknowledgement"
"""Not a field, but like one: it may be impossible to give, with a reason."""
Reads = Callable[[Complaint], object]


def _plain(field: str) -> Reads:
    """As it stands on the form, or else as it was known at receipt."""
    return lambda case: next(
        (value for one in (case.form, case.receipt) if (value := getattr(one, field, None)) not in (None, ())), None
    )


def _first(*fields: str) -> Reads:
    return lambda case: next((value for field in fields if (value := _plain(field)(case)) is not None), None)


def _origin(case: Complaint) -> object:
    """“Other” is no origin as long as nobody says which (S0-54)."""
    return None if case.origin == Origin.OTHER and _plain("origin_text")(case) is None else case.origin


def _extent(case: Complaint) -> object:
    extent = _plain("extent")(case)
    return None if extent == Extent.UNKNOWN else extent


def _photo(case: Complaint) -> object:
    photos = (one for one in case.evidence.values() if one.kind == EvidenceKind.PHOTO and one.superseded_by is None)
    return next(photos, None)


_PLAIN = (
    "channel", "case_kind", "customer_no", "customer_name", "contact_person", "contact", "description", "language",
    "requested_at", "order_no", "product_model", "spec", "lot_no", "serial_nos", "purchase_date", "shipment_date", "symptom",
    "frequency", "scenario", "use_conditions", "steps_tried", "quantity_delivered", "quantity_inspected",
    "quantity_defective", "defects", "demands", "contract_ref", "udi",
)  # fmt: skip
RECORD_FIELDS: dict[str, Reads] = {
    **{field: _plain(field) for field in _PLAIN},
    "origin": _origin,
    "extent": _extent,
    "evidence_photo": _photo,
    "received_at": lambda case: case.received_at,
    "awareness_at": lambda case: _plain("awareness_at")(case) or case.received_at,
    "failure_occurred_at": _first("failure_at", "failure_date"),
    "customer_loss": lambda case: (
        _plain("customer_loss")(case)
        or next((demand.customer_loss for demand in case.demanded.items.values() if demand.customer_loss), None)
    ),
    # What a law calls it → where it stands here.
    "device_name": _plain("product_model"),
    "complainant_name": _first("contact_person", "customer_name"),
    "complainant_address": _plain("contact_address"),
    "complainant_phone": _plain("contact"),
    "nature": _plain("symptom"),
    "reply": lambda case: case.acknowledged_at or case.first_contact_at,
}
"""Field that a pack may require (domain §1.2) → what the case has of it; None when nothing."""


def missing(case: Complaint, required: Iterable[str], excused: Collection[str]) -> tuple[str, ...]:
    """Required fields that the record lacks, but for those that are said not to be available."""
    asked = ((field, RECORD_FIELDS.get(field)) for field in required if field not in excused)
    return tuple(field for field, reads in asked if reads is not None and reads(case) is None)
