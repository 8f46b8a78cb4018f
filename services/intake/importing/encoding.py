"""Which characters a file's bytes mean: as declared, as its byte order mark says, or detected and then reported."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from charset_normalizer import from_bytes

from shared.kernel.errors import Invalid

CHUNK = 1 << 16
_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In order of preference where several fit about equally: short Western texts fit cp1250 and a dozen others as well.
_CANDIDATES = ("gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251", "cp1250")
_EQUALLY = 0.1  # charset-normalizer's "chaos" of a French latin-1 text: 0.05 as cp1250, 0.11 as cp1252
WAY_OUT = 'declare it in the mapping: [source] encoding = "gb18030" (or "utf-8", "latin-1", "cp1252", "utf-16", …)'


@dataclass(frozen=True)
class Encoding:
    """The name of an encoding and how we know it."""

    name: str
    how: Literal["declared", "byte order mark", "valid throughout", "detected"]

    def __str__(self) -> str:
        return f"{self.name} ({self.how})"


def encoding_of(path: Path, declared: str | None) -> Encoding:
    """Never silently a guess: the answer says how it was found. Invalid when nothing fits."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    if declared is not None:
        # With or without a mark: plain "utf-8" would put the mark into the first column's name.
        return Encoding("utf-8-sig" if codecs.lookup(declared).name == "utf-8" else declared, "declared")
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, "byte order mark")
    if guess := _utf16_without_mark(head, 0.15):  # mostly Latin letters: such bytes are valid UTF-8 too, full of NULs
        return Encoding(guess, "detected")
    if first_undecodable(path, "utf-8") is None:
        return Encoding("utf-8", "valid throughout")
    if guess := _utf16_without_mark(head, 0.02):  # mostly Chinese
        return Encoding(guess, "detected")
    return Encoding(_most_plausible(path), "detected")


def first_undecodable(path: Path, encoding: str) -> int | None:
    """The offset of the first byte that has no meaning in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    for chunk in _chunks(path):
        pending = decoder.getstate()[0]
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return offset - len(pending) + error.start
        offset += len(chunk)
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    """All of the file, then one empty chunk that tells the decoder about the end."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    yield b""


def _utf16_without_mark(head: bytes, least: float) -> str | None:
    """Zero bytes nearly all in even or nearly all in odd places: each comma and digit of UTF-16 has one."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) < least * len(head) or 20 * min(first, second) > max(first, second):
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _most_plausible(path: Path) -> str:
    """Judged by the lines that hold more than ASCII, at most 64 KB of them."""
    telling = bytearray()
    with path.open("rb") as file:
        while len(telling) < CHUNK and (line := file.readline(CHUNK)):
            if not line.isascii():
                telling += line
    matches = from_bytes(bytes(telling), cp_isolation=list(_CANDIDATES))
    fits = {name: match.chaos for match in matches for name in match.could_be_from_charset}
    if not fits:
        at = first_undecodable(path, "utf-8")
        raise Invalid(
            f"{path.name}: cannot tell its encoding; the byte at offset {at} is not UTF-8 and nothing else fits",
            field="source.encoding",
            way_out=WAY_OUT,
        )
    return next(name for name in _CANDIDATES if fits.get(name, 2.0) <= min(fits.values()) + _EQUALLY)
