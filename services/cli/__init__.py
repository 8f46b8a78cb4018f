"""The command `casetrail`: everything a person at a terminal, or a script, can ask of the house."""

from __future__ import annotations


def main() -> None:
    """Runs what was typed; the process ends with 0 (done), 1 (refused, or not in order) or 2 (typed wrongly)."""
    from services.cli.app import app

    app(prog_name="casetrail")
