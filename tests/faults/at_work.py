"""A house in which everybody is busy: clients, promises, letters; for whatever shall be done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import checker
from tests.faults.frame import Verdict, judged
from tests.faults.house import FaultyHouse, faulty_house
from tests.faults.judging import all_faults, faults_of_letters, faults_of_rebuild
from tests.faults.work import Work
from tests.journeys.people import People
from tests.receivers import MailBox, mail_server

SOON = "\n[sending]\nfirst_retry_s = 0.2\nattempts = 50\n"


@dataclass
class Worked:
    """A house at work, with whoever receives its letters."""

    house: FaultyHouse
    people: People
    box: MailBox
    work: Work
    verdict: Verdict
    fired: Counter[str] = field(default_factory=Counter[str])
    checked: int = 0

    def check(self, *, rebuild: bool = False) -> None:
        """While everybody rests: all that can be compared, of what has happened since the last time."""
        with judged(self.verdict, "checking"), self.work.resting():
            self.house.disarm()
            since, self.checked = self.checked, len(checker.ledger(self.house.home))
            self.verdict.faults += all_faults(self.house, self.work, since=since)
            self.verdict.faults += self.work.faults_of_files()
            self.verdict.faults += faults_of_letters(self.house, self.box, sum(self.fired.values()))
            if rebuild and self.verdict.held:  # what is wrong already may never be level again
                self.verdict.faults += faults_of_rebuild(self.house)
            self.verdict.count(checks=1)


@contextmanager
def at_work(folder: Path, verdict: Verdict, *, split: bool = False, bug: str = "") -> Iterator[Worked]:
    """Clients work within the block; at its end everything is checked."""
    with mail_server() as box, faulty_house(folder, split=split, bug=bug) as house:
        settings = house.home / "notify.toml"
        settings.write_text(box.settings() + SOON)
        settings.chmod(0o600)
        people = People.of(house)
        boss = people.owner.does("/intake/people", name="Boss", email="boss@example.com")["person"]
        people.owner.does(f"/intake/people/{boss}/grant-role", role="quality_head", site="sz")
        work = Work(people, folder / "journal")
        with work.running():
            try:
                worked = Worked(house, people, box, work, verdict)
                yield worked
                worked.check(rebuild=True)
            finally:
                work.commands = 0
        verdict.count(acknowledged=len(work.acknowledged), asked_again=work.asked_again, files=len(work.stored))
        verdict.count(letters=len(box.mails))
