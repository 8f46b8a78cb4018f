"""Taking turns: at once after a rest, and under load ever further apart, so that each turn has a batch to work on."""

from __future__ import annotations

import asyncio
import contextlib

from shared.runtime.clock import seconds


class Pace:
    """The distance between turns doubles from `apart_s` up to `most_s` while they follow each other without a rest.

    Somebody who waits for a result cuts it short.
    """

    def __init__(self, apart_s: float, most_s: float) -> None:
        self.apart_s, self.most_s = apart_s, most_s
        self._distance = 0.0
        self._last = float("-inf")
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Somebody waits: the next turn comes now. On the event loop."""
        self._hurry.set()

    async def turn(self) -> None:
        """Wait for the next turn."""
        since = seconds() - self._last
        if since > max(2 * self._distance, self.apart_s):
            self._distance = 0.0  # there was a rest
        else:
            self._distance = min(max(2 * self._distance, self.apart_s), self.most_s)
        if (left := self._distance - since) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._hurry.wait()
        self._hurry.clear()
        self._last = seconds()
