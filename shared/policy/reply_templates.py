"""Wordings: what everybody at the service desk says in the same words, in both languages (S3-03)."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.events.words import ContactPurpose
from shared.kernel.values import Text

BLANKS = frozenset({"case_no", "customer", "product", "contact_by", "tracking_no", "expected_arrival", "person"})
"""What a wording may leave to be filled in from the case."""


def blanks(text: str) -> set[str]:
    """The blanks of a wording, as in {case_no}."""
    return set(re.findall(r"\{(\w*)\}", text))


class Wording(BaseModel):
    """One wording, as a pack has it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    purposes: Annotated[tuple[ContactPurpose, ...], Field(min_length=1)]
    """The contacts it is meant for."""
    en: Text
    zh: Text
