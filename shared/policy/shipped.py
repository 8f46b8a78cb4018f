"""The packs that come with Casetrail, one for each source procedure. None holds anywhere until a site activates it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from shared.policy.pack import Pack
from shared.policy.pack_file import read_pack


@cache
def shipped() -> dict[str, Pack]:
    """Id → pack: what the others extend first, overlays last. Do not change the dict; it is read once."""
    packs = [_pack(id) for id in _texts()]
    packs.sort(key=lambda pack: (pack.meta.overlay, pack.meta.extends is not None, pack.meta.id))
    return {pack.meta.id: pack for pack in packs}


def text_of(id: str) -> str:
    """The pack as it is written, comments included; KeyError when none of that id is shipped."""
    return _texts()[id]


@cache
def _texts() -> dict[str, str]:
    written = files("shared.policy").joinpath("packs").iterdir()
    return {each.name.removesuffix(".yaml"): each.read_text("utf-8") for each in written if each.name.endswith(".yaml")}


def _pack(id: str) -> Pack:
    file = read_pack(text_of(id))
    if file.pack is None or file.pack.meta.id != id:
        raise ValueError(f"{id}.yaml: {file.faults[0] if file.faults else 'meta.id is not the name of the file'}")
    return file.pack
