"""A builder of a real Buildbot is taken out of its configuration while it is red."""

import pytest

from tests.e2e.conftest import OpenStage
from tests.e2e.fleet import FleetBuilder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

DEBIAN, FEDORA = FleetBuilder("AMD64 Debian"), FleetBuilder("AMD64 Fedora")


async def test_what_a_removed_builder_kept_open_is_closed_in_plain_words(
    open_stage: OpenStage,
) -> None:
    """Both were red; one is mended, the other one will never be seen green again."""
    async with open_stage([DEBIAN, FEDORA]) as stage:
        stage.wait_idle()
        await stage.merge(101, "Speed up ssl", broken={"test_ssl": {"on": "*", "message": "41"}})
        await stage.wait_for_comment(101, "test_ssl")
        stage.wait_idle()
        await stage.wait_until_read()
        stage.fleet.reconfigure([FEDORA])
        await stage.service.stop()  # its start looks at the builders at once
        await stage.service.start()
        await stage.merge(102, "Mend ssl", broken={"test_ssl": None})
        words = "AMD64 Debian was taken out of Buildbot before it was seen green again"
        assert "Closed" in await stage.wait_for_comment(101, words)
        assert len(stage.comments(101)) == 1
