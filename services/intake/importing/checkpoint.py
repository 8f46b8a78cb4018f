"""Remembers how far an import got, so that an interrupted one goes on there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.importing.upload import Answer


class _Step(BaseModel):
    """One acknowledged batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    through: int
    """All rows up to this one are settled."""
    answer: Answer


def fingerprint(*parts: Path | str) -> str:
    """One SHA-256 over contents of files and over texts: another file, mapping, site or server is another import."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        else:
            digest.update(hashlib.sha256(part.encode()).digest())
    return digest.hexdigest()


@dataclass
class Checkpoint:
    """A file of JSON lines: the fingerprint, then a line for each acknowledged batch, on disk before the next counts.

    Removed when the import is complete: a second run then asks the server again, which knows every row.
    """

    path: Path
    of: str
    through: int = 0

    def resume(self) -> Iterator[Answer]:
        """The answers of an interrupted run of the same import; none when there was none."""
        steps = self._steps() if self.path.exists() else []
        for step in steps:
            self.through = step.through
            yield step.answer
        # Rewritten, so that a line cut off by a crash does not stay in the middle.
        lines = [json.dumps({"of": self.of}), *(step.model_dump_json() for step in steps)]
        self._write("w", "".join(f"{line}\n" for line in lines))

    def passed(self, through: int, answer: Answer) -> None:
        """This batch is settled."""
        self.through = through
        self._write("a", _Step(through=through, answer=answer).model_dump_json() + "\n")

    def complete(self) -> None:
        """Nothing is left to go on with."""
        self.path.unlink(missing_ok=True)

    def _steps(self) -> list[_Step]:
        first, *lines = self.path.read_text(encoding="utf-8").splitlines() or [""]
        if first != json.dumps({"of": self.of}):
            return []
        steps: list[_Step] = []
        for line in lines:
            try:
                steps.append(_Step.model_validate_json(line))
            except ValidationError:
                break
        return steps

    def _write(self, mode: str, text: str) -> None:
        with self.path.open(mode, encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
