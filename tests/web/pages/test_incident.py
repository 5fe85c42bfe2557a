"""The page of an incident tells more than its comment; that of a pull, what was decided on it."""

from tests.support.farm import Farm
from tests.web.pages.test_front import HOSTILE, find_text


async def test_it_tells_when_why_and_what_was_said(farm: Farm) -> None:
    await farm.break_builder()
    incident = await farm.only_incident()
    page = await farm.get(f"/incidents/{incident['id']}")
    text = find_text(page)
    for words in ("first red", "believed", "said", "As it was at", "AssertionError: 41 != 42"):
        assert words in text, words
    assert "Only the commits: the same worker, tags and commands" in text
    assert "<strong>" in page.partition("What is said")[2], "the comment is rendered"
    assert "&lt;details&gt;" not in page
    assert 'class="share share-a"' in page
    assert f'href="/tests/{incident["tests"][0]}"' in page
    assert 'href="/builders/AMD64%20Debian"' in page
    assert 'href="/pulls/octo-org/demo/101"' in page


async def test_another_worker_is_told_as_a_difference(farm: Farm) -> None:
    farm.builder("AMD64 Debian", worker="old")
    await farm.green("AMD64 Debian", at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red("AMD64 Debian", at=broken, worker="new")
    page = await farm.get(f"/incidents/{(await farm.only_incident())['id']}")
    differs = find_text(page).partition("What else differs")[2].partition("Its builds")[0]
    assert "worker old new" in differs


async def test_it_is_shown_as_it_was_decided_then(farm: Farm) -> None:
    await farm.break_builder()
    red = farm.clock.now().timestamp()
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    incident = await farm.only_incident()
    path, verdict = f"/incidents/{incident['id']}", incident["verdict"]
    assert f"{verdict} fixed" in find_text(await farm.get(path))
    then = find_text(await farm.get(f"{path}?at={red}"))
    assert f"{verdict} open" in then
    assert "As it was decided by" in then
    before = find_text(await farm.get(f"{path}?at=2001-01-01"))
    assert "unknown open ." in before
    assert "nothing was decided yet" in before
    odd = find_text(await farm.get(f"{path}?at=noon"))
    assert "At must be unix seconds" in odd
    assert f"{verdict} fixed" in odd


async def test_hostile_words_are_shown_as_they_are(farm: Farm) -> None:
    name = f"bad {HOSTILE}"
    farm.builder(name)
    await farm.green(name, at=await farm.merge(100))
    broken = await farm.merge(101, HOSTILE)
    for _ in range(2):
        await farm.red(name, at=broken, message=HOSTILE)
    incident = await farm.only_incident()
    for path in (
        f"/incidents/{incident['id']}",
        "/pulls/octo-org/demo/101",
        "/builders",
        "/activity",
    ):
        page = await farm.get(path)
        assert "<img" not in page, path
        assert "{{7*7}}" in page or "49" not in page


async def test_a_pull_has_its_commits_comment_and_decisions(farm: Farm) -> None:
    await farm.break_builder()
    text = find_text(await farm.get("/pulls/octo-org/demo/101"))
    for words in (
        "Its commits Branch Commit When main",
        "Change something",
        "A comment stands",
        "What was decided",
    ):
        assert words in text, words
    only_merged = find_text(await farm.get("/pulls/octo-org/demo/100"))
    assert "Nothing was ever to be said." in only_merged


async def test_what_is_not_there_leads_to_what_is_called_nearly_so(farm: Farm) -> None:
    await farm.break_builder()
    for path in ("/builders/AMD64", "/tests/test_ssl", "/pulls/octo-org/demo/10", "/workers/x"):
        assert await farm.get_status(path) == 404, path
    page = await farm.get("/builders/AMD64")
    assert 'href="/builders/AMD64%20Debian"' in page
    page = await farm.get("/tests/test_ssl.BasicTests.test_basics")
    assert 'action="/search"' in page
    assert "<code>test_ssl.BasicTests.test_basics</code>" in page
