"""What was recorded by a form is seen at once: nobody who sent one waits until it is a listener's turn."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from services.console.giving import Giving
from shared.runtime.listener import Listener
from shared.runtime.pace import Pace
from shared.runtime.store import Store
from tests.shared.runtime.carrying import ledger_at, record, working
from tests.shared.runtime.ledgers import NO_CASES
from tests.shared.runtime.test_store import Cases


def test_what_a_form_has_recorded_is_seen_before_the_listeners_next_turn(tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path)
        nothing: Any = None  # no form is read here, and no command given
        listener = Listener("audit-timeline", Store(Cases, tmp_path / "read", "L1:1", NO_CASES), ledger)
        listener._pace = Pace(600.0, 600.0)
        giving = Giving(nothing, nothing, (), [listener])
        async with working(listener.run()):
            for _ in range(3):
                record(ledger, 1)
                await giving.seen(lambda: listener.position == ledger.head())
                assert listener.position == ledger.head()

    asyncio.run(main())
