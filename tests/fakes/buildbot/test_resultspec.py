"""The small Buildbot selects, sorts, pages and filters as Buildbot does."""

from datetime import timedelta

import pytest

from bot.fakes.buildbot.server import FakeBuildbot
from tests.fakes.buildbot.asking import NOON, get


async def test_catching_up_selects_sorts_and_pages(bb: FakeBuildbot) -> None:
    """What no push told is found by `complete_at`; a page that is full has another behind it."""
    for minute in (5, 1, 3):
        await bb.build(
            "AMD64 Debian main", "a" * 40, result=0, complete_at=NOON + timedelta(minutes=minute)
        )
    await bb.start_build("ARM64 Fedora main", "b" * 40)
    since = int((NOON + timedelta(minutes=3)).timestamp())
    query = f"complete=true&complete_at__ge={since}&order=complete_at&order=buildid"
    found = (await get(bb, f"/api/v2/builds?{query}"))[0]
    assert [b["buildid"] for b in found["builds"]] == [3, 1]
    page = (await get(bb, f"/api/v2/builds?{query}&limit=1&offset=1"))[0]
    assert [b["buildid"] for b in page["builds"]] == [1]
    assert page["meta"] == {"total": 1}, "under a limit the total is that of the page"
    running = (await get(bb, "/api/v2/builds?complete=false"))[0]["builds"]
    assert [(b["buildid"], b["complete_at"], b["results"]) for b in running] == [(4, None, None)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("results=2", [1, 3]),
        ("results__ne=2", [2]),
        ("results=0&results=2", [1, 2, 3]),
        ("results__in=0", [2]),
        ("buildid__gt=1&buildid__lt=3", [2]),
        ("order=-buildid", [3, 2, 1]),
        ("order=-results&order=-buildid", [3, 1, 2]),
        ("branch__eq=nowhere", [1, 2, 3]),
    ],
)
async def test_filters(bb: FakeBuildbot, query: str, expected: list[int]) -> None:
    """The last case is odd and true: an unknown field with an operator is ignored."""
    for result in (2, 0, 2):
        await bb.build("AMD64 Debian main", "a" * 40, result=result)
    found = (await get(bb, f"/api/v2/builds?{query}"))[0]["builds"]
    assert [build["buildid"] for build in found] == expected


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("builds?branch=main", 400, "unrecognized query parameter 'branch'"),
        ("builds?limit=many", 400, "invalid limit"),
        ("builds?order=colour", 400, "no such field 'colour'"),
        ("builds?results=red", 400, "invalid filter value for results"),
        ("builds/99", 404, "not found"),
        ("builds/ninety", 404, "Invalid path"),
        ("logs/99/contents", 404, "not found"),
        ("nonsense", 404, "Not Found"),
    ],
)
async def test_wrong_questions(bb: FakeBuildbot, path: str, status: int, words: str) -> None:
    """A client that asks nonsense learns it here and not on a real master."""
    answer, _ = await get(bb, f"/api/v2/{path}", status)
    assert words in answer["error"]
