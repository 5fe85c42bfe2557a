"""In which order a watcher looks at things, and what each card tells."""

from datetime import timedelta
from typing import Any

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import ReleaseAnswer
from bot.core.model import (
    BuildRef,
    Incident,
    RegressionRange,
    Repository,
    Suspect,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.core.ports import BranchFleet, SaidOf
from bot.web.pages.overview import find_named_shas, make_branch_cards, make_incident_cards
from tests.support.make_stored import MOMENT, make_commit, make_incident

HERE, THERE = Repository(1, "o/r"), Repository(2, "o/other")
BUILDER = "AMD64 Debian"


def make_fleet(result: Result, *, days: int = 0, **of: Any) -> BranchFleet:
    at = MOMENT - timedelta(days=days)
    build = RecentBuild(BuildRef("bb", 1), 1, "w", None, result, at, at, "")
    record = BuilderRecord(of.get("builder", BUILDER), ("tier-2",), True, (build,))
    return BranchFleet(of.get("repository", HERE), of.get("branch", "main"), (record,))


def put_in_order(*opened: Incident) -> list[str]:
    fleets = [make_fleet(Result.FAILURE)]
    cards = make_incident_cards([(HERE, i) for i in opened], fleets, (), {})
    return [card.incident.id for card in cards]


def test_the_accused_come_first_then_tiers_then_the_newest() -> None:
    assert put_in_order(
        make_incident("flaky", verdict=Verdict.FLAKY),
        make_incident("old", verdict=Verdict.OLD),
        make_incident("older", 1),
        make_incident("newer", 2),
        make_incident("untiered", 3, builders=("Somebody",)),
        make_incident("suspected", verdict=Verdict.SUSPECTED),
        make_incident("confirmed", verdict=Verdict.CONFIRMED),
    ) == ["confirmed", "suspected", "newer", "older", "untiered", "old", "flaky"]


def test_a_card_names_the_likeliest_commit_the_first_red_one_and_what_was_said() -> None:
    suspects = (Suspect("b" * 40, 7, 0.3), Suspect("c" * 40, 8, 0.6))
    incident = make_incident("i1", suspects=suspects, range=RegressionRange("a" * 40, "d" * 40))
    assert find_named_shas([(HERE, incident)]) == {1: {"c" * 40, "d" * 40}}
    said = SaidOf("i1", 1, 8, "suspected", MOMENT, None)
    commits = {(1, "c" * 40): make_commit("c" * 40), (2, "d" * 40): make_commit("d" * 40)}
    (card,) = make_incident_cards([(HERE, incident)], [make_fleet(Result.FAILURE)], [said], commits)
    assert (card.suspect, card.tier, card.said) == (suspects[1], 2, (said,))
    assert (card.suspected, card.first_bad) == (commits[1, "c" * 40], None)


def test_nobody_is_suspected_where_nothing_is_known() -> None:
    (card,) = make_incident_cards([(HERE, make_incident("i1"))], (), (), {})
    assert (card.suspect, card.first_bad, card.tier, card.sites) == (None, None, None, ())


def test_an_incident_counts_on_its_own_branch_of_its_own_repository() -> None:
    incident = make_incident("i1", verdict=Verdict.CONFIRMED)
    red = [
        make_fleet(Result.FAILURE),
        make_fleet(Result.FAILURE, branch="3.14"),
        make_fleet(Result.FAILURE, repository=THERE),
    ]
    answers = [c.status.answer for c in make_branch_cards(red, [(HERE, incident)], MOMENT)]
    assert answers == [ReleaseAnswer.NO, ReleaseAnswer.WAIT, ReleaseAnswer.WAIT]


def test_a_branch_that_fell_silent_is_left_out_unless_there_is_no_other() -> None:
    dead, alive = make_fleet(Result.SUCCESS, days=60, branch="3.2"), make_fleet(Result.SUCCESS)
    assert [c.status.branch for c in make_branch_cards([dead, alive], (), MOMENT)] == ["main"]
    assert [c.status.branch for c in make_branch_cards([dead], (), MOMENT)] == ["3.2"]
