"""`casetrail intake mail`: complaints that came by mail."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import show
from services.cli.connection import HomeOption, ServerOption, TokenOption, found

if TYPE_CHECKING:
    from services.intake.mail.mailboxes import Mailbox
    from services.intake.mail.run import MailReport

PASSWORD = "CASETRAIL_MAIL_PASSWORD"


def mail(
    source: Annotated[
        str,
        typer.Argument(
            help="A mailbox file (mbox), a Maildir, a folder of .eml files, one message, or imaps://user@host/FOLDER.",
            show_default=False,
        ),
    ],
    site: Annotated[str, typer.Option(help="The site that takes the complaints.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read; needs no server of ours.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    home: HomeOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
) -> None:
    """Take in mail: each message is a complaint, or belongs to one by what it answers or by the number in its subject.

    Run again, it takes nothing twice. Answers of machines, bounces and spam are left out and listed. What could not be
    taken is written to NAME.rejects.csv; the exit code is then 1. The mailbox itself is only read.
    The password of a mail server comes from CASETRAIL_MAIL_PASSWORD, or is asked for.
    """
    from services.intake.mail.run import take_in
    from services.intake.mail.taking import Desk
    from shared.kernel.values import parse_instant
    from shared.runtime.clock import wall

    with show.problems_shown():
        house = None if dry_run else found(home, server, token)
        with _opened(source) as (mailbox, beside), show.progress(show.err(), "mails", mailbox.count) as advance:
            desk = None if house is None else Desk(house.client, site)
            now = wall() if house is None else parse_instant(house.get("/audit/head")["now"])
            report = take_in(mailbox, desk, now, beside=beside, advance=advance)
    _tell(report, as_json)
    if report.rejected:
        raise typer.Exit(1)


@contextmanager
def _opened(source: str) -> Generator[tuple[Mailbox, Path]]:
    """The mailbox, and the folder for its rejects."""
    from services.intake.mail.mailboxes import ImapFolder, is_imap, open_imap, open_mailbox

    if is_imap(source):
        folder = ImapFolder.parse(source)
        password = os.environ.get(PASSWORD) or typer.prompt(f"Password of {folder.user}", hide_input=True, err=True)
        with open_imap(folder, password) as mailbox:
            yield mailbox, Path()
        return
    path = Path(source).expanduser()
    with open_mailbox(path) as mailbox:
        yield mailbox, path.parent if os.access(path.parent, os.W_OK) else Path()


def _tell(report: MailReport, as_json: bool) -> None:
    counts = {kind: report.became[kind] for kind in ("complaint", "reply", "follows", "repeated")}
    if as_json:
        show.as_json(
            {
                "source": report.source, "dry_run": report.dry_run, "read": report.read, **counts, "files": report.files,
                "skipped": [vars(one) for one in report.skipped], "rejected": [vars(one) for one in report.rejected],
                "cases": report.cases, "rejects": str(report.rejects) if report.rejects else None,
                "seconds": round(report.seconds, 3),
            }
        )  # fmt: skip
        return
    told = [
        f"{counts['complaint']:,} new complaints", f"{counts['reply']:,} replies",
        *([f"{counts['follows']:,} to cases that have ended, taken as new and linked"] if counts["follows"] else []),
        *([] if report.dry_run else [f"{counts['repeated']:,} were there already"]),
        f"{len(report.skipped):,} left out", f"{len(report.rejected):,} rejected",
    ]  # fmt: skip
    show.line(f"{report.source}: {', '.join(told)}, of {report.read:,} mails; {report.files:,} files", "bold")
    for one in report.skipped[:20]:
        show.line(f"left out {one.number}: {one.reason}: {one.subject}", "dim")
    for one in report.rejected[:20]:
        show.line(f"rejected {one.number}: {one.reason}: {one.subject}", "yellow")
    if report.rejects:
        show.line(f"rejected mails, with reasons: {report.rejects}")
