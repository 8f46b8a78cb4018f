"""A backup as it lies on a disk, whatever store its facts came from and whatever store they will go to.

    manifest.json               written last and in one step; what it does not name is not part of the backup
    facts/<first>-<last>.ndjson facts as lines of an export; the SHA-256 of all of them in order is the ledger's digest
    facts/<first>-<last>.crc32  four bytes for each line, so that a damaged one can be named by its position
    state-<head>-<run>/         as of that head: first answers, positions of reactions, refusals, the files of the home
    files/ab/abcdef…            stored files, under the SHA-256 of their bytes

Facts never change, so a second backup into the same place adds those that are new. Until its manifest is in place the
one before it is the backup.
"""

from __future__ import annotations

import array
import fcntl
import hashlib
import json
import os
import sys
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

import orjson

from shared.kernel.errors import Invalid, Refused, Unknown
from shared.runtime.codec import Identity, Row, Unreadable, digest, line_of, row_from_cloud_event
from shared.runtime.home import replace_file
from shared.runtime.ledger import Books, DamagedLedger

FORMAT = 1
SEGMENT = 20_000
MANIFEST, MARK = "manifest.json", "ledger.id"
ANSWERS, POSITIONS, REFUSALS, FILES = "answers.ndjson", "positions.ndjson", "refusals.ndjson", "files.txt"
ANOTHER = "name another place, or take another backup"

