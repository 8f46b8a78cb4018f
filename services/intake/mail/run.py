"""One run over a mailbox: what was taken in, what was not and why. The dry run reads everything and sends nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.intake.importing.rejects import RejectsFile
from services.intake.importing.table import Reject
from services.intake.mail.mailboxes import Letter, Mailbox
from services.intake.mail.message import LARGEST, Mail, read
from services.intake.mail.taking import CASE_NO, Desk
from shared.kernel.errors import Invalid, Problem, Refused, Unknown


@dataclass(frozen=True)
class Passed:
    """A message that was not taken in, or a file of one."""

    number: int
    id: str
    subject: str
    reason: str


@dataclass
class MailReport:
    """What became of a mailbox. read = complaints + replies + follows + repeated + skipped + rejected (but for lone files)."""

    source: str
    dry_run: bool
    read: int = 0
    became: Counter[str] = field(default_factory=Counter[str])
    files: int = 0
    skipped: list[Passed] = field(default_factory=list[Passed])
    """No complaint, by what the message itself says."""
    rejected: list[Passed] = field(default_factory=list[Passed])
    """Could not be taken; also files that could not."""
    cases: list[str] = field(default_factory=list[str])
    rejects: Path | None = None
    seconds: float = 0.0


def take_in(
    mailbox: Mailbox, desk: Desk | None, now: datetime, *, beside: Path,
    advance: Callable[[int], None] = lambda n: None,
) -> MailReport:  # fmt: skip
    """Take a mailbox in, at an instant of the home's clock; without a desk only read it.

    Raises a Problem when it cannot go on; run again, nothing is taken twice.
    """
    began = time.perf_counter()
    report = MailReport(mailbox.name, dry_run=desk is None)
    with RejectsFile(beside / f"{mailbox.name.replace('/', '_')}.rejects.csv") as rejects:
        for letter in mailbox.letters:
            report.read += 1
            known = len(report.rejected)
            _one(letter, desk, now, report)
            for passed in report.rejected[known:]:
                rejects.write(Reject(passed.number, passed.id, passed.reason, passed.subject))
            advance(1)
    report.rejects = rejects.path if rejects.written else None
    report.seconds = time.perf_counter() - began
    return report


def _one(letter: Letter, desk: Desk | None, now: datetime, report: MailReport) -> None:
    mail: Mail | None = None
    try:
        if letter.too_large:
            raise Invalid(f"{letter.too_large:,} bytes, larger than {LARGEST:,}")
        mail = read(letter.raw, now)
        if mail.automatic is not None:
            report.skipped.append(Passed(letter.number, mail.id, mail.subject, mail.automatic))
            return
        if desk is None:
            report.became["reply" if mail.answers or CASE_NO.search(mail.subject.upper()) else "complaint"] += 1
            report.files += len(mail.files)
            return
        taken = desk.take(mail, now)
        report.became[taken.became] += 1
        report.files += taken.files
        report.cases.append(taken.case)
        report.rejected += [Passed(letter.number, mail.id, mail.subject, said) for said in taken.refused]
    except (Invalid, Refused, Unknown) as problem:
        if _is_of_the_run(problem):
            raise
        id, subject = (mail.id, mail.subject) if mail is not None else ("", "")
        report.rejected.append(Passed(letter.number, id, subject, problem.detail))


def _is_of_the_run(problem: Problem) -> bool:
    """Whether the next message would meet the same: a site that there is not."""
    return problem.field == "site"
