"""Reactions: what they asked for has been done, so they never go back."""

from pathlib import Path

import pytest

from shared.kernel.errors import Refused
from shared.runtime.clock import Clock
from shared.runtime.desk import Desk
from shared.runtime.reaction import Reaction
from shared.runtime.sqlite_ledger import SqliteLedger


def test_a_reaction_is_never_rebuilt(tmp_path: Path):
    ledger = SqliteLedger(tmp_path / "ledger.sqlite", new_ledger_id="0123456789abcdef")
    desk = Desk(ledger, Clock())
    try:
        with pytest.raises(Refused) as no:
            Reaction("sla_watch", "keeper", desk, lambda fact: ()).rebuild(lambda after: ())
        assert no.value.rule == "G-REBUILD"
    finally:
        desk.stop()
        ledger.close()
