"""An incident and a pull whole: everything that was saved of them comes back, and nobody else's."""

from dataclasses import replace
from datetime import timedelta

from bot.core.commands.overrides import make_feedback
from bot.core.incidents.overrides import make_ref
from bot.core.model import (
    Announcement,
    BuilderRange,
    PullComment,
    RegressionRange,
    Repository,
    Says,
    Suspect,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.core.model.commands import AuditEntry, CommandResult, Override, OverrideKind, Role
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_requests import make_record
from tests.support.make_stored import MOMENT, make_commit, make_facts, make_incident
from tests.support.refs import ref, refs

HOUR = timedelta(hours=1)
GOOD, BAD = "a" * 40, "b" * 40
INCIDENT = make_incident(
    "i1",
    verdict=Verdict.SUSPECTED,
    pull=12,
    confidence=0.9,
    range=RegressionRange(GOOD, BAD),
    ranges=(BuilderRange("AMD64 Debian", RegressionRange(GOOD, BAD), ref(1), ref(2)),),
    suspects=(Suspect(BAD, 12, 0.9),),
    first_red_build=ref(2),
    red_builds=refs(2),
)
SAID = Announcement("i1", "suspected", "open", MOMENT + HOUR)
COMMENT = PullComment(1, 12, wanted="Broke it", why_silent="dry", incidents=("i1",), said=(SAID,))
ACTION = AuditEntry(
    1, 7, 0, 12, "alice", Role.READ, "not-me", "", MOMENT, MOMENT, CommandResult.DONE, "Noted."
)


async def fill(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    line = [make_commit(GOOD, pull=11), make_commit(BAD, pull=12)]
    await store.facts.save_line(1, "main", line, new_epoch=False)
    green = make_facts(1, revision=GOOD, result=Result.SUCCESS)
    red = make_facts(2, revision=BAD, complete_at=MOMENT + HOUR)
    for facts in (green, red, make_facts(9, revision="c" * 40)):
        await store.facts.save_build(facts, [])
    await store.incidents.save_incidents(1, "main", [INCIDENT], [])
    await store.incidents.save_pull_comment(COMMENT)
    await store.requests.save_plan([make_record(number=12, incident="i1")], {})
    ruling = Override(
        1, 7, 0, 0, OverrideKind.NOT_ME, "alice", Role.READ, MOMENT, 12, make_ref(INCIDENT), pull=12
    )
    label = make_feedback(ruling, INCIDENT)
    assert label is not None
    await store.commands.save_command(ACTION, feedback=[label])


async def test_an_incident_comes_with_all_that_belongs_to_it(
    store: Store, clock: FakeClock
) -> None:
    await fill(store)
    clock.advance(60)
    sure = replace(INCIDENT, verdict=Verdict.CONFIRMED, confidence=0.99)
    await store.incidents.save_incidents(1, "main", [sure], [])
    found = await store.views.load_incident_detail("i1")
    assert found is not None
    assert (found.repository, found.incident) == (Repository(1, "o/r"), sure)
    assert [record.build.buildid for record in found.report.builds] == [1, 2]
    assert [commit.sha for commit in found.report.commits] == [GOOD, BAD]
    assert [(b.verdict, b.percent) for b in found.beliefs] == [
        (Verdict.SUSPECTED, 90),
        (Verdict.CONFIRMED, 99),
    ]
    assert found.said == ((12, SAID),)
    assert found.comments == (COMMENT,)
    assert found.actions == (ACTION,)
    assert [record.request.incident for record in found.report.asked] == ["i1"]
    assert [label.word.value for label in found.feedback] == ["objected"]
    cells = {(cell.sha, cell.says) for cell in found.report.cells}
    assert cells == {(GOOD, Says.PASS), (BAD, Says.FAIL)}


async def test_an_incident_that_is_hidden_is_not_there(store: Store) -> None:
    await fill(store)
    assert await store.views.load_incident_detail("i1", [2]) is None
    assert await store.views.load_incident_detail("i1", [1]) is not None
    assert await store.views.load_incident_detail("i2") is None


async def test_a_pull_comes_with_all_that_belongs_to_it(store: Store) -> None:
    await fill(store)
    found = await store.views.load_pull_detail("O/R", 12)
    assert found is not None
    assert found.comment == COMMENT
    assert [(branch, commit.sha) for branch, commit in found.commits] == [("main", BAD)]
    assert found.incidents == (INCIDENT,)
    assert [(d.says, d.reason) for d in found.decisions] == [("Broke it", "dry")]
    assert found.actions == (ACTION,)
    assert len(found.requests) == 1


async def test_a_pull_of_which_nothing_is_known_is_not_there(store: Store) -> None:
    await fill(store)
    assert await store.views.load_pull_detail("o/r", 13) is None
    assert await store.views.load_pull_detail("o/other", 12) is None
    assert await store.views.load_pull_detail("o/r", 12, [2]) is None
    only_merged = await store.views.load_pull_detail("o/r", 11)
    assert only_merged is not None
    assert (only_merged.comment, only_merged.incidents) == (None, ())
