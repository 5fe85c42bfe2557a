"""What was decided, newest first: beliefs of incidents beside what is to be said on pulls."""

from bot.core.model import PullComment, Repository, Verdict
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_stored import make_incident


async def test_the_activity_tells_decisions_and_silences_of_what_is_shown(
    store: Store, clock: FakeClock
) -> None:
    for number in (1, 2):
        await store.facts.save_repository(Repository(number, f"o/r{number}"))
    await store.incidents.save_incidents(1, "main", [make_incident("i1", reason="Why.")], [])
    clock.advance(60)
    await store.incidents.save_pull_comment(PullComment(1, 12, why_silent="It is not sure."))
    clock.advance(60)
    await store.incidents.save_incidents(2, "main", [make_incident("#3")], [])
    third, second, first = await store.views.load_decisions(0, 9)
    assert (third.repository.repo_id, third.incident_id) == (2, "#3"), "whatever its id is"
    assert second.comment is not None
    assert (second.comment.number, second.comment.reason) == (12, "It is not sure.")
    assert second.incident_id is None
    assert first.belief is not None
    assert (first.incident_id, first.belief.verdict, first.belief.reason) == (
        "i1",
        Verdict.UNKNOWN,
        "Why.",
    )
    assert await store.views.load_decisions(1, 1) == [second]
    assert await store.views.load_decisions(0, 9, [1]) == [second, first]
