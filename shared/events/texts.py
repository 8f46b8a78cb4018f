"""What events of a case are written in: sentences, and free text that belongs to a person."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.kernel.personal import Complainant, Personal
from shared.kernel.values import Line, LocalId, Text

Says = dict[str, str]
"""Language → sentence; braces name the event's fields."""
CaseText = Personal[Text, Complainant]
"""Free text about a case may name the people in it, so it belongs to its complainant (domain §4.9)."""
CaseLine = Personal[Line, Complainant]
Ids = Annotated[tuple[LocalId, ...], Field(max_length=100)]
