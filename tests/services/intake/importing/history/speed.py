"""How fast a log is read, mapped and checked, in how much memory.

    python -m tests.services.intake.importing.history.speed [ROWS] [FILE]

With a file the log is left there, to be sent to a house:

    casetrail import-history FILE --mapping examples/mappings/incident-log.toml
"""

from __future__ import annotations

import csv
import resource
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from services.intake.importing.history.run import import_history
from tests.house import ROOT

MAPPING = ROOT / "examples/mappings/incident-log.toml"
COLUMNS = (
    "number", "incident_state", "sys_mod_count", "caller_id", "opened_by", "opened_at", "sys_updated_by", "sys_updated_at",
    "contact_type", "location", "category", "subcategory", "u_symptom", "impact", "urgency", "priority", "assignment_group",
    "assigned_to", "u_priority_confirmation", "closed_code",
)  # fmt: skip
WAYS = (
    ("New", "Resolved", "Resolved", "Closed"),
    ("New", "Active", "Active", "Awaiting User Info", "Active", "Resolved", "Closed"),
    ("New", "New", "Awaiting User Info", "Awaiting User Info", "Resolved", "Active", "Resolved", "Closed"),
    ("Active", "Active", "Awaiting Vendor", "Active", "Resolved", "Closed"),
)
"""The states of an incident from row to row; the third way is reopened."""


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Incidents like those of the real log, a new one every ten minutes."""
    made, case, begins = 0, 0, datetime.fromisoformat("2016-02-29 01:16:00")
    while made < count:
        opened = begins + timedelta(minutes=10 * case)
        for change, state in enumerate(WAYS[case % len(WAYS)]):
            at = opened + timedelta(hours=5 * change, minutes=7)
            priority = "2 - High" if case % 50 == 0 and change > 2 else "3 - Moderate"
            resolver = f"Resolver {case % 90}" if change else ""
            yield (
                f"INC{case:07}", state, change, f"Caller {case % 500}", "Opened by 8", opened, f"Updated by {change}", at,
                "Phone", f"Location {case % 70}", f"Category {case % 30}", f"Subcategory {case % 90}", "Symptom 4", "2 - Medium",
                "2 - Medium", priority, f"Group {case % 50}", resolver, "False", "code 6",
            )  # fmt: skip
            made += 1
        case += 1


def main(count: int, path: Path) -> None:
    """One line with what it took."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(chain([COLUMNS], rows(count)))
    report = import_history(path, MAPPING, None, dry_run=True)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{report.rows:,} rows, {report.cases:,} cases, {report.told:,} events, {report.rejected} rejected: "
        f"{report.seconds:.1f} s, {report.events_per_second:,.0f} events/s, {megabytes} MB"
    )


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        main(wanted, Path(sys.argv[2]))
    else:
        with TemporaryDirectory() as folder:
            main(wanted, Path(folder) / "log.csv")
