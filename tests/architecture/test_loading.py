"""What a process loads: the time that takes depends on the machine, what costs it does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOUSE = "from shared.runtime import schemas; schemas.when_needed(); import services.composition"
"""All that a start on SQLite loads before it begins to work."""


@pytest.mark.parametrize(
    ("loads", "without"),
    [
        ("import services.cli.app", "httpx pydantic fastapi sqlalchemy nats faststream openpyxl"),
        (HOUSE, "yaml jinja2 prometheus_client openpyxl httpx holidays babel psycopg sqlalchemy.dialects.postgresql"),
    ],
    ids=["help", "start"],
)
def test_nothing_is_loaded_that_is_not_needed(loads: str, without: str):
    code = f"import sys; {loads}; found = set({without.split()}) & set(sys.modules); assert not found, found"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
