"""What a process loads: the time that takes depends on the machine, what costs it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = "from shared.runtime import schemas; schemas.when_needed(); import services.composition"
"""All that a start on SQLite loads before it begins to work."""

LISTS = """
def models(kind):
    for one in kind.__subclasses__():
        yield one
        yield from models(one)
for module in sorted({one.__module__ for one in models(BaseModel)}):
    if module.startswith(("shared.", "services.")):
        print(sys.modules[module].__file__)
"""


@pytest.mark.parametrize(
    ("loads", "without"),
    [
        (
            "import services.cli.app; from services.cli import show; show.line('x'); show.remark('x', 'red')",
            "rich httpx pydantic fastapi sqlalchemy nats faststream openpyxl",
        ),
        (HOUSE, "yaml jinja2 prometheus_client openpyxl httpx holidays babel psycopg sqlalchemy.dialects.postgresql"),
    ],
    ids=["help", "start"],
)
def test_nothing_is_loaded_that_is_not_needed(loads: str, without: str):
    code = f"import sys; {loads}; found = set({without.split()}) & set(sys.modules); assert not found, found"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_annotations_of_models_are_no_strings():
    """With `from __future__ import annotations` they are, and pydantic evaluates each of them for every model that inherits it
    (measured: a third of the time that events take to load)."""
    code = f"{HOUSE}; import sys; from pydantic import BaseModel\n{LISTS}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    files = [Path(line) for line in done.stdout.split()]
    assert len(files) > 80
    assert [
        file.name for file in files if "from __future__ import annotations" in file.read_text("utf-8").splitlines()
    ] == []
