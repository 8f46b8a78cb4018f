"""`python3 run.py bench writes http …`, or `bench all`: measures each topic and writes its section of bench/RESULTS.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from bench import arithmetic, clocks, growth, page, rebuild, replay
from bench.measuring import take
from bench.topics import TOPICS

ALONE: dict[str, Callable[[Sequence[str]], None]] = {
    "arithmetic": arithmetic.main, "clocks": clocks.main, "growth": growth.main, "rebuilds": rebuild.main, "replay": replay.main,
}  # fmt: skip
"""Measurements with options of their own: `python3 run.py bench clocks --help`."""


def main() -> int:
    """Measure, print, write; 1 when something could not be measured."""
    if sys.argv[1:2] and sys.argv[1] in ALONE:
        ALONE[sys.argv[1]](sys.argv[2:])
        return 0
    by_name = {topic.name: topic for topic in TOPICS}
    parser = argparse.ArgumentParser(
        prog="python3 run.py bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="topics:\n" + "\n".join(f"  {topic.name:<11} {topic.title}" for topic in TOPICS)
        + "\n  all         every one of them\nwith options of their own: " + ", ".join(ALONE),
    )  # fmt: skip
    parser.add_argument("topics", nargs="*", choices=(*by_name, "all"), default="all", help="what to measure")
    parser.add_argument("--rounds", type=int, default=5, help="medians are taken over them")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement, about")
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is started warm has been compiled before
    lacking = False
    for name in by_name if "all" in given.topics else given.topics:
        command = f"python3 run.py bench {name} --rounds {given.rounds} --seconds {given.seconds:g}"
        load = os.getloadavg()[0]
        found = take(by_name[name], given.rounds, given.seconds)
        print(page.write(by_name[name], found, command, load))
        lacking |= bool(found.lacking)
    return int(lacking)


if __name__ == "__main__":
    sys.exit(main())
