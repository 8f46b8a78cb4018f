"""The ledger: the one place where facts are kept, in one order, for ever. What every store of facts must offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from shared.runtime.codec import Identity, Row

ORGANISATION = ("home", "site", "person", "calendar", "policy")
"""Kinds of streams that every process keeps in memory: few facts, asked for by every command."""


class NewerLedger(Exception):
    """The ledger was written by a newer version of Casetrail."""


class DamagedLedger(Exception):
    """The ledger cannot be read: a disk fault, or something else wrote into it."""


class NoLedger(DamagedLedger):
    """There is none where one was expected."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the ledger as the writer sees it: last position, last recorded_at (empty when there is none)."""

    position: int
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command was answered the first time, and the fingerprint of what was asked."""

    fingerprint: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folded state, to spare long cases the whole replay. Worthless when the fingerprint of the fold has changed."""

    stream: str
    version: int
    fingerprint: str
    state: bytes


@dataclass(frozen=True, slots=True)
class Books:
    """What stands beside the facts, all as of one position."""

    identity: Identity
    head: int
    answers: Iterable[tuple[str, str, str, bytes]]
    """(actor, command id, fingerprint, first answer), by actor and command id; read once, while the books are open."""
    positions: Sequence[tuple[str, int]]
    """(reaction, how far it has come)"""
    refusals: Sequence[tuple[str, int, str]]


class Writing(Protocol):
    """One transaction that holds the writer lock."""

    def head(self) -> Head: ...

    def answered(self, commands: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answered]:
        """(actor, command id) → the first answer, of those that were here before."""
        ...

    def append(self, rows: Sequence[Row]) -> None: ...

    def remember(self, answers: Mapping[tuple[str, str], Answered]) -> None:
        """Keep the first answers to commands."""
        ...

    def stream(self, stream: str, after: int = 0) -> list[Row]: ...

    def streams(self, streams: Sequence[str]) -> Iterable[Row]:
        """The rows of many streams in one question, by stream and version; of a snapshotted one, those from its snapshot on."""
        ...

    def rows(self, after: int, limit: int) -> list[Row]: ...

    def organisation(self, after: int) -> list[Row]: ...

    def snapshot(self, stream: str) -> Snapshot | None: ...

    def keep_snapshot(self, snapshot: Snapshot) -> None: ...

    def position(self, listener: str) -> int: ...

    def move(self, listener: str, position: int) -> None: ...

    def refuse(self, listener: str, position: int, detail: str) -> None: ...


class Ledger(Protocol):
    """Reading is safe from any thread; `writing` takes the writer lock until the block ends, then commits or rolls back."""

    def identity(self) -> Identity: ...

    def head(self) -> int: ...

    def rows(self, after: int, limit: int, up_to: int | None = None) -> list[Row]: ...

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]: ...

    def streams(self, streams: Sequence[str]) -> Iterable[Row]:
        """As of `Writing`."""
        ...

    def organisation(self, after: int) -> list[Row]: ...

    def snapshot(self, stream: str) -> Snapshot | None: ...

    def position(self, listener: str) -> int: ...

    def refusals(self, listener: str | None = None) -> Sequence[tuple[str, int, str]]: ...

    def weaknesses(self) -> list[str]:
        """What has been taken away that protects the facts; empty when nothing has."""
        ...

    def advice(self) -> list[tuple[str, str]]:
        """What could be safer, each with the way to it."""
        ...

    def books(self) -> AbstractContextManager[Books]:
        """What stands beside the facts, as of the position that was the last one when the block began."""
        ...

    def wakes(self, wake: Callable[[], None]) -> bool:
        """Call this whenever any process has committed, from a thread of its own; False where a store cannot tell."""
        ...

    def writing(self) -> AbstractContextManager[Writing]: ...

    def close(self) -> None: ...


UNFINISHED = 0
"""The epoch of a ledger that is being filled with the facts of another. Nobody works with it before it is whole."""


class Copy(Ledger, Protocol):
    """A ledger that is being filled."""

    def clear_books(self) -> None:
        """Forget what stands beside the facts: it is copied anew."""
        ...

    def become_whole(self, epoch: int) -> None:
        """All of it is there and was compared: from now on it is a ledger, in this epoch."""
        ...
