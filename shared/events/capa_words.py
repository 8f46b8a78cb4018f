"""The vocabularies of corrective action: kinds of cause, of proof, of report, each with its label in both languages."""

from __future__ import annotations

from enum import StrEnum


class CapaType(StrEnum):
    """In which form a case is worked on (S2-39, S4-86)."""

    CORRECTION_ONLY = "correction_only"
    FIVE_WHY = "five_why"
    A3 = "a3"
    EIGHT_D = "8d"


class CauseKind(StrEnum):
    """The direct cause made the failure; the root cause let the direct one happen (S0-33)."""

    DIRECT = "direct"
    ROOT = "root"


class CauseSide(StrEnum):
    """Why it occurred, or why nobody noticed before the customer did (8D, D4)."""

    OCCURRENCE = "occurrence"
    ESCAPE = "escape"


class CauseNature(StrEnum):
    """Whether it lies in the thing and its making, or in how the organisation works (8D, D4)."""

    TECHNICAL = "technical_cause"
    SYSTEMIC = "systemic_cause"


class Confidence(StrEnum):
    """How sure a proposed cause is (S4-35)."""

    PRESUMED = "presumed"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"


class Ruling(StrEnum):
    """Whether transport or storage had part in it (S1-29)."""

    RULED_IN = "ruled_in"
    RULED_OUT = "ruled_out"
    UNDECIDED = "undecided"


class TestKind(StrEnum):
    """What is tried in the laboratory (S1-30)."""

    __test__ = False  # or pytest takes it for one of its own

    FUNCTION = "function"
    LIFE = "life"
    ENVIRONMENT = "environment"


class OwnerParty(StrEnum):
    """Who carries an action out: we, a supplier, or the customer to whom it is recommended (S4-37)."""

    OWN = "own"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"


class Term(StrEnum):
    """Whether short-term measures are judged, soon after completion, or long-term ones, after a time of use (S0-45, S0-46)."""

    SHORT = "short_term"
    LONG = "long_term"


class ProofKind(StrEnum):
    """How an effect is verified (domain §1.8)."""

    RECORD_SPOT_CHECK = "record_spot_check"
    REINSPECTION = "reinspection"
    SUPPLIER_CONFIRMATION = "supplier_confirmation"
    BEFORE_AFTER = "before_after"
    CALLED_BACK = "called_back"
    OTHER = "other"


class Effect(StrEnum):
    """What a verification found; what is inconclusive is looked at once more (T17)."""

    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"
    INCONCLUSIVE = "inconclusive"


class StandardKind(StrEnum):
    """Documents into which a lesson goes (S4-63, D7)."""

    FMEA = "fmea"
    CONTROL_PLAN = "control_plan"
    WORK_INSTRUCTION = "work_instruction"
    INSPECTION_STANDARD = "inspection_standard"
    RULE = "rule"


class ReportKind(StrEnum):
    """What is told to whom (S4-59, S4-80 to S4-86)."""

    INITIAL = "initial"
    PROGRESS = "progress"
    FINAL = "final"
    EIGHT_D = "8d"
    RECTIFICATION = "rectification"
    LETTER = "letter"
    HANDLING_REPORT = "handling_report"


class ReturnTo(StrEnum):
    """How far back a closure that was asked for is sent (T20)."""

    PLANNING = "planning"
    IMPLEMENTING = "implementing"
    VERIFYING = "verifying"
