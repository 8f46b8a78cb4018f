"""One imported complaint as the bulk door takes it, whatever file it came from."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.events.words import CaseKind, Channel, Origin
from shared.kernel.values import Code, Day, Instant, Language, Line, SiteCode, Text

MOST_EXTRA_COLUMNS, MOST_EXTRA_CHARACTERS = 64, 32_000

# The words of these three are sent as text; "strict" alone would take only the enum's own members from Python.
_Channel = Annotated[Channel, Field(strict=False)]
_Origin = Annotated[Origin, Field(strict=False)]
_Kind = Annotated[CaseKind, Field(strict=False)]


class ImportedComplaint(BaseModel):
    """What a row says, in Casetrail's words. `external_ref` and the source's name decide whether two rows are the same.

    On the wire, times are RFC 3339 in UTC and dates are ISO 8601; both are read back from that text.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    row: Annotated[
        int, Field(ge=1, description="Row in the file, the header counted as row 1, as a spreadsheet shows it")
    ]
    external_ref: Annotated[Line, Field(max_length=128)]
    site: SiteCode
    received_at: Instant
    received_precision: Literal["day", "minute", "second"] = "second"
    """How exactly the file knows `received_at`; a day stands for its first instant in the mapping's zone."""
    description: Text
    channel: _Channel = Channel.OTHER
    origin: _Origin = Origin.CUSTOMER_COMPLAINT
    kind: _Kind = CaseKind.COMPLAINT
    language: Language | None = None
    customer_no: Code | None = None
    customer_name: Line | None = None
    contact_person: Line | None = None
    contact: Line | None = None
    order_no: Line | None = None
    product_model: Line | None = None
    lot_no: Line | None = None
    serial_nos: Annotated[tuple[Line, ...], Field(max_length=500, strict=False)] = ()
    purchase_date: Day | None = None
    failure_date: Day | None = None
    category: Line | None = None
    subcategory: Line | None = None
    rank: Annotated[int, Field(ge=1, le=4, description="Grade; 1 is the gravest")] | None = None
    safety_hazard: bool | None = None
    department: Line | None = None
    state: Literal["open", "closed"]
    closed_at: Instant | None = None
    disposition: Line | None = None
    extra: Annotated[dict[Line, Text], Field(max_length=MOST_EXTRA_COLUMNS)] = {}
    """Columns that have no field of their own, kept as they are."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.closed_at is not None:
            if self.state == "open":
                raise ValueError("an open complaint cannot have closed_at")
            if self.closed_at < self.received_at:
                raise ValueError("closed_at lies before received_at")
        if self.extra and sum(map(len, self.extra.values())) > MOST_EXTRA_CHARACTERS:
            raise ValueError(f"the extra columns hold more than {MOST_EXTRA_CHARACTERS} characters")
        return self
