"""Investigation: what is looked at, traced, tested and tried again before anybody says why (S1-26 to S1-31)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.capa_words import Ruling, TestKind
from shared.events.texts import CaseText, Ids, Says
from shared.events.words import Method
from shared.kernel.fact import Event
from shared.kernel.values import Line, LocalId, PersonId, Quantity, Value


class InvestigationStarted(Event):
    """The owner has begun to look for the cause (S0-28, S4-54)."""

    TOPIC: ClassVar[str] = "complaint.InvestigationStarted"
    SAYS: ClassVar[Says] = {"en": "Investigation started by {lead}", "zh": "{lead}开始调查"}

    lead: PersonId
    methods_planned: Annotated[tuple[Method, ...], Field(max_length=3)] = ()


class Measured(Value):
    """Something measured or set: a length of scratch, a code of fault, a temperature. Numbers travel as text."""

    name: Line
    value: Line
    unit: Line | None = None


class InspectionRecorded(Event):
    """What came back was looked at by an inspector, who records it, and an engineer, who signs it too (S1-26, S1-27)."""

    TOPIC: ClassVar[str] = "complaint.InspectionRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Inspection {inspection_id} with {engineer}, as the customer said: {matches_customer_description}: {finding}",
        "zh": "检验{inspection_id}（{engineer}参加），与客户描述一致：{matches_customer_description}：{finding}",
    }

    inspection_id: LocalId
    engineer: PersonId
    """Who looked at it together with the inspector, and signs next."""
    samples: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    features: Annotated[tuple[Measured, ...], Field(min_length=1, max_length=50)]
    matches_customer_description: bool
    finding: CaseText
    evidence: Ids = ()


class Transport(Value):
    """How the goods travelled (S1-29)."""

    carrier: Line | None = None
    shocks_g: Line | None = None
    temperature_c: Line | None = None


class Storage(Value):
    """How the goods were kept (S1-29)."""

    place: Line | None = None
    temperature_c: Line | None = None
    humidity_percent: Line | None = None
    days: Annotated[int, Field(ge=0, le=36_500)] | None = None


class TraceabilityRecorded(Event):
    """From the lot back to material, line and people, and along its way to the customer (S1-28, S1-29, S4-51)."""

    TOPIC: ClassVar[str] = "complaint.TraceabilityRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Lot {lot_no} traced: line {line}, material {material_lots}; transport {transport_ruling}, storage {storage_ruling}",
        "zh": "追溯批次{lot_no}：产线{line}，原料批次{material_lots}；运输{transport_ruling}，仓储{storage_ruling}",
    }

    trace_id: LocalId
    lot_no: Line
    material_lots: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    line: Line | None = None
    shift: Line | None = None
    operators: Annotated[tuple[PersonId, ...], Field(max_length=50)] = ()
    """By id: their names live with them and can be erased."""
    process_parameters: Annotated[tuple[Measured, ...], Field(max_length=50)] = ()
    production_records: CaseText | None = None
    """What the records of production show."""
    line_watch: CaseText | None = None
    """How the line is watched from now on (S4-51)."""
    transport: Transport | None = None
    transport_ruling: Ruling = Ruling.UNDECIDED
    storage: Storage | None = None
    storage_ruling: Ruling = Ruling.UNDECIDED
    evidence: Ids = ()


class Conditions(Value):
    """Under what a sample was tested. Numbers travel as text."""

    temperature_c: Line | None = None
    humidity_percent: Line | None = None
    hours: Line | None = None


class TestRecorded(Event):
    """Other pieces of the lot were tested again (S1-30)."""

    __test__ = False  # or pytest takes it for one of its own

    TOPIC: ClassVar[str] = "complaint.TestRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Test {test_id} ({test_kind}) of lot {lot_no}: {quantity_failed} of {quantity_tested} failed: {result}",
        "zh": "试验{test_id}（{test_kind}），批次{lot_no}：{quantity_tested}件中{quantity_failed}件失效：{result}",
    }

    test_id: LocalId
    test_kind: TestKind
    lot_no: Line
    quantity_tested: Annotated[int, Field(ge=1, le=1_000_000_000)]
    quantity_failed: Quantity
    conditions: Conditions | None = None
    result: CaseText
    evidence: Ids = ()


class ReproductionAttempted(Event):
    """One tried to make the failure happen again as it happened to the customer (S1-31)."""

    TOPIC: ClassVar[str] = "complaint.ReproductionAttempted"
    SAYS: ClassVar[Says] = {
        "en": "Tried to reproduce the failure, reproduced: {reproduced}: {attempt}",
        "zh": "复现试验，是否复现：{reproduced}：{attempt}",
    }

    reproduction_id: LocalId
    attempt: CaseText
    """What was done, as the customer had done it."""
    reproduced: bool
    cycles: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    evidence: Ids = ()


InvestigationEvent = (
    InvestigationStarted | InspectionRecorded | TraceabilityRecorded | TestRecorded | ReproductionAttempted
)
