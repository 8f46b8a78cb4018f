"""Small files that stand for photos and test reports."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

from services.demo.chance import Chance
from services.demo.scenario import Attachment


@lru_cache(maxsize=512)
def photo(subject: str, name: str) -> Attachment:
    """A picture of coloured stripes and blocks, the same for the same subject."""
    chance = Chance("photo", subject)
    width, height, block = 96, 64, 8
    rows = bytearray()
    columns = [[chance.number(0, 255) for _ in range(3)] for _ in range(width // block)]
    for y in range(height):
        shift = (y // block) * chance.number(0, 2)
        rows.append(0)
        for x in range(width):
            rows += bytes(columns[(x // block + shift) % len(columns)])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body)
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    )
    return Attachment(name, "image/png", content)


@lru_cache(maxsize=512)
def report(subject: str, name: str) -> Attachment:
    """A table of measurements, the same for the same subject."""
    chance = Chance("report", subject)
    nominal = chance.number(20, 400)
    lines = ["sample,nominal,measured,within"]
    for sample in range(1, 13):
        measured = nominal + chance.number(-30, 45) / 10
        lines.append(f"{sample},{nominal},{measured:.1f},{'yes' if abs(measured - nominal) <= 2 else 'no'}")
    return Attachment(name, "text/csv", ("\n".join(lines) + "\n").encode())


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
