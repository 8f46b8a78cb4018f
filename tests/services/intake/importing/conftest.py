"""Small files written on the spot, and a double of the bulk door on loopback; the real door is tested elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[4]
MAPPING = """
[source]
name = "test"
zone = "Europe/Berlin"
[fields]
external_ref = "no"
received_at = { column = "day", format = "%d.%m.%Y" }
description = "text"
state = { constant = "closed" }
channel = { column = "way", map = "ways" }
[maps.ways]
Brief = "post"
Telefon = "telephone"
"""
HEADER = "no,day,text,way\n"

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(name, content) makes a file and gives its path."""

    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def mapping(write: Write) -> Path:
    """A mapping for no, day, text, way."""
    return write("mapping.toml", MAPPING)


def real(name: str) -> Path:
    """One of the files of real data, which are no part of the project."""
    path = Path(os.environ.get("CASETRAIL_TEST_DATA", ROOT / "../shared/data")) / name
    if not path.is_file():
        pytest.skip(f"{name} is not here; set CASETRAIL_TEST_DATA to the directory that holds it")
    return path


def example(name: str) -> Path:
    """One of the mappings kept in the project."""
    return ROOT / "examples/mappings" / f"{name}.toml"


@dataclass
class Door:
    """What the bulk doors would do: knows each external_ref, or case of a log, of each source once."""

    url: str = ""
    known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sizes: list[int] = field(default_factory=list[int])
    hangs_up_at: int | None = None
    """Store this request (counted from 1) and close the connection without an answer."""
    answers: list[tuple[int, dict[str, str], object]] = field(default_factory=list[tuple[int, dict[str, str], object]])
    """Given instead of the real answer, one for each of the next requests."""

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Imports what is new; refuses descriptions that say "refuse"."""
        told: dict[str, Any] = {"imported": 0, "repeated": 0, "rejected": []}
        for row in body["rows"]:
            key = (body["source"], row.get("external_ref") or row["case"])
            if row.get("description") == "refuse":
                told["rejected"].append({"row": row["row"], "column": "description", "reason": "too vague"})
            elif key in self.known:
                told["repeated"] += 1
            else:
                self.known.add(key)
                told["imported"] += 1
        return told | {"position": len(self.known)}

    def client(self) -> httpx.Client:
        """A client as the command line makes it."""
        return httpx.Client(base_url=self.url, headers={"Authorization": "Bearer t"})


@pytest.fixture
def door() -> Iterator[Door]:
    """The double, listening."""
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path in ("/intake/imports", "/intake/histories")
            assert self.headers["Authorization"] == "Bearer t"
            if door.answers:
                status, headers, content = door.answers.pop(0)
                return self._say(status, headers, content)
            door.sizes.append(len(raw))
            door.requests.append(json.loads(raw))
            told = door.take(door.requests[-1])
            if len(door.requests) == door.hangs_up_at:
                self.close_connection = True
                return None
            return self._say(200, {}, told)

        def _say(self, status: int, headers: dict[str, str], content: object) -> None:
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield door
    server.shutdown()
    server.server_close()
    thread.join()
