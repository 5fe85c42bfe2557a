"""Commits come to a branch in every way that git and GitHub know."""

import pytest

from tests.e2e.conftest import OpenStage
from tests.e2e.fleet import FleetBuilder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

BUILDERS = (
    FleetBuilder("AMD64 Debian"),
    FleetBuilder("AMD64 Fedora"),
    FleetBuilder("AMD64 3.14", branch="3.14"),
    FleetBuilder("ARM64 3.14", branch="3.14"),
)


async def test_a_week_of_odd_merges(open_stage: OpenStage) -> None:
    """Reverts, direct pushes, a release branch, rebases, merge commits, a force push."""
    async with open_stage(BUILDERS) as stage:
        stage.wait_idle()

        # A revert is named by its own number, not by the one in its title.
        base = await stage.merge(101, "Speed up ssl")
        stage.wait_idle()
        await stage.merge(
            102,
            'Revert "Speed up ssl (#101)"',
            body=f"This reverts commit {base}.",
            broken={"test_ssl": {"on": "*"}},
        )
        await stage.wait_for_comment(102, "test_ssl")
        await stage.merge(103, "Mend ssl", broken={"test_ssl": None})
        await stage.wait_for_comment(102, "Fixed")

        # With a direct push in the range nobody is accused.
        stage.wait_idle()
        await stage.github.push_direct("Bump the version")
        await stage.merge(104, "Speed up os", broken={"test_os": {"on": "*"}})
        stage.wait_idle()
        await stage.merge(105, "Mend os", broken={"test_os": None})
        stage.wait_idle()

        # A release branch is a line of its own.
        await stage.merge(106, "Backport", branch="3.14", broken={"test_dict": {"on": "*"}})
        await stage.wait_for_comment(106, "test_dict")
        await stage.merge(107, "Mend it", branch="3.14", broken={"test_dict": None})
        await stage.wait_for_comment(106, "Fixed")

        # All commits of a pull merged by rebase are its own; a merge commit is one suspect.
        await stage.merge(
            108, "Rebase", method="rebase", commits=2, broken={"test_email": {"on": "*"}}
        )
        await stage.wait_for_comment(108, "test_email")
        await stage.merge(109, "Mend email", broken={"test_email": None})
        await stage.wait_for_comment(108, "Fixed")
        stage.wait_idle()
        await stage.merge(
            110, "Merge", method="merge", commits=2, broken={"test_zipfile": {"on": "*"}}
        )
        await stage.wait_for_comment(110, "test_zipfile")

        # A force push takes the culprit away.
        stage.wait_idle()
        stage.fleet.break_tests(test_zipfile=None)
        tip = await stage.github.force_push(base, "Begin again")
        stage.fleet.announce("main", tip, "Begin again")
        stage.wait_idle()
        await stage.wait_until_read()

        told = (102, 106, 108, 110)
        assert {n: len(stage.comments(n)) for n in range(101, 111)} == {
            n: int(n in told) for n in range(101, 111)
        }
