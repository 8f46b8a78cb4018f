"""Publishing policy packs, and activating them at sites: what SLA watch decides about policies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from shared.events.organisation import Role
from shared.events.policy import PackRef, PolicyActivated, PolicyMigrated, PolicyPackPublished
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.values import Code, Instant, Line
from shared.policy.organisation import Site
from shared.policy.pack import Pack
from shared.policy.pack_check import Unresolvable, check, lineage
from shared.policy.pack_file import LONGEST, PackFile, read_pack
from shared.policy.policies import Policy, Published, PublishedPack, digest_of, digest_of_text, overlaid
from shared.policy.rules import Rules


class PublishPolicy(Command):
    """Publish a policy pack, or a new version of one. Sites go on by what they have activated."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    """The YAML as written."""


class ActivatePolicy(Command):
    """Let a site go by a pack, with overlays on top, from an instant on; from now on unless another is given."""

    pack: Code
    version: Annotated[int, Field(ge=1)] | None = None
    """The latest unless given."""
    overlays: Annotated[
        tuple[Code, ...], Field(max_length=8), AfterValidator(lambda names: tuple(dict.fromkeys(names)))
    ] = ()
    effective_from: Instant | None = None


class MigratePolicy(Command):
    """Let the promises that run at a site go by the policy that is in effect now; without it they stay as they were made."""

    reason: Line


def pack_in(command: PublishPolicy) -> PackFile:
    """The pack that is to be published; raises Invalid when the text is none."""
    file = read_pack(command.text)
    if file.pack is None:
        raise _faulty([str(fault) for fault in file.faults])
    return file


def decide_publication(state: PublishedPack, command: PublishPolicy, occasion: Occasion, rules: Rules) -> Decided:
    """A new version; refused when it is none, or has faults."""
    file = pack_in(command)
    pack = file.pack
    assert pack is not None
    digest = digest_of_text(command.text)
    latest = state.latest
    if latest is not None and latest.ref.version >= pack.meta.version:
        same = latest.ref.digest == digest
        raise Refused(
            f"{latest.ref} is published already" + ("" if same else ", with another text"), rule="G-POLICY",
            field="text", way_out="nothing is to be done" if same else f"raise meta.version to {latest.ref.version + 1}",
        )  # fmt: skip
    if found := check(file, latest_packs(rules.packs())):
        raise _faulty([str(fault) for fault in found])
    yield PolicyPackPublished(
        pack=pack.meta.id, version=pack.meta.version, title=pack.meta.title.en, text=command.text, digest=digest
    )


def decide_activation(site: Site, command: ActivatePolicy, occasion: Occasion, rules: Rules) -> Decided:
    """The policy a site goes by; refused when nothing would change, or when it would change what has been decided."""
    known = rules.packs()
    published = _published(known, command.pack, command.version, "pack")
    overlays = [_published(known, name, None, "overlays") for name in command.overlays]
    if published.pack.meta.overlay:
        raise Invalid(f"{command.pack} is an overlay", rule="G-POLICY", field="pack", way_out="name it among overlays")
    for name, each in zip(command.overlays, overlays, strict=True):
        if not each.pack.meta.overlay:
            raise Invalid(f"{name} is no overlay", rule="G-POLICY", field="overlays", way_out="a site has one pack")
    begins = command.effective_from or occasion.now
    if begins < occasion.now:
        raise Refused(
            "a policy cannot begin in the past: cases have been decided under another one", rule="G-POLICY",
            field="effective_from", way_out="leave it out to begin now",
        )  # fmt: skip
    try:
        line = lineage(published.pack, latest_packs(known))
    except Unresolvable as error:
        raise Refused(f"{command.pack} {error}", rule="G-POLICY", field="pack") from None
    refs = (*(_ref_of(known, pack) for pack in line[:-1]), published.ref, *(each.ref for each in overlays))
    present = site.activation(begins)
    if present is not None and present.lineage == refs:
        raise Refused(f"{site.code} goes by {present.policy} already", rule="G-POLICY", field="pack")
    yield PolicyActivated(
        site=site.code, policy=" + ".join(str(ref) for ref in (published.ref, *(each.ref for each in overlays))),
        lineage=refs, digest=digest_of(overlaid(line, [each.pack for each in overlays])), effective_from=begins,
    )  # fmt: skip


def unheld(policy: Policy, held: Collection[Role]) -> list[str]:
    """Roles to which promises of the policy climb, and which nobody holds: what climbs there reaches the owner alone.

    Not refused, since people come and go; but said when a policy is activated and wherever a site's policy is shown.
    """
    ladders = policy.pack.ladders or {}
    promised = (each for each in (policy.pack.clauses or {}).values() if each.targets)
    climbs_to = {rung.to for each in promised if each.ladder for rung in ladders.get(each.ladder, ())}
    return sorted(climbs_to.intersection(Role) - set(held))


def decide_migration(site: Site, command: MigratePolicy, occasion: Occasion, rules: Rules) -> Decided:
    """Refused where no policy is in effect."""
    present = site.activation(occasion.now)
    if present is None:
        raise Refused(f"{site.code} goes by no policy", rule="G-POLICY", way_out="activate-policy")
    yield PolicyMigrated(site=site.code, policy=present.policy, digest=present.digest, reason=command.reason)


def told(published: PublishedPack, sites: Iterable[Site], now: datetime) -> dict[str, Any]:
    """A pack for readers: its latest version, and the sites that go by any version of it now."""
    latest = published.latest
    assert latest is not None
    goes_by = [
        site.code for site in sites if (at := site.activation(now)) and published.id in {ref.pack for ref in at.lineage}
    ]
    meta = latest.pack.meta
    return {
        **latest.ref.model_dump(), "title": meta.title.model_dump(), "extends": meta.extends, "overlay": meta.overlay,
        "versions": sorted(published.versions), "sites": sorted(goes_by),
    }  # fmt: skip


def latest_packs(known: Mapping[str, PublishedPack]) -> dict[str, Pack]:
    """Id → the latest version of every published pack."""
    return {id: each.latest.pack for id, each in known.items() if each.latest is not None}


def _ref_of(known: Mapping[str, PublishedPack], pack: Pack) -> PackRef:
    return known[pack.meta.id].versions[pack.meta.version].ref


def _published(known: Mapping[str, PublishedPack], id: str, version: int | None, field: str) -> Published:
    pack = known.get(id)
    found = None if pack is None else pack.latest if version is None else pack.versions.get(version)
    if found is None:
        which = id if version is None else f"{id}@{version}"
        there = ", ".join(str(each.latest.ref) for each in known.values() if each.latest) or "none"
        raise Unknown(f"pack {which} is not published", rule="G-POLICY", field=field, way_out=f"published: {there}")
    return found


def _faulty(faults: Sequence[str]) -> Invalid:
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Invalid(
        f"{faults[0]}{more}", rule="G-POLICY", field="text", way_out="casetrail policy check FILE names every fault"
    )
