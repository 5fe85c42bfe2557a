"""Builds that were asked for: one list that leads on, and renews itself as they move."""

from tests.support.farm import Farm
from tests.support.make_requests import make_record


async def test_each_leads_to_its_incident_and_pull_and_the_page_renews_itself(farm: Farm) -> None:
    await farm.break_builder()
    (repository,) = await farm.store.facts.load_repositories()
    odd = make_record("c1.0.1", incident='"/><b>', repo_id=repository.repo_id, dry_run=True)
    plain = make_record("c2.0.1", repo_id=repository.repo_id, dry_run=True)
    await farm.store.requests.save_plan([odd, plain], {})
    page = await farm.get("/requests")
    assert "<b>" not in page
    assert 'href="/incidents/%22%2F%3E%3Cb%3E"' in page, "an id is one part of an address"
    assert 'href="/pulls/octo-org/demo/101"' in page
    assert 'href="/builders/AMD64%20Debian"' in page
    assert "live.js" in page
    assert "Ignored: offset must be a whole number" in await farm.get("/requests?offset=x")


async def test_more_than_a_page_leads_on(farm: Farm) -> None:
    await farm.break_builder()
    (repository,) = await farm.store.facts.load_repositories()
    many = [
        make_record(f"c{n}.0.1", repo_id=repository.repo_id, dry_run=True, comment_id=n)
        for n in range(51)
    ]
    await farm.store.requests.save_plan(many, {})
    first = await farm.get("/requests")
    assert 'href="/requests?offset=50"' in first
    second = await farm.get("/requests?offset=50")
    assert second.count('data-label="Why"') == 1
    assert "/requests?offset=0" in second
