"""Builds in lists, with as little said as a test needs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.model import BuildRef, ScheduledBy
from bot.core.model.build_results import Result
from bot.core.trends.builds import BuildSummary
from tests.support.make_stored import MOMENT


def make_summary(buildid: int, result: Result = Result.SUCCESS, **changes: Any) -> BuildSummary:
    """A build that ended so many hours after the first, and took half an hour."""
    end = MOMENT + timedelta(hours=buildid)
    summary = BuildSummary(
        ref=BuildRef("bb", buildid),
        number=buildid,
        builder="AMD64 Debian",
        worker="wk",
        branch="main",
        revision="a" * 40,
        result=result,
        scheduled_by=ScheduledBy.BRANCH,
        started_at=end - timedelta(minutes=30),
        complete_at=end,
        url="",
    )
    return replace(summary, **changes)
