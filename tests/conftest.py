"""Fixtures that several rooms share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.farm import Farm, open_farm


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[Farm]:
    """The service on an empty database, posting comments, with an empty fleet and repository."""
    async with open_farm(tmp_path) as farm:
        yield farm
