"""Lists of what is thought, said and asked: the newest first, and only of what is shown."""

from datetime import timedelta

from bot.core.model import PullComment, Repository
from bot.store import Store
from tests.support.make_requests import AT, make_record
from tests.support.make_stored import make_incident

OPEN, SECRET = Repository(1, "o/open"), Repository(2, "o/secret")


async def fill(store: Store) -> None:
    """An incident, a comment and a request in each of two repositories."""
    for number, repository in enumerate((OPEN, SECRET), 1):
        await store.facts.save_repository(repository)
        incident = make_incident(f"i{number}", hours=number)
        await store.incidents.save_incidents(number, "main", [incident], [])
        await store.incidents.save_pull_comment(PullComment(number, 100 + number))
        at = AT + timedelta(hours=number)
        record = make_record(f"c{number}", repo_id=number, asked_at=at)
        await store.requests.save_plan([record], {})


async def test_the_newest_come_first_and_an_offset_passes_over_them(store: Store) -> None:
    await fill(store)
    views = store.views
    assert [i.id for _, i in await views.load_incident_page(0, 9)] == ["i2", "i1"]
    assert [i.id for _, i in await views.load_incident_page(1, 9)] == ["i1"]
    assert [c.number for _, c, _ in await views.load_pull_comments(0, 9)] == [102, 101]
    assert [r.request.id for _, r in await views.load_request_page(0, 9)] == ["c2", "c1"]


async def test_what_is_hidden_is_in_no_list(store: Store) -> None:
    await fill(store)
    views = store.views
    for visible, shown in ((None, [SECRET, OPEN]), ([1], [OPEN]), ([2], [SECRET]), ([], [])):
        assert [r for r, _ in await views.load_incident_page(0, 9, visible)] == shown
        assert [r for r, _, _ in await views.load_pull_comments(0, 9, visible)] == shown
        assert [r for r, _ in await views.load_request_page(0, 9, visible)] == shown
