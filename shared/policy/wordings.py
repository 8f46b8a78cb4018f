"""The wordings of a policy, filled in from a case: what everybody at the service desk says in the same words (S3-03)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from shared.complaint.state import Complaint
from shared.policy.pack import Pack
from shared.policy.reply_templates import Wording, blanks

UNKNOWN = "____"
"""Where the case has nothing yet to fill in."""


def filled(wording: Wording, complaint: Complaint, zone: str, person: str) -> dict[str, str]:
    """Language → the wording for this case; `person` is whoever writes."""
    shipments = [one for one in complaint.replacements.requests.values() if one.tracking_no or one.expected_arrival]
    last = shipments[-1] if shipments else None
    promised = complaint.promised_contact_by
    known = {
        "case_no": complaint.case_no,
        "customer": complaint.contact_person or complaint.customer_name,
        "product": complaint.product_model,
        "contact_by": promised and f"{promised.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}",
        "tracking_no": last and last.tracking_no,
        "expected_arrival": last and last.expected_arrival,
        "person": person,
    }
    said = {"en": wording.en, "zh": wording.zh}
    for language, text in said.items():
        for blank in blanks(text):
            said[language] = said[language].replace(f"{{{blank}}}", str(known.get(blank) or UNKNOWN))
    return said


def all_filled(pack: Pack, complaint: Complaint, zone: str, person: str) -> list[dict[str, object]]:
    """Every wording of a policy for this case, by name."""
    return [
        {"template_id": name, "purposes": list(wording.purposes), **filled(wording, complaint, zone, person)}
        for name, wording in (pack.reply_templates or {}).items()
    ]
