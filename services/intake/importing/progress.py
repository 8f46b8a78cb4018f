"""How an import shows how far it is."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


class Watcher(Protocol):
    """Is told now and then; `done` of `size` is bytes or rows, whatever the file can tell."""

    def at(self, done: int, size: int, *, rows: int, rejected: int, seconds: float) -> None: ...


class Bar:
    """A progress bar with rows a second and the time that is left; use it as a context manager."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[speed]:,.0f}/s, {task.fields[rejected]:,} rejected"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._progress.add_task(title, total=None, rows=0, speed=0.0, rejected=0)

    def at(self, done: int, size: int, *, rows: int, rejected: int, seconds: float) -> None:
        """Moves the bar."""
        speed = rows / seconds if seconds else 0.0
        self._progress.update(self._task, completed=done, total=size or None, rows=rows, speed=speed, rejected=rejected)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
