"""What became of a log, counted as it goes; and how far it is."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console

from services.intake.importing.encoding import Encoding
from services.intake.importing.progress import Bar, Watcher
from shared.events.history import Mode


@dataclass
class HistoryReport:
    """What became of a log. cases = valid + rejected by us; valid = imported + repeated + rejected by the server."""

    source: str
    mode: Mode
    dry_run: bool
    rows: int = 0
    skipped: int = 0
    """Rows that the mapping leaves out."""
    cases: int = 0
    valid: int = 0
    imported: int = 0
    repeated: int = 0
    rejected: int = 0
    """Cases that are not taken."""
    unreadable: int = 0
    """Rows of which nobody can tell to which case they belong."""
    deviating: int = 0
    """Cases of which our rules would have refused something."""
    events: Counter[str] = field(default_factory=Counter[str])
    """Of the valid cases, by kind."""
    deviations: Counter[str] = field(default_factory=Counter[str])
    """The same of what our rules would have refused, by rule."""
    details: Counter[str] = field(default_factory=Counter[str])
    """And in words."""
    reasons: Counter[str] = field(default_factory=Counter[str])
    log_from: datetime | None = None
    log_until: datetime | None = None
    encoding: Encoding | None = None
    rejects: Path | None = None
    position: int | None = None
    resumed_after: int = 0
    """The case (by its first row) up to which an interrupted run had come; its counts are included."""
    started: float = field(default_factory=time.perf_counter)
    seconds: float = 0.0

    @property
    def told(self) -> int:
        """Events of the valid cases."""
        return self.events.total()

    @property
    def events_per_second(self) -> float:
        """Events read, checked and sent in a second."""
        return self.told / self.seconds if self.seconds else 0.0


@dataclass
class Bars:
    name: str
    console: Console | None
    watcher: Watcher | None

    def shown(self, doing: str) -> Shown:
        return Shown(f"{doing} {self.name}", self.console, self.watcher)


class Shown:
    """A bar, or whoever else watches, or nobody."""

    def __init__(self, title: str, console: Console | None, watcher: Watcher | None) -> None:
        self._bar = Bar(title, console) if console is not None else None
        self._watcher = self._bar or watcher
        self._began = time.perf_counter()

    def at(self, done: int, size: int, rows: int, rejected: int) -> None:
        if self._watcher is not None:
            seconds = time.perf_counter() - self._began
            self._watcher.at(done, size, rows=rows, rejected=rejected, seconds=seconds)

    def __enter__(self) -> Shown:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
