"""Causes: the charts by which they are found, what is proposed and rejected, and what was found in the end (D4)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.capa_words import CauseKind, CauseNature, CauseSide, Confidence
from shared.events.texts import CaseText, Ids, Says
from shared.events.words import Method, Verdict
from shared.kernel.fact import Event
from shared.kernel.values import Code, LocalId, Value


class Why(Value):
    """One link of a 5-Why chain: why something is, because of what, shown by which evidence (S1-34)."""

    why: CaseText
    because: CaseText
    evidence: Ids = ()


class Fishbone(Value):
    """Findings along the six M of Ishikawa (S1-33)."""

    man: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    machine: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    material: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    method: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    environment: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    measurement: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()


class FiveWOneH(Value):
    """5W1H; the source asks for a root why in place of where, so where is optional (S0-31, C19)."""

    what: CaseText
    when: CaseText
    who: CaseText
    why: CaseText
    root_why: CaseText
    how: CaseText
    where: CaseText | None = None


class Cause(Value):
    """One cause among those that were found: direct or root, of the occurrence or of the escape, with what shows it."""

    cause_kind: CauseKind
    cause_side: CauseSide
    cause_nature: CauseNature = CauseNature.TECHNICAL
    statement: CaseText
    cause_pattern: Code | None = None
    """The kind of cause in the site's catalogue, so that like causes are counted together."""
    confidence: Confidence = Confidence.CONFIRMED
    reason_if_unverifiable: CaseText | None = None
    evidence: Ids = ()
    cause_id: LocalId | None = None
    """The proposal that it was, if it was proposed before."""


class RootCauseProposed(Event):
    """Somebody thinks that this may be a cause; it is yet to be confirmed or rejected (S0-31 to S0-34, S4-35)."""

    TOPIC: ClassVar[str] = "complaint.RootCauseProposed"
    SAYS: ClassVar[Says] = {
        "en": "Possible cause {cause_id} ({cause_kind}, {cause_side}, {cause_nature}, {confidence}): {statement}",
        "zh": "可能原因{cause_id}（{cause_kind}，{cause_side}，{cause_nature}，{confidence}）：{statement}",
    }

    cause_id: LocalId
    cause_kind: CauseKind
    cause_side: CauseSide
    cause_nature: CauseNature = CauseNature.TECHNICAL
    statement: CaseText
    cause_pattern: Code | None = None
    five_whys: Annotated[tuple[Why, ...], Field(max_length=12)] = ()
    confidence: Confidence = Confidence.PRESUMED
    reason_if_unverifiable: CaseText | None = None
    evidence: Ids = ()


class RootCauseRejected(Event):
    """A proposed cause was not the one (S0-33)."""

    TOPIC: ClassVar[str] = "complaint.RootCauseRejected"
    SAYS: ClassVar[Says] = {"en": "Cause {cause_id} rejected: {reason}", "zh": "排除原因{cause_id}：{reason}"}

    cause_id: LocalId
    reason: CaseText
    evidence: Ids = ()


class RootCauseFound(Event):
    """Direct and root cause are known, by a named method and with evidence (S0-31 to S0-34, S1-33, S4-35)."""

    TOPIC: ClassVar[str] = "complaint.RootCauseFound"
    SAYS: ClassVar[Says] = {
        "en": "Root cause found ({verdict}, {method}): {root_cause} – direct cause: {direct_cause}",
        "zh": "查明根本原因（{verdict}，{method}）：{root_cause}；直接原因：{direct_cause}",
    }

    SHAPE: ClassVar[int] = 2

    direct_cause: CaseText
    root_cause: CaseText
    method: Method
    verdict: Verdict = Verdict.CONFIRMED
    reason_if_unverifiable: CaseText | None = None
    five_whys: Annotated[tuple[Why, ...], Field(max_length=12)] = ()
    fishbone: Fishbone | None = None
    five_w_one_h: FiveWOneH | None = None
    evidence: Ids = ()
    causes: Annotated[tuple[Cause, ...], Field(max_length=20)] = ()
    """One by one, of the occurrence and of the escape, each with its evidence."""


CauseEvent = RootCauseProposed | RootCauseRejected | RootCauseFound
