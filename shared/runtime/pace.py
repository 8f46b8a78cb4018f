"""Taking turns: at once after a rest, and under load so far apart that each turn has a batch to work on."""

from __future__ import annotations

import asyncio
import contextlib

from shared.runtime.clock import seconds


class Pace:
    """`apart_s` is the least distance between two turns; somebody who waits for a result may cut it short."""

    def __init__(self, apart_s: float) -> None:
        self.apart_s = apart_s
        self._last = float("-inf")
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Somebody waits: the next turn comes now. On the event loop."""
        self._hurry.set()

    async def turn(self) -> None:
        """Wait for the next turn."""
        left = self._last + self.apart_s - seconds()
        if left > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._hurry.wait()
        self._hurry.clear()
        self._last = seconds()
