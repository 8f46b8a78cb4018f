"""A key that is given twice is refused, however the body is written: the quick way there says what the careful one says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.runtime.door import refuse_repeated_keys

NAMES = st.sampled_from(("a", "b", "a:b", "{", "ü", "\\"))
SAID = st.one_of(
    st.integers(),
    st.text(alphabet='a:{}"\\', max_size=4),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(NAMES, st.integers(), max_size=2),
)


@given(st.lists(st.tuples(NAMES, SAID), max_size=4), st.sampled_from((None, 2)), st.booleans(), st.booleans())
@example([("a", 1), ("a", 1)], None, False, False)
@example([("a", 1), ("b", "x:y"), ("a", 1)], None, False, False)
@example([("a", "{"), ("a", 1)], None, False, False)
def test_a_key_given_twice_is_seen(pairs: list[tuple[str, Any]], indent: int | None, spaced: bool, ascii: bool) -> None:
    colon = " : " if spaced else ":"
    members = [
        f"{json.dumps(name, ensure_ascii=ascii)}{colon}{json.dumps(value, ensure_ascii=ascii, indent=indent)}"
        for name, value in pairs
    ]
    body = ("{" + ", ".join(members) + "}").encode()
    if len({name for name, _ in pairs}) == len(pairs):
        refuse_repeated_keys(body)
    else:
        with pytest.raises(Invalid, match="is given twice"):
            refuse_repeated_keys(body)


def test_a_key_that_is_written_in_another_way_is_the_same_key() -> None:
    with pytest.raises(Invalid):
        refuse_repeated_keys(rb'{"a": 1, "\u0061": 2}')
    refuse_repeated_keys(rb'{"a": "\ud800"}')
    refuse_repeated_keys(b'{"a": NaN}')
