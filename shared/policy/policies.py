"""Packs and policies folded from their facts, and the policy that is in effect at a site at an instant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import orjson

from shared.events.policy import PackRef, PolicyActivated, PolicyPackPublished
from shared.kernel.fact import Fact
from shared.policy.pack import Pack, effective
from shared.policy.pack_file import read_pack


@dataclass(frozen=True)
class Published:
    """One published version of a pack."""

    ref: PackRef
    text: str

    @property
    def pack(self) -> Pack:
        """The pack as it reads today; raises ValueError when this version of Casetrail cannot read it any more."""
        return _read(self.text)


@dataclass(frozen=True)
class PublishedPack:
    """All versions of one pack."""

    id: str = ""
    versions: Mapping[int, Published] = field(default_factory=dict[int, Published])

    @property
    def latest(self) -> Published | None:
        """The newest version."""
        return self.versions[max(self.versions)] if self.versions else None


@dataclass(frozen=True)
class Policy:
    """What a site goes by. `ref` stands in every fact decided under it; empty where nothing was ever activated."""

    pack: Pack
    ref: str = ""
    lineage: tuple[PackRef, ...] = ()

    def __hash__(self) -> int:
        """Of its name: what follows from it is remembered for it, and is asked of every fact."""
        return hash(self.ref)


NO_POLICY = Policy(
    Pack.model_validate({"meta": {"id": "none", "version": 1, "title": {"en": "no policy", "zh": "无规则包"}}})
)
"""Of a site that has activated none: grades and targets are free."""


def fold_policy(pack: PublishedPack, fact: Fact[PolicyPackPublished]) -> PublishedPack:
    """The pack after one more fact."""
    event = fact.event
    ref = PackRef(pack=event.pack, version=event.version, digest=event.digest)
    return PublishedPack(event.pack, {**pack.versions, event.version: Published(ref, event.text)})


def policy_of(activated: PolicyActivated, packs: Mapping[str, PublishedPack]) -> Policy:
    """The policy that an activation names."""
    texts = tuple(packs[ref.pack].versions[ref.version].text for ref in activated.lineage)
    return Policy(_whole(texts), f"{activated.policy} {activated.digest}", activated.lineage)


def digest_of_text(text: str) -> str:
    """SHA-256 of a pack's text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(pack: Pack) -> str:
    """SHA-256 of a policy's canonical JSON, hex."""
    content = pack.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def overlaid(line: Sequence[Pack], overlays: Sequence[Pack]) -> Pack:
    """A pack's lineage with overlays on top, as one; it keeps the name of the pack."""
    whole = effective([*line, *overlays])
    return whole.model_copy(update={"meta": line[-1].meta})


@lru_cache(maxsize=256)
def _read(text: str) -> Pack:
    file = read_pack(text)
    if file.pack is None:
        raise ValueError(f"the pack cannot be read: {file.faults[0]}")
    return file.pack


@lru_cache(maxsize=64)
def _whole(texts: tuple[str, ...]) -> Pack:
    packs = [_read(text) for text in texts]
    whole = effective(packs)
    main = next(pack for pack in reversed(packs) if not pack.meta.overlay)
    return whole.model_copy(update={"meta": main.meta})
