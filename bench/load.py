"""Load on an HTTP server: so many connections that are kept alive, each asking again as soon as it is answered.

`python -m bench.load '{"url": …}'`: a process of its own, so that the server has its own. As little Python for each request as
can be, so that a no-op is not held back by it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True)
class Asked:
    """What is asked of whom. `body` has `{n}` where each request has its number."""

    url: str
    body: str
    authorization: str
    connections: int = 64
    seconds: float = 2.0
    warm_s: float = 1.0
    """So long it is asked before anything is counted: whatever a server does but once, it has done then."""


@dataclass
class Answered:
    """Requests that were carried out (2xx) and that were not, over so many seconds, with the processor time of the load."""

    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    said: str = ""
    """The first answer that was not 2xx."""

    @property
    def rate(self) -> float:
        """Carried out in a second."""
        return self.done / self.seconds


@dataclass(eq=False)
class _Connection(asyncio.Protocol):
    """One connection. An answer has a content-length, or comes in chunks."""

    load: _Load
    heard: bytes = b""
    wanted: int = -1
    """Bytes of the answer that is being heard; -1 while that is not known, or when it comes in chunks."""
    transport: asyncio.Transport = field(init=False)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for the first time."""
        self.transport = transport
        self.load.ask(self)

    def data_received(self, data: bytes) -> None:
        """A part of an answer; when it is whole, the next question."""
        self.heard += data
        if self.wanted < 0:
            end = self.heard.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.heard[:end].lower()
            if (at := head.find(b"content-length:")) >= 0:
                self.wanted = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
        whole = len(self.heard) >= self.wanted if self.wanted >= 0 else self.heard.endswith(b"\r\n0\r\n\r\n")
        if whole:
            answer, self.heard, self.wanted = self.heard, b"", -1
            self.load.answered(self, answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has hung up, or we have."""
        self.load.lost(self)


class _Load:
    def __init__(self, asked: Asked) -> None:
        target = urlsplit(asked.url)
        self.asked, self.target, self.found = asked, target, Answered()
        # The number is written with a fixed width, so that the length of the body is known beforehand.
        length = len(asked.body.replace("{n}", "0" * 9).encode())
        self.head = (
            f"POST {target.path} HTTP/1.1\r\nhost: {target.netloc}\r\nauthorization: {asked.authorization}\r\n"
            f"content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
        self.before, self.after = (self.head + asked.body).encode().split(b"{n}")
        self.number, self.until, self.open = 0, 0.0, set[_Connection]()

    async def run(self) -> Answered:
        loop, (host, port) = asyncio.get_running_loop(), (str(self.target.hostname), int(self.target.port or 80))
        lasts = self.asked.warm_s + self.asked.seconds
        self.ended, self.until = asyncio.Event(), time.perf_counter() + lasts
        for _ in range(self.asked.connections):
            _, protocol = await loop.create_connection(lambda: _Connection(self), host, port)
            self.open.add(protocol)
        await asyncio.sleep(self.asked.warm_s)
        before, began, processor = self.found.done, time.perf_counter(), time.process_time()
        await asyncio.wait_for(self.ended.wait(), lasts + 30)
        self.found.done -= before
        self.found.seconds = time.perf_counter() - began
        self.found.processor = time.process_time() - processor
        return self.found

    def ask(self, connection: _Connection) -> None:
        self.number += 1
        connection.transport.write(b"%b%09d%b" % (self.before, self.number, self.after))

    def answered(self, connection: _Connection, answer: bytes) -> None:
        if answer[9:10] == b"2":
            self.found.done += 1
        else:
            self.found.failed += 1
            self.found.said = self.found.said or answer.decode(errors="replace")[:500]
        if time.perf_counter() < self.until:
            self.ask(connection)
        else:
            connection.transport.close()

    def lost(self, connection: _Connection) -> None:
        self.open.discard(connection)
        if time.perf_counter() < self.until:
            self.found.failed += 1
        if not self.open:
            self.ended.set()


def main() -> None:
    """Ask, and print what was answered."""
    print(json.dumps(asdict(uvloop.run(_Load(Asked(**json.loads(sys.argv[1]))).run()))))


if __name__ == "__main__":
    main()
