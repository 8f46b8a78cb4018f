"""What a part keeps for itself in a file: damaged, it is told with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.runtime.home import StartRefused
from shared.runtime.notebook import in_file


def test_a_damaged_file_refuses_the_start_and_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "console.sqlite"
    path.write_bytes(b"something else" * 1_000)
    metadata = sa.MetaData()
    sa.Table("sessions", metadata, sa.Column("id", sa.Text, primary_key=True))
    with pytest.raises(StartRefused, match=r"console.sqlite is damaged .* put it back from a backup; or move it away"):
        in_file(path, metadata)
    assert path.read_bytes().startswith(b"something else")
