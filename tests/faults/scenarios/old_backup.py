"""A backup of before is put back while the stream and the read models have what came after it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.house import RunningHouse
from tests.journeys.test_backup_and_restore import (
    test_an_old_backup_is_put_back_and_what_followed_it_is_nowhere as put_back,
)


@scenario("old-backup", row="18")
def old_backup(folder: Path, seed: int) -> Verdict:
    """An old backup is put back; where stream and read models of after it are still there, nothing of them is shown or sent."""
    verdict = Verdict()
    for number, (store, left) in enumerate(product(("sqlite", "postgres"), ("nothing", "stream and read models"))):
        place = folder / str(number)
        place.mkdir()
        again = RunningHouse(place / "again")
        try:
            put_back(place, again, store, left)
        finally:
            again.close()
        verdict.count(restores=1)
    return verdict
