"""Which fold belongs to which kind of stream, and the states in memory, loaded from snapshots and facts."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

import shared.clocks
import shared.complaint
from shared.clocks.duties import Duties, fold_duties
from shared.clocks.published import fold_calendar
from shared.clocks.state import Clocks, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.refusals import Refusals, fold_refusals
from shared.complaint.state import Complaint
from shared.kernel.fact import Fact
from shared.kernel.record import record
from shared.policy.organisation import (
    CaseNumbers,
    Home,
    Person,
    Site,
    fold_home,
    fold_numbers,
    fold_person,
    fold_site,
)
from shared.policy.policies import PublishedPack, fold_policy
from shared.policy.reference import Reference, fold_reference
from shared.policy.reviews import Review, fold_review
from shared.policy.simulations import Simulation, fold_simulation
from shared.policy.weeks import ChargedWeek, fold_week
from shared.runtime.codec import Row, fact_of
from shared.runtime.ledger import Snapshot

SNAPSHOT_EVERY = 200
"""Facts after which a state is kept, so that a case of 50,000 facts need not be replayed from its first."""


@cache
def adapter(state: type) -> TypeAdapter[Any]:
    """Made when it is first needed: that of a complaint takes longer than anything else at a start."""
    return TypeAdapter(state)


@dataclass(frozen=True)
class Kind:
    """How a stream of one kind is folded, and as what its states are snapshotted, if they are."""

    initial: Any
    fold: Callable[[Any, Fact[Any]], Any]
    kept_as: type | None = None

    @property
    def adapter(self) -> TypeAdapter[Any] | None:
        """Reads and writes snapshots."""
        return None if self.kept_as is None else adapter(self.kept_as)


KINDS: dict[str, Kind] = {
    "complaint": Kind(INITIAL, fold, Complaint),
    "clocks": Kind(Clocks(), fold_clocks, Clocks),
    "duties": Kind(Duties(), fold_duties, Duties),
    "guard": Kind(Refusals(), fold_refusals),
    "numbers": Kind(CaseNumbers(), fold_numbers, CaseNumbers),
    "home": Kind(Home(), fold_home),
    "site": Kind(Site(), fold_site),
    "person": Kind(Person(), fold_person),
    "calendar": Kind(None, fold_calendar),
    "policy": Kind(PublishedPack(), fold_policy),
    "reference": Kind(Reference(), fold_reference),
    "review": Kind(Review(), fold_review),
    "week": Kind(ChargedWeek(), fold_week),
    "simulation": Kind(Simulation(), fold_simulation),
}


@cache
def fold_fingerprint() -> str:
    """Changes with the source of the folds, so that a snapshot of another fold is never used."""
    packages = (shared.complaint, shared.clocks)
    files = (file for package in packages for file in sorted(Path(package.__path__[0]).glob("*.py")))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def kind_of(stream: str) -> Kind:
    """The kind of a stream, from its name."""
    return KINDS[stream.partition("-")[0]]


@record()
class Loaded:
    """A state and the version it stands at; 0 when nothing has happened yet."""

    state: Any
    version: int


class Source(Protocol):
    """Where rows and snapshots come from: the ledger, or the transaction that holds its lock."""

    def stream(self, stream: str, after: int = 0) -> list[Row]: ...

    def streams(self, streams: Sequence[str]) -> Iterable[Row]: ...

    def snapshot(self, stream: str) -> Snapshot | None: ...


def load(source: Source, stream: str) -> Loaded:
    """The state of a stream as of now: snapshot, then the facts after it."""
    kind = kind_of(stream)
    state, version = kind.initial, 0
    if kind.adapter is not None:
        snapshot = source.snapshot(stream)
        if snapshot is not None and snapshot.fingerprint == fold_fingerprint():
            state, version = kind.adapter.validate_json(snapshot.state), snapshot.version
    for row in source.stream(stream, version):
        state, version = kind.fold(state, fact_of(row)), row.version
    return Loaded(state, version)


def load_all(source: Source, streams: Sequence[str]) -> Iterator[tuple[str, Loaded]]:
    """The states of many streams, in one question but for those that have a snapshot."""
    found = dict.fromkeys(streams, 0)
    for stream, rows in groupby(source.streams(streams), key=lambda row: row.stream):
        found[stream] = 1
        kind, version = kind_of(stream), 0
        state = kind.initial
        for row in rows:
            if row.version != version + 1:
                break
            state, version = kind.fold(state, fact_of(row)), row.version
        else:
            yield stream, Loaded(state, version)
            continue
        yield stream, load(source, stream)
    yield from ((stream, Loaded(kind_of(stream).initial, 0)) for stream, begun in found.items() if not begun)


def snapshot_of(stream: str, loaded: Loaded) -> Snapshot | None:
    """What to keep of a state; None for kinds that are not snapshotted."""
    adapter = kind_of(stream).adapter
    if adapter is None:
        return None
    return Snapshot(stream, loaded.version, fold_fingerprint(), adapter.dump_json(loaded.state))


class States:
    """The states this process has lately used. Another process's facts evict what they touch."""

    def __init__(self, capacity: int = 20_000) -> None:
        self._capacity = capacity
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()

    def get(self, source: Source, stream: str) -> Loaded:
        """From memory, else loaded."""
        found = self._loaded.get(stream)
        if found is None:
            found = load(source, stream)
            self.put(stream, found)
        else:
            self._loaded.move_to_end(stream)
        return found

    def has(self, stream: str) -> bool:
        """Whether it is in memory."""
        return stream in self._loaded

    def put(self, stream: str, loaded: Loaded) -> None:
        """Remember a state; the least used one is forgotten when there are too many."""
        self._loaded[stream] = loaded
        self._loaded.move_to_end(stream)
        if len(self._loaded) > self._capacity:
            self._loaded.popitem(last=False)

    def evict(self, streams: Iterable[str]) -> None:
        """Forget what others have changed."""
        for stream in streams:
            self._loaded.pop(stream, None)
