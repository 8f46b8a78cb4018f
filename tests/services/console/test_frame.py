"""The frame of all pages: no form but our own."""

from pathlib import Path

import pytest
from starlette.requests import Request

from services.console.frame import SESSION_COOKIE, Desk
from shared.kernel.errors import Forbidden
from tests.services.console.world import World


def asked_by(session: str) -> Request:
    cookie = f"{SESSION_COOKIE}={session}".encode()
    return Request({"type": "http", "method": "POST", "path": "/", "headers": [(b"cookie", cookie)]})


def test_a_form_belongs_to_the_session_that_it_was_given(tmp_path: Path):
    world = World(tmp_path, told=False)
    desk = Desk(world.views, world.sessions, lambda: world.now, simulated=False)
    ours, theirs = asked_by("ours"), asked_by("theirs")
    desk.must_be_ours(ours, desk.form_token(ours))
    with pytest.raises(Forbidden) as no:
        desk.must_be_ours(theirs, desk.form_token(ours))
    assert no.value.rule == "G-FORM"
    world.close()
