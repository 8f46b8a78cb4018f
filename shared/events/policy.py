"""Policies as facts: which packs there are, and which of them a site goes by from when."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.complaint import Says
from shared.kernel.fact import Event
from shared.kernel.values import Code, Instant, Line, Sha256, SiteCode, Value


class PackRef(Value):
    """One version of a pack, with the SHA-256 of its text."""

    pack: Code
    version: Annotated[int, Field(ge=1)]
    digest: Sha256

    def __str__(self) -> str:
        return f"{self.pack}@{self.version}"


class PolicyPackPublished(Event):
    """A version of a policy pack may be activated from now on. Its text never changes; what is new is a new version."""

    TOPIC: ClassVar[str] = "policy.PolicyPackPublished"
    SAYS: ClassVar[Says] = {
        "en": "Policy pack {pack} version {version} published: {title}",
        "zh": "发布规则包{pack}第{version}版：{title}",
    }

    pack: Code
    version: Annotated[int, Field(ge=1)]
    title: Line
    text: Annotated[str, Field(min_length=1, max_length=200_000)]
    """The YAML as it was written."""
    digest: Sha256
    """SHA-256 of the text in UTF-8."""


class PolicyActivated(Event):
    """The site goes by this pack from an instant on; decisions before it keep the policy they were made under (K1)."""

    TOPIC: ClassVar[str] = "site.PolicyActivated"
    SAYS: ClassVar[Says] = {
        "en": "{site} goes by {policy} from {effective_from}",
        "zh": "{site}自{effective_from}起执行{policy}",
    }

    site: SiteCode
    policy: Line
    """For readers: `pack-s0@1 + overlay-8d-auto@1`."""
    lineage: Annotated[tuple[PackRef, ...], Field(min_length=1, max_length=20)]
    """Everything it is made of, the most general first; what comes later wins."""
    digest: Sha256
    """SHA-256 of the policy as it is in effect: canonical JSON of all packs laid over one another."""
    effective_from: Instant


class PolicyMigrated(Event):
    """The promises that run at a site go by the policy that is in effect there now, not by the one they began under.

    Without it they stay as they were promised (domain §4.5.3, Rebase: pin).
    """

    TOPIC: ClassVar[str] = "site.PolicyMigrated"
    SAYS: ClassVar[Says] = {
        "en": "Running promises of {site} go by {policy} from now on: {reason}",
        "zh": "{site}在途时限改按{policy}执行：{reason}",
    }

    site: SiteCode
    policy: Line
    digest: Sha256
    reason: Line


PolicyEvent = PolicyPackPublished
