"""Files by content: stored under the SHA-256 of their bytes, whatever name they came with."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

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
        temporary = self.folder / f".incoming-{os.urandom(8).hex()}"
        try:
            with temporary.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > LARGEST:
                        raise TooLarge(f"a file is at most {LARGEST:,} bytes")
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if size == 0:
                raise Invalid("the file is empty", rule="G-FILE")
            target = self._path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            os.replace(temporary, target)
        except OSError as error:
            raise OutOfSpace(f"the file could not be stored: {error.strerror}") from None
        finally:
            temporary.unlink(missing_ok=True)
        return Stored(digest.hexdigest(), size, media_type)

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
