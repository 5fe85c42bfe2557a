"""A story through the doors: what was said, what came of it, and what the record makes of it."""

from bot.core.reports.record import make_record
from tests.support.farm import Farm


async def test_a_revert_that_mends_it_proves_us_right(farm: Farm) -> None:
    await farm.break_builder()
    first = make_record(await farm.store.views.load_record_facts())
    assert (first.total.made, first.total.posted, first.total.open) == (1, 1, 1)
    (accusation,) = [j.accusation for j in first.judged]
    assert accusation.confidence is not None
    assert accusation.confidence > 0.5

    culprit = farm.github.repository().tip("main")
    body = f"This reverts commit {culprit}."
    await farm.green("AMD64 Debian", at=await farm.merge(102, "Revert it", body=body))
    told = await farm.get("/api/v1/record")
    assert (told["total"]["right"], told["total"]["made"]) == (1, 1), told
    assert told["judged"][0]["why"] == "it went away with a revert of the pull"
    assert told["coverage"]["part"] == told["coverage"]["whole"] == 1
    again = make_record(await farm.store.views.load_record_facts())
    assert again.judged[0].accusation.told_at == accusation.told_at, "an edit says nothing anew"
    page = await farm.get("/record")
    assert "too few to say how good we are" in page
    hidden = await farm.store.views.load_record_facts([999])
    assert (hidden.accusations, hidden.incidents) == ([], {})


async def test_an_objection_is_counted_and_proves_nothing(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot not-me")
    told = await farm.get("/api/v1/record")
    assert told["total"]["objected"] == 1, told
    assert told["total"]["right"] == told["total"]["wrong"] == 0
