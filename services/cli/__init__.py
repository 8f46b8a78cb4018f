"""The command `casetrail`: everything a person at a terminal, or a script, can ask of the house."""

from __future__ import annotations


def main() -> None:
    """Runs what was typed; the process ends with 0 (done), 1 (refused, or not in order) or 2 (typed wrongly)."""
    import os
    import sys

    from shared.runtime import collector

    collector.calm()  # before everything that is imported
    # httpx loads a command line of its own, with a highlighter for source code, and does without it where it is missing.
    sys.modules["httpx._main"] = None  # pyright: ignore[reportArgumentType]  (Python's way to say: not there)
    from services.cli.app import app

    try:
        app(prog_name="casetrail")
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        # What had to be stopped has been stopped in order; taking the interpreter down too doubled the time of Ctrl-C.
        os._exit(ended.code or 0)
    except Exception as error:
        from shared.runtime.damage import is_full

        if not is_full(getattr(error, "orig", error)):
            raise
        from services.cli import show
        from shared.kernel.errors import OutOfSpace

        show.problem(
            OutOfSpace("the disk is full", way_out="free some space, and do it again; nothing recorded is lost")
        )
        sys.exit(1)
