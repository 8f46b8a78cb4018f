"""nats-py's client, with the headers of a message put together, and taken apart, at once.

It looks at each header by itself, which for the twenty of a fact was measured to cost ten times as much as everything else about
publishing it, and the relay publishes every fact, and reads every one again, while commands wait for the same processor.
"""

from __future__ import annotations

import contextlib
from typing import Any

from nats.aio.client import Client


class QuickClient(Client):
    """For whoever publishes or reads much; the bytes on the wire, and what is read from them, are those of the library."""

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        lines = raw.decode("latin-1").split("\r\n")
        if (text := "".join(lines)).isascii() and text.isprintable():  # else the library knows what to do with it
            with contextlib.suppress(ValueError):  # a line without a colon and a space
                found = {name: value.strip() for name, value in [line.split(": ", 1) for line in lines if line]}
                if " " not in (names := "".join(found)) and ":" not in names:
                    return found
        return Client._parse_header_lines(raw)

    async def _send_publish(
        self, subject: str, reply: str, payload: bytes, payload_size: int, headers: dict[str, Any] | None
    ) -> None:
        lines = [f"{name}: {value}\r\n" for name, value in (headers or {}).items()]
        head = f"NATS/1.0\r\n{''.join(lines)}\r\n"
        # A value with a line of its own would be a header of its own: the library knows what to do with it.
        if not lines or head.count("\n") != len(lines) + 2 or not head.isascii():
            await super()._send_publish(subject, reply, payload, payload_size, headers)
            return
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += payload_size
        command = f"HPUB {subject} {reply} {len(head)} {len(head) + payload_size}\r\n{head}"
        await self._send_command(command.encode() + payload + b"\r\n")
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()
