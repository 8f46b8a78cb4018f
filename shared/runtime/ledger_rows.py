"""The columns of a row of the ledger behind its position, which every store names alike: the fields of `codec.Row`."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "originator_id, originator_version, topic, state, shape, site, service, occurred_at, recorded_at, actor, roles, "
    "on_behalf_of, command_id, correlation, causation, backdate_reason, policy, historical, epoch, sha256"
)
"""The first four are those of `eventsourcing`'s own recorders."""
COUNT: Final = 21
"""With the position."""
