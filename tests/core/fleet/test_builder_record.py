"""A builder by its tags and its latest builds."""

from datetime import UTC, datetime

import pytest

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild, find_tier
from bot.core.model import BuildRef
from bot.core.model.build_results import Result

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tags", "tier"),
    [
        ((), None),
        (("stable", "tier-2"), 2),
        (("Tier-1",), 1),
        (("tier-3", "tier-2"), 2),
        (("tier-x", "tier-", "tier-12345", "my-tier-1", "tier-١"), None),
    ],
)
def test_the_tier_is_read_off_the_tags(tags: tuple[str, ...], tier: int | None) -> None:
    assert find_tier(tags) == tier


def test_a_streak_goes_back_to_the_last_green_build_and_passes_over_odd_ends() -> None:
    results = [None, Result.FAILURE, Result.RETRY, Result.FAILURE, Result.WARNINGS, Result.FAILURE]
    builds = tuple(
        RecentBuild(BuildRef("bb", n), n, "w", None, result, AT, None, "")
        for n, result in enumerate(results)
    )
    record = BuilderRecord("A", (), True, builds)
    assert [build.number for build in record.red_streak] == [1, 3]
    assert [build.number for build in record.evidence] == [1, 3, 4, 5]
    assert record.running is builds[0]
    assert BuilderRecord("A", (), True, builds[1:]).running is None
