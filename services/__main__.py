"""`python -m services`: everything in one process. `python -m services capa`: that part alone, under a supervisor."""

from __future__ import annotations

import argparse
from pathlib import Path

from shared.runtime import collector


def main() -> None:
    """Read the few words of a process that no person starts; people use `casetrail up`."""
    collector.calm()  # before everything that is imported
    from shared.runtime import schemas

    schemas.when_needed()
    from services.composition import run_part, run_to_end
    from services.organisation_chart import PARTS
    from services.start_options import StartOptions
    from services.starting import start

    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS)
    parser.add_argument("--home", type=Path, default=Path(".casetrail"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8700)
    given = parser.parse_args()
    options = StartOptions(home=given.home, host=given.host, port=given.port)
    if given.part is None:
        start(options)
    else:
        run_to_end(run_part(options, given.part))


if __name__ == "__main__":
    main()
