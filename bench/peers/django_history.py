"""Django with django-simple-history: a complaint saved by the ORM, together with its history, in one transaction."""
# pyright: reportMissingImports=false
# (Django is installed by `python3 run.py bench` alone.)

# pyright: reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# (Django brings no types, and is only there where the bench was run)
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bench.measuring import Measure
from bench.writes import rate, synced
from tests.postgres import database_at

DATABASE = "BENCH_DATABASE"
TEXT = "client {}, complaint {}"


def saves(store: str, threads: int, *, hot: bool = False) -> Measure:
    """Saves a second. Cold: a new complaint each time; hot: each thread changes a complaint of its own."""

    def measure(folder: Path, seconds: float) -> float:
        user = begun(store, folder)
        from django.db import connection, transaction

        from bench.peers.complaints.models import Complaint

        def made(client: int, number: int) -> Any:
            complaint = Complaint(site="sz", channel="email", description=TEXT.format(client, number))
            complaint._history_user = user  # who did it; over HTTP the middleware says so
            return complaint

        mine = [made(client, 0) for client in range(threads)]
        for complaint in mine:
            complaint.save()

        def save(client: int, number: int) -> None:
            if number == 0:
                assert_durable(connection)
            complaint = mine[client] if hot else made(client, number)
            complaint.last_contact = f"told how it goes, {number}"
            with transaction.atomic():
                complaint.save()

        return rate(save, threads, seconds)

    return measure


def begun(store: str, folder: Path) -> Any:
    """Django set up in this process, on a database of its own with its tables; a user."""
    os.environ[DATABASE] = str(folder / "django.sqlite") if store == "SQLite" else database_at(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.settings"
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    return get_user_model().objects.create_user("clerk")


def assert_durable(connection: Any) -> None:
    """As ours: what was committed survives a power cut."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        assert connection.connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    else:
        assert synced(connection.connection)
