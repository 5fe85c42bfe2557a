"""Who may say on a real master that a test passed: who was seen to run it, and to its end."""

import pytest

from tests.e2e.conftest import OpenStage
from tests.e2e.fleet import FleetBuilder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "runtests.py")
FAST = FleetBuilder("AMD64 Debian", command=PYTEST)
SLOW = FleetBuilder("ARM64 Debian slow", seconds=6, collapse=True, command=PYTEST)
# Its step is called `test`, as those of the others are.
DOCS = FleetBuilder("Docs", command=("-m", "compileall", "-q", "runtests.py"))
BROKEN = {"test_ssl": {"on": "*", "message": "41"}}
# Once, and on one builder only: its file could not be imported.
LOST = {"collection": {"on": [FAST.name], "once": True}}


async def test_a_docs_builder_whose_step_is_called_test_says_nothing(open_stage: OpenStage) -> None:
    """It is green at the culprit, which it never ran a test of: nobody else is accused for it."""
    async with open_stage([SLOW, FAST, DOCS]) as stage:
        stage.wait_idle()
        await stage.merge(101, "Tidy the docs")
        stage.wait_idle()
        await stage.merge(102, "Speed up ssl", broken=BROKEN)
        comment = await stage.wait_for_comment(102, "test_ssl")
        await stage.merge(103, "Add a test")
        stage.wait_idle()
        await stage.wait_until_read()

        assert "Docs" not in comment
        (standing,) = stage.comments(102)
        assert "Fixed" not in standing
        assert "Docs" not in standing
        assert stage.comments(101) == stage.comments(103) == []


async def test_a_build_that_dies_before_its_tests_has_fixed_nothing(open_stage: OpenStage) -> None:
    """The next build ends in a collection error: no test of it passed, and nobody is to blame."""
    async with open_stage([FAST, SLOW]) as stage:
        stage.wait_idle()
        await stage.merge(101, "Tidy the docs")
        stage.wait_idle()
        await stage.merge(102, "Speed up ssl", broken=BROKEN)
        await stage.wait_for_comment(102, "test_ssl")
        await stage.merge(103, "Add a test", broken=LOST)
        stage.wait_idle()
        await stage.merge(104, "Add another test")
        stage.wait_idle()
        await stage.wait_until_read()

        (standing,) = stage.comments(102)
        assert "Fixed" not in standing
        assert stage.comments(101) == stage.comments(103) == stage.comments(104) == []
        page = await stage.service.wait_for("/api/v1/incidents", lambda page: page["incidents"], 60)
        ssl = [i for i in page["incidents"] if any("test_ssl" in test for test in i["tests"])]
        assert [(i["pull"], i["state"]) for i in ssl] == [(102, "open")]

        await stage.merge(105, "Mend ssl", broken={"test_ssl": None, "collection": None})
        assert "Fixed" in await stage.wait_for_comment(102, "#105")