Steps = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows how far something is: what, how many; called with each step."""
T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """A file of the backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Segment:
    """Facts of consecutive positions, and what names a damaged one."""

    first: int
    last: int
    lines: Part
    checks: Part


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    ledger_id: str
    epoch: int
    simulated: bool
    head: int
    recorded_at: str
    """Of the last fact."""
    taken_at: str
    facts_sha256: str
    facts: tuple[Segment, ...]
    state: str
    """The folder of everything that belongs to this one backup."""
    parts: tuple[Part, ...]
    files: int
    missing: tuple[str, ...]
    """Stored files that facts name, and that were not there or not whole when it was taken."""
    format: int = FORMAT

    def to_text(self) -> str:
        """With a digest of its own as the last line."""
        said = asdict(self)
        return json.dumps({**said, "manifest_sha256": _own_digest(said)}, indent=1, ensure_ascii=False) + "\n"

    @staticmethod
    def at(place: Path) -> Manifest:
        """The one in a place. Raises Unknown and Invalid."""
        try:
            said: dict[str, Any] = json.loads((place / MANIFEST).read_bytes())
            own = said.pop("manifest_sha256")
            if said["format"] > FORMAT:
                raise Invalid(
                    f"{place} was made by a newer Casetrail (format {said['format']}, this one knows {FORMAT})",
                    way_out="install that version",
                )
            if own != _own_digest(said):
                raise ValueError("it does not match its own SHA-256")
            facts = tuple(
                Segment(one["first"], one["last"], Part(**one["lines"]), Part(**one["checks"])) for one in said["facts"]
            )
            parts = tuple(Part(**one) for one in said["parts"])
            if any(name.startswith("/") or ".." in name.split("/") for name in (part.name for part in parts)):
                raise ValueError("it names a file outside of the backup")
            read: dict[str, Any] = {**said, "facts": facts, "parts": parts, "missing": tuple(said["missing"])}
            return Manifest(**read)
        except (FileNotFoundError, NotADirectoryError):
            raise Unknown(
                f"{place} holds no whole backup: there is no {MANIFEST}",
                way_out="a backup that was cut short is taken again",
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Invalid(f"{place / MANIFEST} is damaged: {error}", way_out=ANOTHER) from None


def _own_digest(said: Mapping[str, Any]) -> str:
    return digest(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def place_of(path: Path, ledger_id: str) -> Generator[Path]:
    """A directory for the backups of one ledger, for one process at a time. Raises Refused."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark = path / MARK
    if not mark.exists() and any(path.iterdir()):
        raise Refused(f"{path} holds other files and no backup", way_out="name an empty or new directory")
    with open(os.open(mark, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"another backup is just being taken into {path}", way_out="wait until it has ended"
            ) from None
        known = file.read().strip()
        if known not in ("", ledger_id):
            raise Refused(
                f"{path} holds backups of the ledger {known}, and this one is {ledger_id}", way_out="name another place"
            )
        file.seek(0)
        file.write(ledger_id + "\n")
        file.flush()
        yield path


@contextmanager
def written(place: Path, name: str, then: Callable[[Part], None]) -> Generator[IO[bytes]]:
    """A part of the backup, on the disk when the block ends; `then` is told what it became."""
    path = place / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hashed = hashlib.sha256()
    with path.open("wb") as file:
        yield _Hashing(file, hashed)  # type: ignore[misc]
        file.flush()
        os.fsync(file.fileno())
        then(Part(name, file.tell(), hashed.hexdigest()))


class _Hashing:
    """Only what is written is hashed, in order."""

    def __init__(self, file: IO[bytes], hashed: Any) -> None:
        self._file, self._hashed = file, hashed

    def write(self, data: bytes) -> int:
        self._hashed.update(data)
        return self._file.write(data)


def write_facts(
    place: Path, rows: Iterator[Row], first: int, identity: Identity, whole: Any, step: Callable[[int], None]
) -> list[Segment]:
    """The facts from a position on, in segments; their bytes are added to the digest `whole`. Raises DamagedLedger."""
    segments: list[Segment] = []
    checked = checked_rows(rows, first - 1)
    while some := list(islice(checked, SEGMENT)):
        last = first + len(some) - 1
        name = f"facts/{first:012}-{last:012}"
        parts: list[Part] = []
        checks = array.array("I")
        with written(place, f"{name}.ndjson", parts.append) as file:
            for number, row in enumerate(some, 1):
                line = line_of(row, identity)
                if b"\n" in row.body or row_from_cloud_event(line) != row:
                    raise DamagedLedger(f"position {row.position} ({row.topic}) is not written as this version writes")
                file.write(line)
                whole.update(line)
                checks.append(zlib.crc32(line))
                if number % 1_000 == 0:
                    step(1_000)
            step(len(some) % 1_000)
        with written(place, f"{name}.crc32", parts.append) as file:
            file.write(_little(checks).tobytes())
        segments.append(Segment(first, last, *parts))
        first = last + 1
    return segments


def checked_rows(rows: Iterable[Row], after: int) -> Iterator[Row]:
    """The same rows; raises DamagedLedger at the first whose bytes or place are not what they were."""
    recorded = ""
    for row in rows:
        if row.position != after + 1:
            raise DamagedLedger(f"position {after + 1} is missing: {row.position} follows {after}")
        if digest(row.body) != row.sha256:
            raise DamagedLedger(f"position {row.position} ({row.topic}) does not match its SHA-256")
        if row.recorded_at < recorded:
            raise DamagedLedger(f"position {row.position} was recorded before its predecessor")
        after, recorded = row.position, row.recorded_at
        yield row


def write_books(place: Path, folder: str, books: Books, then: Callable[[Part], None]) -> int:
    """What stands beside the facts; how many first answers there are."""
    count = 0
    with written(place, f"{folder}/{ANSWERS}", then) as file:
        for actor, command_id, fingerprint, answer in books.answers:
            file.write(orjson.dumps([actor, command_id, fingerprint, bytes(answer).decode()]) + b"\n")
            count += 1
    for name, rows in ((POSITIONS, books.positions), (REFUSALS, books.refusals)):
        with written(place, f"{folder}/{name}", then) as file:
            for row in rows:
                file.write(orjson.dumps(row) + b"\n")
    return count


def finish(place: Path, manifest: Manifest) -> None:
    """From now on this is the backup; what only the one before it needed goes."""
    for folder in [place, place / "facts", *(path for path in (place / "files").glob("??"))]:
        if folder.is_dir():
            _sync(folder)
    replace_file(place / MANIFEST, manifest.to_text())
    _sync(place)
    kept = {part.name for part in manifest.parts}
    kept |= {part.name for segment in manifest.facts for part in (segment.lines, segment.checks)}
    for path in sorted([*place.glob("facts/*"), *place.glob("state-*/**/*")], reverse=True):
        name = path.relative_to(place).as_posix()
        if path.is_file() and name not in kept:
            path.unlink()
    for path in sorted([*place.glob("state-*/**/"), *place.glob("state-*")], reverse=True):
        with suppress(OSError):
            path.rmdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Backup:
    """A whole one. Whatever is read from it has been checked; raises Invalid for the first thing that is damaged."""

    place: Path
    manifest: Manifest

    @staticmethod
    def at(place: Path) -> Backup:
        """The backup in a place. Raises Unknown and Invalid."""
        return Backup(place, Manifest.at(place))

    def rows(self) -> Iterator[Row]:
        """Every fact from position 1 on: line by line against its check, its place, its hash, and in the end the digest."""
        position, whole = 0, hashlib.sha256()
        for segment in self.manifest.facts:
            self._whole(segment.checks)
            checks = _little(array.array("I", (self.place / segment.checks.name).read_bytes()))
            with self._opened(segment.lines.name) as file:
                lines = iter(file)
                for check in checks:
                    position += 1
                    line = next(lines, b"")
                    if zlib.crc32(line) != check:
                        raise Invalid(f"position {position} of the backup is damaged", way_out=ANOTHER)
                    whole.update(line)
                    yield _row(line, position)
                if next(lines, None) is not None or position != segment.last:
                    raise Invalid(f"the backup is damaged after position {position}", way_out=ANOTHER)
        if position != self.manifest.head or whole.hexdigest() != self.manifest.facts_sha256:
            raise Invalid("the facts of the backup do not match their digest", way_out=ANOTHER)

    def continued(self, whole: Any) -> bytes:
        """The digest of all facts so far is added to `whole`; the last line. For whoever adds to it."""
        last = b""
        for segment in self.manifest.facts:
            with self._opened(segment.lines.name) as file:
                while some := file.read(1 << 20):
                    whole.update(some)
                    last = (last + some)[-(1 << 20) :]
        if whole.hexdigest() != self.manifest.facts_sha256:
            raise Invalid(
                f"the backup in {self.place} is damaged",
                way_out="name another place; casetrail backup --verify tells where",
            )
        return last[:-1].rpartition(b"\n")[2] + last[-1:]

    def answers(self) -> Iterator[tuple[str, str, str, bytes]]:
        """(actor, command id, fingerprint, first answer), in order."""
        for actor, command_id, fingerprint, answer in self._listed(ANSWERS):
            yield actor, command_id, fingerprint, answer.encode()

    def positions(self) -> Iterator[tuple[str, int]]:
        """How far reactions had come."""
        yield from map(tuple, self._listed(POSITIONS))  # type: ignore[arg-type]

    def refusals(self) -> Iterator[tuple[str, int, str]]:
        """What they had been refused."""
        yield from map(tuple, self._listed(REFUSALS))  # type: ignore[arg-type]

    def files(self) -> Iterator[tuple[str, Path]]:
        """Stored files by hash; whether they are what they were is for `check`."""
        with self._opened(f"{self.manifest.state}/{FILES}") as file:
            for line in file:
                sha256 = line.decode().strip()
                if len(sha256) == 64 and sha256.isalnum():
                    yield sha256, self.place / file_name(sha256)

    def home(self) -> Iterator[tuple[str, Path]]:
        """The files of the home, by their name there."""
        folder = f"{self.manifest.state}/home/"
        for part in self.manifest.parts:
            if part.name.startswith(folder):
                yield part.name.removeprefix(folder), self.place / part.name

    def check(self, steps: Steps) -> None:
        """Read everything there is."""
        for part in self.manifest.parts:
            self._whole(part)
        with steps("facts checked", self.manifest.head) as step:
            for number, _ in enumerate(self.rows(), 1):
                if number % 1_000 == 0:
                    step(1_000)
            step(self.manifest.head % 1_000)
        with steps("stored files checked", self.manifest.files) as step:
            for sha256, path in self.files():
                with self._opened(path.relative_to(self.place).as_posix()) as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:  # pyright: ignore[reportArgumentType]
                        raise Invalid(f"stored file {sha256} does not match its SHA-256", way_out=ANOTHER)
                step(1)

    def _listed(self, name: str) -> Iterator[Sequence[Any]]:
        with self._opened(f"{self.manifest.state}/{name}") as file:
            for line in file:
                yield orjson.loads(line)

    def _whole(self, part: Part) -> None:
        with self._opened(part.name) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # pyright: ignore[reportArgumentType]
        if found != part.sha256:
            raise Invalid(f"{part.name} does not match its SHA-256", way_out=ANOTHER)

    @contextmanager
    def _opened(self, name: str) -> Generator[IO[bytes]]:
        try:
            file = (self.place / name).open("rb")
        except FileNotFoundError:
            raise Invalid(f"{name} is missing in the backup", way_out=ANOTHER) from None
        with file:
            yield file


def file_name(sha256: str) -> str:
    """Where a stored file lies."""
    return f"files/{sha256[:2]}/{sha256}"


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The same, in lists."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _row(line: bytes, position: int) -> Row:
    try:
        row = row_from_cloud_event(line)
    except Unreadable as error:
        raise Invalid(f"position {position} of the backup is damaged: {error}", way_out=ANOTHER) from None
    if row.position != position:
        raise Invalid(f"position {position} of the backup is {row.position}", way_out=ANOTHER)
    if digest(row.body) != row.sha256:
        raise Invalid(f"position {position} of the backup does not match its SHA-256", way_out=ANOTHER)
    return row


def _little(numbers: array.array[int]) -> array.array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
