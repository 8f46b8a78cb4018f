"""The controlled vocabularies of the events, each with its label in English and Chinese (glossary: domain §1.13)."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How a complaint reached us (S0-03, S1-02, S3-06, S4-11)."""

    TELEPHONE = "telephone"
    FAX = "fax"
    EMAIL = "email"
    WEB_PORTAL = "web_portal"
    APP_CHAT = "app_chat"
    WECHAT_OA = "wechat_oa"
    COMPLAINT_MAILBOX = "complaint_mailbox"
    CRM = "crm"
    ON_SITE = "on_site"
    SHOP = "shop"
    SURVEY = "survey"
    OPINION_BOOK = "opinion_book"
    POST = "post"
    OTHER = "other"


class Origin(StrEnum):
    """Where the problem was noticed (S0-04, S0-54)."""

    CUSTOMER_COMPLAINT = "customer_complaint"
    ON_SITE_SERVICE = "on_site_service"
    INTERNAL_INSPECTION = "internal_inspection"
    INTERNAL_AUDIT = "internal_audit"
    SATISFACTION_SURVEY = "satisfaction_survey"
    FIELD_SERVICE_FINDING = "field_service_finding"
    OTHER = "other"


class CaseKind(StrEnum):
    """What it is at all (S3-02, S4-45)."""

    COMPLAINT = "complaint"
    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    INTERNAL_NONCONFORMITY = "internal_nonconformity"


class Category(StrEnum):
    """Problem classes of the sources (S0-56, S1-03, S4-01); catalogues per site follow with the policy packs."""

    HARDWARE_FAILURE = "hardware_failure"
    SOFTWARE_DEFECT = "software_defect"
    APPEARANCE_DEFECT = "appearance_defect"
    BELOW_SPECIFICATION = "below_specification"
    PACKAGING_DAMAGE = "packaging_damage"
    LOGISTICS_DAMAGE = "logistics_damage"
    SERVICE_PROCESS_ERROR = "service_process_error"
    DOCUMENTATION = "documentation"
    USE_ERROR = "use_error"
    OTHER = "other"


class Department(StrEnum):
    """Who may be responsible (S0-57, S2-26)."""

    RND = "rnd"
    PRODUCTION = "production"
    AFTERSALES = "aftersales"
    SUPPLY_CHAIN = "supply_chain"
    QUALITY = "quality"
    PURCHASING = "purchasing"
    LOGISTICS = "logistics"
    FINANCE = "finance"
    WAREHOUSE = "warehouse"


class Extent(StrEnum):
    """How far the problem reaches (S0-15, S3-16)."""

    SINGLE_UNIT = "single_unit"
    MULTI_UNIT = "multi_unit"
    LOT = "lot"
    MULTI_CUSTOMER = "multi_customer"
    BUSINESS_INTERRUPTION = "business_interruption"
    UNKNOWN = "unknown"


class Demand(StrEnum):
    """What the customer asks for (S1-12, S2-17)."""

    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    REPLENISH = "replenish"
    COMPENSATION = "compensation"
    FINE = "fine"
    ON_SITE_SERVICE = "on_site_service"
    TRAINING = "training"
    REPORT = "report"
    NONE_STATED = "none_stated"
    OTHER = "other"


class EvidenceKind(StrEnum):
    """What a piece of evidence is (S0-16 to S0-18)."""

    PHOTO = "photo"
    VIDEO = "video"
    REPAIR_RECORD = "repair_record"
    TEST_REPORT = "test_report"
    CUSTOMER_TEST_DATA = "customer_test_data"
    DOCUMENT = "document"
    SAMPLE = "sample"


class ContactPurpose(StrEnum):
    """Why the customer was contacted, or contacted us (S1-32, S3-35)."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CLARIFICATION = "clarification"
    PROGRESS = "progress"
    DECISION = "decision"
    FEEDBACK = "feedback"
    FOLLOW_UP = "follow_up"
    IMPROVEMENT_NOTICE = "improvement_notice"
    OBJECTION = "objection"


class Direction(StrEnum):
    """Who called whom."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class AskedOf(StrEnum):
    """Who owes the information; only the customer's silence pauses a clock."""

    CUSTOMER = "customer"
    INTERNAL = "internal"
    SUPPLIER = "supplier"


class GradeBasis(StrEnum):
    """Presumed at intake, confirmed later (S4-90)."""

    PRESUMED = "presumed"
    CONFIRMED = "confirmed"


class Where(StrEnum):
    """Where suspect product is contained (S2-40, D3)."""

    LINE = "line"
    WIP = "wip"
    WAREHOUSE = "warehouse"
    TRANSIT = "transit"
    CUSTOMER = "customer"


class Method(StrEnum):
    """How the cause was found (S0-31, S1-33)."""

    FIVE_WHY = "five_why"
    FISHBONE_6M = "fishbone_6m"
    FIVE_W_ONE_H = "five_w_one_h"


class Verdict(StrEnum):
    """How sure the cause is; presumed only with the reason why it cannot be verified (G-RCA, S4-35)."""

    CONFIRMED = "confirmed"
    PRESUMED = "presumed"
    NO_TROUBLE_FOUND = "no_trouble_found"
    USE_ERROR = "use_error"
    TRANSPORT = "transport"
    SUPPLIER = "supplier"


class ActionKind(StrEnum):
    """ISO 9000: a correction removes the nonconformity, a corrective action its cause, a preventive one what might be.

    An improvement makes better what was not wrong.
    """

    CORRECTION = "correction"
    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"
    IMPROVEMENT = "improvement"


class Disposition(StrEnum):
    """With what result a case was closed."""

    SOLVED = "solved"
    CUSTOMER_INACCURATE = "customer_inaccurate"
    USE_ERROR = "use_error"
    NO_TROUBLE_FOUND = "no_trouble_found"
    REJECTED = "rejected"


class Acceptance(StrEnum):
    """What the customer said to the result."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    NO_ANSWER = "no_answer"


class ReopenReason(StrEnum):
    """Why a closed case is opened again (G-REOPEN)."""

    RECURRENCE = "recurrence"
    OBJECTION = "objection"
    AUDIT = "audit"
    NEW_EVIDENCE = "new_evidence"
    FAILED_FOLLOW_UP = "failed_follow_up"


class CostKind(StrEnum):
    """What a case costs (S2-45)."""

    FREIGHT = "freight"
    LOSS = "loss"
    REWORK = "rework"
    SCRAP = "scrap"
    TRAVEL = "travel"
    COMPENSATION = "compensation"
    FINE = "fine"
    OTHER = "other"


class Relation(StrEnum):
    """How two cases belong together."""

    SAME_DEFECT = "same_defect"
    SAME_LOT = "same_lot"
    SAME_CUSTOMER = "same_customer"
    RECURRENCE = "recurrence"


class Meaning(StrEnum):
    """What a signature says (domain §1.4)."""

    AUTHORSHIP = "authorship"
    REVIEW = "review"
    APPROVAL = "approval"
    RESPONSIBILITY = "responsibility"
    VERIFICATION = "verification"
    WITNESS = "witness"
    COUNTERSIGN = "countersign"
    ISSUE = "issue"
    EXECUTION = "execution"
