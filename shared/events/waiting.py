"""What a case waits for that nobody here can hasten. The promises that allow it stand still meanwhile (domain §4.5.2)."""

from enum import StrEnum
from typing import ClassVar

from shared.events.texts import CaseText, Says
from shared.kernel.fact import Event
from shared.kernel.values import Day, LocalId


class Wait(StrEnum):
    """Why a promise may stand still (domain §4.5.2)."""

    CUSTOMER = "waiting_customer"
    SAMPLE = "waiting_sample"
    SUPPLIER = "waiting_supplier"
    DISPUTE = "dispute"
    CUSTOMS = "customs"
    FORCE_MAJEURE = "force_majeure"


class WaitBegan(Event):
    """Something outside has to happen first: a sample has to come, customs to clear, a flood to go."""

    TOPIC: ClassVar[str] = "complaint.WaitBegan"
    SAYS: ClassVar[Says] = {"en": "Waiting, {wait}: {explanation}", "zh": "等待（{wait}）：{explanation}"}

    wait_id: LocalId
    wait: Wait
    explanation: CaseText
    expected_by: Day | None = None


class WaitEnded(Event):
    """What was waited for is there, or is waited for no longer."""

    TOPIC: ClassVar[str] = "complaint.WaitEnded"
    SAYS: ClassVar[Says] = {"en": "No longer waiting ({wait_id}): {outcome}", "zh": "结束等待（{wait_id}）：{outcome}"}

    wait_id: LocalId
    outcome: CaseText


WaitingEvent = WaitBegan | WaitEnded
