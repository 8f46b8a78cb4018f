"""Sign-in codes work once and soon; sessions last half a day; the file knows no secret."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.console.sessions import CODE_LASTS, SESSION_LASTS, Sessions, metadata
from shared.runtime.notebook import in_file

NOW = datetime(2026, 3, 2, 8, 14, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def sessions(tmp_path: Path):
    opened = Sessions(in_file(tmp_path / "sessions.sqlite", metadata), os.urandom)
    yield opened
    opened.close()


def test_a_code_opens_a_session_of_its_person(sessions: Sessions):
    token = sessions.open(sessions.new_code("p-ana", NOW), NOW)
    assert token
    session = sessions.session(token, NOW + MOMENT)
    assert session and session.person == "p-ana"


def test_a_code_works_once(sessions: Sessions):
    code = sessions.new_code("p-ana", NOW)
    assert sessions.open(code, NOW)
    assert sessions.open(code, NOW) is None


def test_of_many_with_the_same_code_one_gets_in(sessions: Sessions):
    code = sessions.new_code("p-ana", NOW)
    with ThreadPoolExecutor(8) as crowd:
        tokens = list(crowd.map(lambda _: sessions.open(code, NOW), range(32)))
    assert sum(token is not None for token in tokens) == 1


def test_a_code_is_too_old_after_a_quarter_of_an_hour(sessions: Sessions):
    assert sessions.open(sessions.new_code("p-ana", NOW), NOW + CODE_LASTS - MOMENT)
    assert sessions.open(sessions.new_code("p-ana", NOW), NOW + CODE_LASTS) is None


def test_a_session_ends_by_itself_and_by_hand(sessions: Sessions):
    token = sessions.open(sessions.new_code("p-ana", NOW), NOW) or ""
    assert sessions.session(token, NOW + SESSION_LASTS - MOMENT)
    assert sessions.session(token, NOW + SESSION_LASTS) is None
    sessions.end(token)
    assert sessions.session(token, NOW) is None


def test_all_sessions_of_a_person_can_be_ended(sessions: Sessions):
    ana, bo = (sessions.open(sessions.new_code(person, NOW), NOW) or "" for person in ("p-ana", "p-bo"))
    sessions.end_all_of("p-ana")
    assert sessions.session(ana, NOW) is None
    assert sessions.session(bo, NOW)


@pytest.mark.parametrize("wrong", ["", ".", "x", "x.y", "é.é", "\ud800.\ud800", "a" * 10_000])
def test_nonsense_opens_nothing(sessions: Sessions, wrong: str):
    sessions.new_code("p-ana", NOW)
    assert sessions.open(wrong, NOW) is None
    assert sessions.session(wrong, NOW) is None


def test_the_right_id_with_a_wrong_secret_opens_nothing_and_spends_nothing(sessions: Sessions):
    code = sessions.new_code("p-ana", NOW)
    assert sessions.open(code.partition(".")[0] + ".wrong", NOW) is None
    assert sessions.open(code, NOW)


def test_a_code_is_not_a_session(sessions: Sessions):
    assert sessions.session(sessions.new_code("p-ana", NOW), NOW) is None


def test_the_file_knows_no_secret_and_is_its_owners_alone(tmp_path: Path):
    sessions = Sessions(in_file(tmp_path / "sessions.sqlite", metadata), os.urandom)
    code = sessions.new_code("p-ana", NOW)
    token = sessions.open(sessions.new_code("p-bo", NOW), NOW) or ""
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert code.partition(".")[2].encode() not in stored
    assert token.partition(".")[2].encode() not in stored
    assert (tmp_path / "sessions.sqlite").stat().st_mode & 0o077 == 0
    sessions.close()
