"""Finished builds in lists, the newest first."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import true

from bot.core.model import BuildRef, ScheduledBy
from bot.core.model.build_results import Result
from bot.core.trends.builds import BuildSummary
from bot.store import Store
from bot.store.read_models.build_summaries import load_summaries, select_newest
from tests.support.make_stored import MOMENT, make_facts

HOUR = timedelta(hours=1)


async def test_a_summary_has_what_a_list_shows_and_running_builds_are_in_none(
    store: Store,
) -> None:
    late = make_facts(1, complete_at=MOMENT + 2 * HOUR, scheduled_by=ScheduledBy.FORCE)
    await store.facts.save_build(replace(late, url="https://b.example.org/1"), [])
    await store.facts.save_build(make_facts(2, complete_at=MOMENT + HOUR), [])
    await store.facts.save_build(make_facts(3, complete_at=None, result=None), [])
    found = await store.database.read_at_once(
        lambda connection: load_summaries(connection, select_newest(true(), 9)), single=True
    )
    assert [summary.ref.id for summary in found] == [1, 2]
    assert found[0] == BuildSummary(
        ref=BuildRef("bb", 1),
        number=1,
        builder="AMD64 Debian",
        worker="wk",
        branch="main",
        revision="a" * 40,
        result=Result.FAILURE,
        scheduled_by=ScheduledBy.FORCE,
        started_at=MOMENT,
        complete_at=MOMENT + 2 * HOUR,
        url="https://b.example.org/1",
        repo_id=1,
    )
    assert found[0].took == 2 * HOUR
