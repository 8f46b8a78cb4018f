"""The player in a process of its own, so that the house it plays to has its core for itself."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from services.demo.player import Report, play
from shared.kernel.errors import Problem, Unavailable


class Interrupted(Exception):
    """The year was not played to its end: the house went away, or somebody pressed Ctrl-C."""


Progress = Callable[[int, int, str], None]


def play_apart(
    base_url: str, owner_token: str, *, until: datetime, seed: int, complaints: int, progress: Progress
) -> Report:
    """Like `play`. Raises Interrupted, and Problem when it said no."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    how = {"until": until, "seed": seed, "complaints": complaints}
    process = context.Process(target=_play, args=(theirs, base_url, owner_token, how), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            kind, said = ours.recv()
            match kind:
                case "progress":
                    progress(*said)
                case "report":
                    return said
                case "gone":
                    raise Interrupted(said)
                case "refused":
                    raise Unavailable(said)
                case _:
                    raise RuntimeError(said)
    except EOFError:
        raise Interrupted("the player ended before the year did") from None
    finally:
        process.join(1)
        process.terminate()


def _play(to: Connection, base_url: str, owner_token: str, how: dict[str, Any]) -> None:
    try:

        def told(done: int, total: int, what: str) -> None:
            to.send(("progress", (done, total, what)))

        report = play(base_url, owner_token, progress=told, **how)
        to.send(("report", report))
    except Problem as problem:
        to.send(("refused", problem.detail))
    except Exception as error:
        to.send(("failed", f"{type(error).__name__}: {error}"))
    except KeyboardInterrupt:
        to.send(("gone", "interrupted"))
