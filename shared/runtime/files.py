"""Files by content: stored under the SHA-256 of their bytes, whatever name they came with."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.kernel.errors import Invalid, OutOfSpace, TooLarge, Unknown

LARGEST = 100_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")


@dataclass(frozen=True)
class Stored:
    """A stored file."""

    sha256: str
    bytes: int
    media_type: str


class Files:
    """A folder of files; the first two digits of the hash name a folder, so that none grows too large."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def has(self, sha256: str) -> bool:
        """Whether these bytes are stored."""
        return _SHA256.fullmatch(sha256) is not None and self._path(sha256).exists()

    def intact(self, sha256: str) -> bool:
        """Whether they are stored, and still are what they were."""
        return self.has(sha256) and hashlib.sha256(self._path(sha256).read_bytes()).hexdigest() == sha256

    def path(self, sha256: str) -> Path:
        """Where the bytes are; raises Unknown."""
        if not self.has(sha256):
            raise Unknown("this file is not stored here", field="sha256")
        return self._path(sha256)

    async def store(self, chunks: AsyncIterator[bytes], media_type: str) -> Stored:
        """Write, sync, then rename, so that a file is there whole or not at all; raises TooLarge or OutOfSpace."""
        media_type = media_type.partition(";")[0].strip() or "application/octet-stream"
        if not _MEDIA_TYPE.fullmatch(media_type) or len(media_type) > 100:
            raise Invalid("is not a media type such as image/png", rule="G-FILE", field="Content-Type")
        digest, size = hashlib.sha256(), 0
        with self._incoming() as (file, arrived):
            async for chunk in chunks:
                size += len(chunk)
                if size > LARGEST:
                    raise TooLarge(f"a file is at most {LARGEST:,} bytes")
                digest.update(chunk)
                file.write(chunk)
            if size == 0:
                raise Invalid("the file is empty", rule="G-FILE")
            arrived(digest.hexdigest())
        return Stored(digest.hexdigest(), size, media_type)

    def keep(self, content: bytes, media_type: str) -> Stored:
        """The same for bytes at hand."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(sha256):
            with self._incoming() as (file, arrived):
                file.write(content)
                arrived(sha256)
        return Stored(sha256, len(content), media_type)

    @contextlib.contextmanager
    def _incoming(self) -> Generator[tuple[IO[bytes], Callable[[str], None]]]:
        """A file that is there under its hash once that is said, whole and on the disk; before that, nowhere."""
        temporary = self.folder / f".incoming-{os.urandom(8).hex()}"

        def arrived(sha256: str) -> None:
            file.flush()
            os.fsync(file.fileno())
            target = self._path(sha256)
            target.parent.mkdir(exist_ok=True)
            os.replace(temporary, target)
            for folder in (target.parent, self.folder):  # a name that is not on the disk is no file after a power cut
                _flush(folder)

        try:
            with temporary.open("wb") as file:
                yield file, arrived
        except OSError as error:
            raise OutOfSpace(f"the file could not be stored: {error.strerror}") from None
        finally:
            temporary.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
