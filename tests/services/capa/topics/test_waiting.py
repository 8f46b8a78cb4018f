"""What a case waits for is said once when it begins and once when it ends."""

from __future__ import annotations

import pytest

from services.capa.topics.waiting import BeginWait, EndWait
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.waiting import Wait
from tests.given import capa

SAMPLE = BeginWait(wait=Wait.SAMPLE, explanation="the customer sends one of the two units")


def began(wait: Wait = Wait.SAMPLE, id: str = "w1") -> e.WaitBegan:
    return e.WaitBegan(wait_id=id, wait=wait, explanation="it is on its way")


def test_a_wait_begins_and_ends():
    capa.given(Stage.INVESTIGATING).when(SAMPLE).then(
        e.WaitBegan(wait_id="w1", wait=Wait.SAMPLE, explanation="the customer sends one of the two units")
    )
    capa.given(Stage.INVESTIGATING, began()).when(EndWait(wait_id="w1", outcome="it has come")).then(
        e.WaitEnded(wait_id="w1", outcome="it has come")
    )


@pytest.mark.parametrize("wait", [Wait.CUSTOMER, Wait.DISPUTE])
def test_what_tells_itself_is_not_told_again(wait: Wait):
    capa.given(Stage.INVESTIGATING).when(BeginWait(wait=wait, explanation="x")).refused("G-WAIT", "wait")


def test_nobody_waits_twice_for_the_same_and_no_id_comes_again():
    capa.given(Stage.INVESTIGATING, began()).when(SAMPLE).refused("G-WAIT", "wait")
    over = (began(), e.WaitEnded(wait_id="w1", outcome="it has come"))
    capa.given(Stage.INVESTIGATING, *over).when(SAMPLE).then(
        e.WaitBegan(wait_id="w2", wait=Wait.SAMPLE, explanation="the customer sends one of the two units")
    )
    customs = BeginWait(wait=Wait.CUSTOMS, explanation="x", wait_id="w1")
    capa.given(Stage.INVESTIGATING, began()).when(customs).invalid("G-UNIQUE", "wait_id")


def test_what_never_began_or_is_over_does_not_end():
    end = EndWait(wait_id="w1", outcome="it has come")
    capa.given(Stage.INVESTIGATING).when(end).refused("G-WAIT", "wait_id")
    over = e.WaitEnded(wait_id="w1", outcome="it has come")
    capa.given(Stage.INVESTIGATING, began(), over).when(end).refused("G-WAIT", "wait_id")
