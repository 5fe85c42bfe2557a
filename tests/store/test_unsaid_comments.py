"""Which comments are not what they should be: found by sweeps, and told by health, alike."""

import pytest

from bot.core.model import PullComment, RefusedComment, Repository
from bot.store import Store
from bot.store.statistics import Statistics
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_incident

RED, GREEN = "This PR broke it", "Fixed"
STANDS = PullComment(1, 5, wanted=GREEN, standing=RED, comment_id=7)
REFUSED = PullComment(1, 5, wanted=GREEN, standing=RED, comment_id=7, why_silent="locked")
GONE = "the repository of pull 5 of o/r is archived"
ARCHIVE = PullComment(1, 5, wanted=GREEN, standing=RED, comment_id=7, why_silent=GONE)
FALSE = RefusedComment("o/r#5", stands=True, why="locked")
POST = PullComment(1, 5, wanted=RED, why_silent="locked")


@pytest.mark.parametrize(
    ("comment", "is_open", "swept", "told"),
    [
        (STANDS, False, True, []),  # an edit on its way
        (REFUSED, False, True, [FALSE]),
        (REFUSED, True, True, [FALSE]),
        (ARCHIVE, True, False, [RefusedComment("o/r#5", stands=True, why=GONE)]),
        (PullComment(1, 5, wanted=RED, standing=RED, comment_id=7), True, False, []),
        (
            PullComment(
                1, 5, wanted=GREEN, standing=RED, comment_id=7, why_silent="-", deleted_at=MOMENT
            ),
            True,
            False,
            [],
        ),
        (POST, True, True, [RefusedComment("o/r#5", stands=False, why="locked")]),
        (POST, False, False, []),  # over before GitHub took it
        (PullComment(1, 5, wanted=RED, why_silent="ten an hour", held_rank=3), True, False, []),
        (PullComment(1, 5, why_silent="No incident accuses this pull."), True, False, []),
    ],
)
async def test_what_is_false_is_swept_and_told_until_it_is_mended(
    store: Store,
    clock: FakeClock,
    *,
    comment: PullComment,
    is_open: bool,
    swept: bool,
    told: list[RefusedComment],
) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.incidents.save_pull_comment(comment)
    if is_open:
        await store.incidents.save_incidents(1, "main", [make_incident("i", pull=5)], [])
    assert await store.incidents.load_unposted() == (((1, 5),) if swept else ())
    refused = await Statistics(store.database, clock).load_refusals(posts=True)
    assert list(refused) == told


async def test_in_a_dry_run_every_false_comment_is_told(store: Store, clock: FakeClock) -> None:
    """Nobody mends it, whatever GitHub would say."""
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.incidents.save_pull_comment(STANDS)
    (told,) = await Statistics(store.database, clock).load_refusals(posts=False)
    assert told.stands
    assert "dry run" in told.why
