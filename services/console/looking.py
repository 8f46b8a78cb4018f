"""Who looks at a page: set once for each request, and asked wherever pages read, so that no page shows too much."""

from __future__ import annotations

from contextvars import ContextVar

LOOKING: ContextVar[str | None] = ContextVar("looking", default=None)
"""The person's id; None outside of a request, where nobody is shown anything."""
