"""The rejects file: what was not taken, row by row, to be opened in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from services.intake.importing.table import Reject

# A spreadsheet runs what begins so as a formula (CWE-1236); a leading ' makes it plain text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RejectsFile:
    """Written only when there is something to say; what an earlier run left is replaced or removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = False
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, reject: Reject) -> None:
        """One line; a row with several faults has several."""
        if self._file is None:
            # The mark tells spreadsheet programs that this is UTF-8; undecodable bytes show as escapes.
            self._file = self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(("row", "column", "reason", "value"))
            self.written = True
        self._writer.writerow((reject.row, *map(harmless, (reject.column, reject.reason, reject.value))))


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
