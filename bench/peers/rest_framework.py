"""Django REST framework with django-simple-history over HTTP, served by gunicorn, the first server that Django's documentation
names for production; its views are synchronous, so it works with threads.
"""
# pyright: reportMissingImports=false
# (Django is installed by `python3 run.py bench` alone.)

# pyright: reportAttributeAccessIssue=false
# (Django brings no types, and is only there where the bench was run)
from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.http import asked, running
from bench.measuring import Measure
from bench.peers.django_history import DATABASE, begun
from tests.house import free_port

THREADS = 4
"""In each process; its documentation recommends 2 to 4 for each core."""


def posts(store: str, processes: int) -> Measure:
    """POSTs a second, each a complaint with its history in one durable transaction."""

    def measure(folder: Path, seconds: float) -> float:
        user = begun(store, folder)
        from django.db import connections
        from rest_framework.authtoken.models import Token

        token = Token.objects.create(user=user)
        connections.close_all()
        port = free_port()
        command = [
            sys.executable, "-m", "gunicorn", "--workers", str(processes), "--threads", str(THREADS), "--keep-alive", "60",
            "--bind", f"127.0.0.1:{port}", "--chdir", str(Path.cwd()), "bench.peers.complaints.api:application",
        ]  # fmt: skip
        with running(command, folder, f"http://127.0.0.1:{port}", {DATABASE: os.environ[DATABASE]}) as url:
            return asked(f"{url}/complaints/", f"Token {token.key}", seconds).rate

    return measure
