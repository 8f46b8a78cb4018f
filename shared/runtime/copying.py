"""Facts from one place into an empty ledger, with their positions, and the comparison of every one afterwards.

Until that has been done the copy stands in epoch 0 and nobody works with it. Batches are transactions of their own, so
that a copy that was cut short goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from shared.kernel.errors import Refused
from shared.runtime.backup import Steps, in_batches
from shared.runtime.codec import Identity, Row, line_of
from shared.runtime.ledger import UNFINISHED, Answered, Copy, DamagedLedger, Ledger

AT_ONCE = 5_000


class Source(Protocol):
    """Where the facts come from."""

    @property
    def identity(self) -> Identity: ...

    @property
    def head(self) -> int: ...

    def rows(self, after: int) -> Iterator[Row]:
        """Every fact after a position, checked."""
        ...

    def answers(self) -> Iterator[tuple[str, str, str, bytes]]:
        """(actor, command id, fingerprint, first answer), by actor and command id."""
        ...

    def positions(self) -> Iterable[tuple[str, int]]: ...

    def refusals(self) -> Iterable[tuple[str, int, str]]: ...


@dataclass(frozen=True)
class Copied:
    """What was compared, and the SHA-256 of all facts as lines of an export, as read back from the copy."""

    facts: int
    answers: int
    facts_sha256: str


def see_that_it_is_ours(copy: Ledger, source: Source, place: str) -> None:
    """Raises Refused unless the copy is empty or the beginning of the same ledger."""
    found, head = copy.identity(), copy.head()
    if found.ledger_id != source.identity.ledger_id:
        raise Refused(
            f"{place} holds the ledger {found.ledger_id}, and this one is {source.identity.ledger_id}",
            way_out="name an empty database",
        )
    if head > source.head or (found.epoch != UNFINISHED and head != source.head):
        raise Refused(
            f"{place} holds the same ledger with {head} facts in epoch {found.epoch}, and here are {source.head}: "
            "somebody went on there",
            way_out="name an empty database",
        )


def fill(copy: Copy, source: Source, steps: Steps) -> None:
    """Add the facts that are not there yet, and everything that stands beside them."""
    have = copy.head()
    if have and copy.rows(have - 1, 1)[-1] != next(iter(source.rows(have - 1))):
        raise Refused(f"position {have} is another fact there", way_out="name an empty database")
    with steps("facts copied", source.head) as step:
        step(have)
        for batch in in_batches(source.rows(have), AT_ONCE):
            with copy.writing() as writing:
                writing.append(batch)
            step(len(batch))
    copy.clear_books()
    for batch in in_batches(source.answers(), AT_ONCE):
        with copy.writing() as writing:
            writing.remember({(actor, id): Answered(print_, answer) for actor, id, print_, answer in batch})
    with copy.writing() as writing:
        for listener, position in source.positions():
            writing.move(listener, position)
        for listener, position, detail in source.refusals():
            writing.refuse(listener, position, detail)


def compare(copy: Ledger, source: Source, steps: Steps) -> Copied:
    """Read both, and compare every byte; `copy` must have been opened anew. Raises DamagedLedger for the first difference."""
    whole, facts, answers = hashlib.sha256(), 0, 0
    with steps("facts compared", source.head) as step:
        for ours, there in zip_longest(source.rows(0), all_rows(copy, 0, source.head)):
            facts += 1
            if ours != there or ours is None or there is None:
                raise DamagedLedger(f"position {facts} is not the same in the copy")
            whole.update(line_of(there, source.identity))
            if facts % 1_000 == 0:
                step(1_000)
        step(facts % 1_000)
    with copy.books() as books:
        for ours, there in zip_longest(source.answers(), books.answers):
            answers += 1
            if ours is None or there is None or tuple(ours) != (*there[:3], bytes(there[3])):
                raise DamagedLedger(f"the first answer number {answers} is not the same in the copy")
        if [tuple(one) for one in source.positions()] != [tuple(one) for one in books.positions]:
            raise DamagedLedger("the positions of reactions are not the same in the copy")
        if [tuple(one) for one in source.refusals()] != [tuple(one) for one in books.refusals]:
            raise DamagedLedger("what reactions were refused is not the same in the copy")
    return Copied(facts, answers, whole.hexdigest())


def all_rows(ledger: Ledger, after: int, up_to: int | None = None) -> Iterator[Row]:
    """All facts after a position, read in batches."""
    while rows := ledger.rows(after, AT_ONCE, up_to):
        yield from rows
        after = rows[-1].position
