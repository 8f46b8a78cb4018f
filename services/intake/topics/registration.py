"""What must be true of a complaint before it is received and registered: times, clarity, completeness (G-DESC, G-COMPLETE)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.words import Extent, Origin
from shared.kernel.changed import changed
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.personal import Erased
from shared.kernel.told import fields
from shared.policy.completeness import ACKNOWLEDGEMENT, RECORD_FIELDS, missing
from shared.policy.grades import LEAST_WIDTH, too_vague
from shared.policy.organisation import Site
from shared.policy.pack import Pack
from shared.policy.rules import Rules

QUESTION = {
    "en": "What exactly does the product do or fail to do, how often, and on how many pieces?",
    "zh": "具体是什么现象？多久发生一次？涉及多少台？",
}
"""What to ask back when a description cannot be worked with (S1-14)."""
_NOT_SAID = frozenset(
    {"?", "-", "–", "/", "n/a", "na", "none", "unknown", "not known", "不详", "不知道", "未知", "不清楚", "无"}
)
_INTERNAL = frozenset({Origin.INTERNAL_INSPECTION, Origin.INTERNAL_AUDIT, Origin.FIELD_SERVICE_FINDING})
"""Noticed by ourselves: there is nobody to acknowledge it to."""


class _Dated(Protocol):
    """What of a receipt or a form says when it failed."""

    @property
    def failure_at(self) -> datetime | None: ...

    @property
    def failure_date(self) -> date | None: ...


def times_must_fit(record: _Dated, occasion: Occasion, site: Site) -> None:
    """What was before the receipt lies before it, and minute and day of the failure agree; raises Invalid."""
    for field in ("requested_at", "awareness_at", "failure_at"):
        moment = getattr(record, field, None)
        if moment is not None and moment > occasion.at:
            raise Invalid("lies after the receipt", rule="G-TIME", field=field)
    zone = ZoneInfo(site.zone)
    if record.failure_date is not None and record.failure_date > occasion.at.astimezone(zone).date():
        raise Invalid("lies after the receipt", rule="G-TIME", field="failure_date")
    if record.failure_at is not None and record.failure_date not in (None, record.failure_at.astimezone(zone).date()):
        raise Invalid("is another day than that of failure_at", rule="G-TIME", field="failure_date")


def known_at_receipt(complaint: Complaint, form: events.Registered) -> dict[str, Any]:
    """What the form leaves out and was known already, so that the form is whole."""
    receipt = complaint.receipt
    both = set(fields(events.Received)) & set(fields(events.Registered))
    return {field: getattr(receipt, field) for field in sorted(both) if receipt and getattr(form, field) in (None, ())}


def must_be_workable(complaint: Complaint, form: events.Registered, occasion: Occasion, rules: Rules) -> None:
    """Raises Refused or Invalid when a complaint cannot be registered as the form has it."""
    pack = rules.policy(complaint.site, occasion.at).pack
    times_must_fit(form, occasion, rules.site(complaint.site))
    if unknown := sorted(form.not_available.keys() - {*RECORD_FIELDS, ACKNOWLEDGEMENT}):
        raise Invalid(f"there is no field {unknown[0]!r} in the record", rule="G-COMPLETE", field="not_available")
    must_be_clear(complaint, form, pack)
    _must_be_complete(complaint, form, pack)
    _must_be_acknowledged(complaint, form, pack)


def must_be_clear(complaint: Complaint, form: events.Registered, pack: Pack) -> None:
    """What happens, how often, and how far it reaches (S0-15, S1-14, G-DESC); raises Refused with the question to ask."""
    language = "zh" if (complaint.language or "").startswith("zh") else "en"
    ask = f"ask the customer: “{QUESTION[language]}” (request-information)"
    least = (pack.guards and pack.guards.least_symptom_width) or LEAST_WIDTH
    if not isinstance(form.symptom, Erased) and (why := too_vague(form.symptom, pack.vague_terms or (), least)):
        raise Refused(why, rule="G-DESC", field="symptom", way_out=ask)
    required = set(pack.required_fields or ()) - form.not_available.keys()
    if "frequency" in required and form.frequency.strip().casefold() in _NOT_SAID:
        raise Refused("nothing is said of how often it happens", rule="G-DESC", field="frequency", way_out=ask)
    if "extent" in required and form.extent == Extent.UNKNOWN:
        raise Refused("nothing is said of how far it reaches", rule="G-DESC", field="extent", way_out=ask)


def _must_be_complete(complaint: Complaint, form: events.Registered, pack: Pack) -> None:
    lacking = missing(changed(complaint, form=form), pack.required_fields or (), form.not_available)
    if lacking:
        raise Refused(
            f"the record lacks {', '.join(lacking)}", rule="G-COMPLETE", field=lacking[0],
            way_out="ask for it (request-information), or say under not_available why it cannot be had",
        )  # fmt: skip


def _must_be_acknowledged(complaint: Complaint, form: events.Registered, pack: Pack) -> None:
    """The customer knows that we know, where the policy promises so (S1-05)."""
    promised = (pack.clauses or {}).get("CL-ACK")
    if promised is None or not promised.targets or complaint.acknowledged_at or complaint.origin in _INTERNAL:
        return
    if ACKNOWLEDGEMENT not in form.not_available:
        raise Refused(
            "the customer has not been told yet that the complaint has arrived", rule="G-COMPLETE", field=ACKNOWLEDGEMENT,
            way_out="acknowledge it first, or say under not_available why nobody can be told",
        )  # fmt: skip
