"""Evidence that a finding cites must be on record in the same case (G-EVID)."""

from __future__ import annotations

from shared.complaint.state import Complaint
from shared.events.complaint import Ids
from shared.kernel.errors import Invalid


def must_be_on_record(complaint: Complaint, evidence: Ids, field: str = "evidence") -> None:
    """Raises Invalid for an id that no evidence of the case has."""
    for id in evidence:
        if id not in complaint.evidence:
            known = ", ".join(complaint.evidence) or "none"
            raise Invalid(f"there is no evidence {id!r}", rule="G-EVID", field=field, way_out=f"evidence: {known}")
