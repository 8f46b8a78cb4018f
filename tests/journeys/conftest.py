"""Houses that several tests share, with the people of one complaint."""

from collections.abc import Iterator

import pytest

from tests.house import RunningHouse, running_house
from tests.journeys.people import People


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """One process; whoever uses it leaves it running."""
    with running_house(tmp_path_factory.mktemp("shared")) as house:
        yield house


@pytest.fixture(scope="package")
def people(house: RunningHouse) -> People:
    """The people of the shared house."""
    return People.of(house)


@pytest.fixture(scope="package")
def split_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A process for each part; whoever kills one waits until it is back."""
    with running_house(tmp_path_factory.mktemp("split"), split=True) as house:
        yield house


@pytest.fixture(scope="package")
def split_people(split_house: RunningHouse) -> People:
    """The people of the split house."""
    return People.of(split_house)
