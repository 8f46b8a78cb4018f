"""Waiting for what nobody here can hasten: said when it begins and when it ends, so that promises stand still for a reason."""

from typing import assert_never

from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint
from shared.complaint.waiting import still_waiting
from shared.events import complaint as events
from shared.events.waiting import Wait
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.rules import Rules

OTHERWISE = {Wait.CUSTOMER: "request-information", Wait.DISPUTE: "open-evidence-dispute"}
"""What tells of the other waits by itself."""


class BeginWait(events.WaitBegan, Command):
    """Say that the case waits for a sample, a supplier, customs or the end of an emergency; its promises stand still."""

    wait_id: LocalId = NEXT


class EndWait(events.WaitEnded, Command):
    """Say that what was waited for is there, or waited for no longer; the promises go on."""


WaitingCommand = BeginWait | EndWait


def decide(complaint: Complaint, command: WaitingCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Refused: what other commands tell, the same twice, and the end of what never began."""
    now = still_waiting(complaint.waiting)
    match command:
        case BeginWait():
            if command.wait in OTHERWISE:
                raise Refused(
                    "this wait begins and ends by itself", rule="G-WAIT", field="wait", way_out=OTHERWISE[command.wait]
                )
            if command.wait in now.values():
                raise Refused("the case waits for that already", rule="G-WAIT", field="wait", way_out="end-wait")
            yield told(events.WaitBegan, command, wait_id=free(command.wait_id, "w", complaint.waiting, "wait_id"))
        case EndWait():
            if command.wait_id not in now:
                open_now = ", ".join(f"{id} ({wait})" for id, wait in now.items()) or "nothing"
                raise Refused(
                    "the case does not wait for that",
                    rule="G-WAIT",
                    field="wait_id",
                    way_out=f"it waits for: {open_now}",
                )
            yield told(events.WaitEnded, command)
        case _:
            assert_never(command)
