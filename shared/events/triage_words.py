"""The vocabularies of triage, beside those that all topics share."""

from __future__ import annotations

from enum import StrEnum


class NotAComplaint(StrEnum):
    """What it is instead (S3-23, S4-45)."""

    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    SPAM = "spam"
    OTHER = "other"


class FinalBasis(StrEnum):
    """From what the severity at the end was judged (S4-90)."""

    RESULT = "result"
    PRESUMED = "presumed"


class Party(StrEnum):
    """Whose side the responsibility lies on."""

    OWN = "own"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    CARRIER = "carrier"


class RecallDecision(StrEnum):
    """What happens to goods that have left the house (S4-76)."""

    RECALL = "recall"
    NO_RECALL = "no_recall"
    MONITOR = "monitor"


class Sign(StrEnum):
    """What two cases have in common."""

    LOT = "same_lot"
    FAILURE_MODE = "same_failure_mode"
    PRODUCT_MODEL = "same_product"
    CUSTOMER = "same_customer"
    CATEGORY = "same_category"
    SERIAL_NO = "same_serial_no"
    EXTERNAL_REF = "same_external_ref"


class WaiverReason(StrEnum):
    """Why nobody looks for a cause (G-WAIVE)."""

    SIMILAR_INVESTIGATED = "similar_investigated"
    NO_FAILURE_ALLEGED = "no_failure_alleged"
    LOWEST_GRADE = "lowest_grade"


class Audience(StrEnum):
    """Who was trained (S4-87, S1-40)."""

    CUSTOMER = "customer"
    STAFF = "staff"


class ReportKind(StrEnum):
    """Which of the reports to an authority it is; what a customer is told has a vocabulary of its own (`capa_words`)."""

    INITIAL = "initial"
    FOLLOW_UP = "follow_up"
    FINAL = "final"


class ClaimDirection(StrEnum):
    """What the customer says about a delivery (domain §1.7)."""

    SHORT = "short"
    OVER = "over"
    WRONG_ITEM = "wrong_item"


class DisputeOutcome(StrEnum):
    """What the stock-take shows (S2-36 to S2-38); that it may show nothing is ours (domain §1.7)."""

    QUALITY_PROBLEM = "quality_problem"
    CUSTOMER_INACCURATE = "customer_inaccurate"
    WAREHOUSE_PROBLEM = "warehouse_problem"
    INCONCLUSIVE = "inconclusive"
