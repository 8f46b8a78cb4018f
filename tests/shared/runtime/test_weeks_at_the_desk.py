"""What one case put into a week is seen by the next one, also when both are decided in the same transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.events.weeks import WeekCharged
from shared.events.words import Department
from shared.kernel.command import Decided, Elsewhere
from shared.kernel.fact import Occasion
from shared.kernel.values import Money
from shared.policy.weeks import stream_of_week
from shared.runtime.orders import Order
from shared.runtime.rules_now import RulesNow
from tests.facts import received
from tests.shared.runtime.desks import desk_at, said, saying

CASE = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"
CHARGED = WeekCharged(
    site="sz", week="2026-W10", complaint=CASE, case_no="SZ-2026-00001", charge_id="m1", department=Department.PRODUCTION,
    cost=Money(minor=30000, currency="CNY"),
)  # fmt: skip


def test_a_week_is_read_as_of_the_very_transaction(tmp_path: Path):
    seen: list[tuple[WeekCharged, ...]] = []

    def puts(state: Any, occasion: Occasion, rules: RulesNow) -> Decided:
        seen.append(rules.week("sz", "2026-W10").charged)
        yield Elsewhere(stream_of_week("sz", "2026-W10"), CHARGED)

    with desk_at(tmp_path) as desk:
        said(desk, saying(f"complaint-{CASE}", received()))
        orders = [Order("capa", f"complaint-{CASE}", puts, "s-test", f"w{n}", site="sz") for n in range(2)]
        answers = [desk.submit(order) for order in orders]
        assert [answer.result(20).events for answer in answers] == [(), ()], "it is no fact of the case"
        assert seen == [(), (CHARGED,)]
        assert [row.site for row in desk.ledger.stream("week-sz/2026-W10")] == ["sz", "sz"]
