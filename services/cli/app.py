"""The tree of commands. Only Typer is imported before a command runs, so that `casetrail --help` answers at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from services.cli import (
    admin,
    calendar,
    commands,
    copies,
    demo,
    document,
    import_,
    import_history,
    look,
    mail,
    nats,
    notify,
    part,
    policy,
    postgres,
    reference,
    sla,
    start,
    tail,
    upkeep,
    what_if,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables, and tokens are among them
    rich_markup_mode="rich",
    help="Casetrail: complaints, from receipt to close, as facts.",
    epilog="Example: casetrail demo",
)
site = typer.Typer(no_args_is_help=True, help="The sites that take complaints.", epilog="Example: casetrail site list")
person = typer.Typer(
    no_args_is_help=True, help="People, and the roles they hold where.", epilog="Example: casetrail person list"
)
token = typer.Typer(
    no_args_is_help=True, help="Bearer tokens: who may ask.", epilog="Example: casetrail token make Ana --label tablet"
)
subscriber = typer.Typer(
    no_args_is_help=True, help="Programs that read the facts from NATS.", epilog="Example: casetrail subscriber list"
)
intake = typer.Typer(
    no_args_is_help=True,
    help="Complaints that come in by other ways than somebody's hands.",
    epilog="Example: casetrail intake mail complaints.mbox --site sz --dry-run",
)
notices = typer.Typer(
    no_args_is_help=True, help="Who is told of what, and by which way.", epilog="Example: casetrail notify outbox"
)
databases = typer.Typer(
    no_args_is_help=True,
    help="A ledger on PostgreSQL: its tables and roles.",
    epilog="Example: casetrail postgres migrate --database postgresql://owner@db/casetrail",
)
servers = typer.Typer(
    no_args_is_help=True,
    help="NATS servers on machines of their own.",
    epilog="Example: casetrail nats config --out nats",
)
policies = typer.Typer(
    no_args_is_help=True,
    help="Policy packs: the procedure as data.",
    epilog="Example: casetrail policy activate pack-s0 --site sz",
)
promises = typer.Typer(
    no_args_is_help=True,
    help="The promises about time: why they are due when they are, and how others would have gone.",
    epilog="Example: casetrail sla explain SZ-2026-00042",
)
calendars = typer.Typer(
    no_args_is_help=True,
    help="Calendars: when a site works, in editions.",
    epilog="Example: casetrail calendar show sz --year 2026",
)
references = typer.Typer(
    no_args_is_help=True,
    help="Reference data: departments, posts, customers, products, lots, failure codes.",
    epilog="Example: casetrail reference list products",
)

_RUN, _WORK, _LOOK, _ADMIN = "Run", "Work", "Look", "Look after"


def _add(to: typer.Typer, name: str, run: Callable[..., Any], *examples: str, panel: str | None = None) -> None:
    told = [f"Example: {examples[0]}", *(f"         {example}" for example in examples[1:])]
    to.command(name, epilog="\n\n".join(told), rich_help_panel=panel)(run)


_add(app, "up", start.up, "casetrail up --site sz --zone Asia/Shanghai --owner 'Wang Fang'", panel=_RUN)
_add(
    app,
    "demo",
    demo.demo,
    "casetrail demo --port 8701",
    "casetrail demo --until 2026-03-17T16:00:00+08:00 --exit-when-done",
    panel=_RUN,
)
_add(
    app,
    "part",
    part.part,
    "casetrail part intake --database postgresql://casetrail_app@db/casetrail --nats nats://nats-1:4222,nats://nats-2:4222",
    panel=_RUN,
)
_add(app, "down", start.down, "casetrail down --home .casetrail-demo", panel=_RUN)
_add(app, "status", start.status, "casetrail status", panel=_RUN)

_add(
    app, "do", commands.do,
    "casetrail do receive-complaint site=sz channel=telephone description='Garbled screen after 10 min'",
    "casetrail do plan-action SZ-2026-00042 kind=corrective owner=Ana due=2026-04-01 content='New seal'"
    " measure_of_success='0 leaks in 500'",
    "casetrail do attach-evidence SZ-2026-00042 kind=photo file=screen.jpg",
    "casetrail do plan-action --fields",
    panel=_WORK,
)  # fmt: skip
_add(app, "import", import_.import_, "casetrail import complaints.csv --mapping mapping.toml --dry-run", panel=_WORK)
_add(
    app,
    "import-history",
    import_history.import_history,
    "casetrail import-history log.csv --mapping mapping.toml --dry-run",
    "casetrail import-history log.xes --mapping mapping.toml --site sz --strict",
    panel=_WORK,
)

_add(
    intake,
    "mail",
    mail.mail,
    "casetrail intake mail complaints.mbox --site sz --dry-run",
    "casetrail intake mail imaps://complaints@mail.example.com/INBOX --site sz",
    panel=_WORK,
)

_add(app, "board", look.board, "casetrail board --site sz --overdue", "casetrail board garbled --json", panel=_LOOK)
_add(
    app,
    "ask",
    look.ask,
    "casetrail ask SZ-2026-00042",
    "casetrail ask SZ-2026-00042 --as-of 2026-03-17T16:00:00+08:00",
    panel=_LOOK,
)
_add(app, "timeline", look.timeline, "casetrail timeline SZ-2026-00042 --lang zh", panel=_LOOK)
_add(
    app,
    "document",
    document.document,
    "casetrail document SZ-2026-00042",
    "casetrail document SZ-2026-00042 8d --lang zh --out 8d.html",
    "casetrail document SZ-2026-00042 report/rp1 --check",
    panel=_LOOK,
)
_add(app, "clocks", look.clocks, "casetrail clocks --state breached --site sz", panel=_LOOK)
_add(app, "similar", look.similar, "casetrail similar SZ-2026-00042", panel=_LOOK)
_add(app, "reviews", look.reviews, "casetrail reviews --site sz --to-come", panel=_LOOK)
_add(
    app,
    "tail",
    tail.tail,
    "casetrail tail --site sz",
    "casetrail tail --after 0 --no-follow --json | head",
    panel=_LOOK,
)
_add(app, "export", import_.export, "casetrail export --out facts.ndjson", panel=_LOOK)

_add(site, "list", admin.site_list, "casetrail site list")
_add(site, "open", admin.site_open, "casetrail site open dd --zone Europe/Berlin --title Dresden")
_add(person, "list", admin.person_list, "casetrail person list")
_add(person, "add", admin.person_add, "casetrail person add 'Ana Ruiz' --role quality_engineer@mty")
_add(person, "change", admin.person_change, "casetrail person change Ana --email ana@example.com")
_add(person, "grant", admin.person_grant, "casetrail person grant Ana quality_head mty")
_add(
    person,
    "end-role",
    admin.person_end_role,
    "casetrail person end-role Ana quality_head mty --reason 'moved to Dresden'",
)
_add(token, "make", admin.token_make, "casetrail token make Ana --label tablet", "TOKEN=$(casetrail token make Ana)")
_add(token, "revoke", admin.token_revoke, "casetrail token revoke Ana t-4k2m")
_add(token, "list", admin.token_list, "casetrail token list Ana")
_add(subscriber, "add", admin.subscriber_add, "casetrail subscriber add warehouse --site sz")
_add(subscriber, "remove", admin.subscriber_remove, "casetrail subscriber remove warehouse")
_add(subscriber, "list", admin.subscriber_list, "casetrail subscriber list")
_add(
    promises,
    "explain",
    sla.explain,
    "casetrail sla explain SZ-2026-00042 root_cause/1",
    "casetrail sla explain SZ-2026-00042 --lang zh",
)
_add(promises, "duties", sla.duties, "casetrail sla duties sz", "casetrail sla duties sz --lang zh")
_add(
    promises,
    "what-if",
    what_if.what_if,
    "casetrail sla what-if --policy pack-s3 --from 2025-01-01 --to 2026-01-01",
    "casetrail sla what-if --policy pack-s0 --policy pack-s1 --policy draft.yaml --site sz --cases",
    "casetrail sla what-if --calendar plant-2.yaml --record 'what would two shifts have changed?'",
)
_add(calendars, "list", calendar.list_, "casetrail calendar list")
_add(calendars, "show", calendar.show_, "casetrail calendar show sz --year 2026")
_add(
    calendars,
    "publish",
    calendar.publish,
    "casetrail calendar publish sz --years-ahead 3",
    "casetrail calendar publish plant-2 --zone Europe/Berlin --country DE --subdivision SN",
    "casetrail calendar publish --file plant-2.yaml",
)
_add(
    calendars,
    "amend",
    calendar.amend,
    'casetrail calendar amend sz --free "2026-11-27=power cut" --worked 2026-11-28 --reason "the power station is repaired"',
)
_add(
    calendars,
    "assign",
    calendar.assign,
    'casetrail calendar assign plant-2 --site sz --reason "two shifts from now on"',
)
_add(policies, "list", policy.list_, "casetrail policy list")
_add(policies, "check", policy.check, "casetrail policy check our-pack.yaml")
_add(
    policies,
    "diff",
    policy.diff,
    "casetrail policy diff pack-s0 our-pack.yaml",
    "casetrail policy diff pack-s0 pack-s3",
)
_add(policies, "migrate", policy.migrate, 'casetrail policy migrate --site sz --reason "agreed with the customer"')
_add(policies, "show", policy.show_, "casetrail policy show pack-s0", "casetrail policy show --site sz --json")
_add(policies, "publish", policy.publish, "casetrail policy publish our-pack.yaml", "casetrail policy publish pack-s0")
_add(
    policies,
    "activate",
    policy.activate,
    "casetrail policy activate pack-s0 --site sz",
    "casetrail policy activate pack-s4 --site dd --overlay overlay-8d-auto --from 2027-01-01T00:00:00+01:00",
)
_add(references, "import", reference.import_, "casetrail reference import customers customers.csv --dry-run")
_add(references, "list", reference.list_, "casetrail reference list products --search display")
_add(references, "show", reference.show_, "casetrail reference show lot 20240315001 --product ABC-2000")
_add(references, "retire", reference.retire, "casetrail reference retire product ABC-1900 --reason 'no longer made'")
_add(references, "known", reference.known, "casetrail reference known SZ-2026-00042")
_add(notices, "outbox", notify.outbox, "casetrail notify outbox", "casetrail notify outbox --state failed --site sz")
_add(notices, "test", notify.test, "casetrail notify test --to Ana", "casetrail notify test --to sz-quality-room")
_add(databases, "migrate", postgres.migrate, "casetrail postgres migrate --database postgresql://owner@db/casetrail")
_add(
    databases,
    "begin",
    postgres.begin,
    "casetrail postgres begin --database postgresql://casetrail_app@db/casetrail --site sz --zone Asia/Shanghai"
    " --owner 'Wang Fang' --token-file owner.token",
)
_add(servers, "config", nats.config, "casetrail nats config --nodes nats-1,nats-2,nats-3 --out nats")
_add(servers, "passwords", nats.passwords, "casetrail nats passwords --out secrets")
_add(databases, "roles", postgres.roles, "casetrail postgres roles | psql postgresql://owner@db/casetrail")
app.add_typer(intake, name="intake", rich_help_panel=_WORK)
for name, group in (
    ("postgres", databases),
    ("nats", servers),
    ("reference", references),
    ("notify", notices),
    ("policy", policies),
    ("calendar", calendars),
    ("sla", promises),
    ("site", site),
    ("person", person),
    ("token", token),
    ("subscriber", subscriber),
):
    app.add_typer(group, name=name, rich_help_panel=_ADMIN)
_add(app, "sign-in", admin.sign_in, "casetrail sign-in", panel=_ADMIN)
_add(app, "doctor", upkeep.doctor, "casetrail doctor --deep", panel=_ADMIN)
_add(app, "rebuild", upkeep.rebuild, "casetrail rebuild case_board", panel=_ADMIN)
_add(
    app,
    "backup",
    copies.backup,
    "casetrail backup /mnt/backups/casetrail",
    "casetrail backup /mnt/backups/casetrail --verify",
    panel=_ADMIN,
)
_add(app, "restore", copies.restore, "casetrail restore /mnt/backups/casetrail --home .casetrail-again", panel=_ADMIN)
_add(app, "move", copies.move, "casetrail move --to postgresql://owner@db/casetrail", panel=_ADMIN)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"casetrail {version('casetrail')}")
        except PackageNotFoundError:
            typer.echo("casetrail, from a working copy")
        raise typer.Exit


@app.callback()
def casetrail(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Complaints, from receipt to close, as facts.

    Commands find the house by themselves: its home (.casetrail), its address and the owner's token in it.
    """
