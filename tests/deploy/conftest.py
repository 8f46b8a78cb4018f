"""One running house, for what it tells of itself."""

from collections.abc import Iterator

import pytest

from tests.house import RunningHouse, running_house


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """One process with all parts."""
    with running_house(tmp_path_factory.mktemp("deploy")) as house:
        yield house
