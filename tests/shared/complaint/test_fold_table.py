"""The table of folds: each event of a case has exactly one."""

from typing import get_args

from shared.complaint.fold import _OF_TOPIC
from shared.events import complaint as e


def test_every_event_is_of_the_main_way_or_of_one_topic():
    main, topics = set(get_args(e.MainEvent)), set(_OF_TOPIC)
    assert main | topics >= set(get_args(e.ComplaintEvent))
    assert not main & topics
