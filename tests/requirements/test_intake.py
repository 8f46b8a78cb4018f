"""Across the sources: what else a case may be about, where it may come from, and who finds out what led to what."""

from __future__ import annotations

import pytest

from services.capa.domain import RecordRootCause
from shared.events.organisation import Role
from shared.policy.access import who_may


@pytest.mark.requirement("S4-73")
def test_the_project_manager_establishes_what_led_to_what():
    assert Role.PROJECT_MANAGER in who_may(RecordRootCause)
