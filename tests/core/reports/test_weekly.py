"""What a week brought: each incident stands where people look for it, and once."""

from dataclasses import replace
from datetime import timedelta

from bot.core.ports.reports import Flaked
from bot.core.reports.weekly import count_weeks, find_comings, make_week_report
from tests.core.fleet.test_release import NOW
from tests.core.reports.weeks import SINCE, ago, make_known, make_week

REPORT = make_week_report(make_week(), NOW)


def test_each_incident_stands_in_its_section() -> None:
    assert [x.id for x in REPORT.still_open] == ["old"]
    assert [x.id for x in REPORT.new] == ["new", "mended"], "what was taken back was no news"
    assert [x.id for x in REPORT.fixed] == ["mended"]
    assert REPORT.fixed[0].fixed_by is not None
    assert REPORT.fixers == (("octocat", 1),)


def test_a_pull_is_named_only_where_a_comment_of_ours_accuses_it() -> None:
    """The report is posted as it is: what was silent on the pull is no accusation there either."""
    week = make_week()
    (told,) = [i for i in make_week_report(week, NOW).new if i.id == "new"]
    assert told.pull == 7
    silent = make_week_report(replace(week, told=frozenset({(1, "new", 8)})), NOW)
    (believed,) = [i for i in silent.new if i.id == "new"]
    assert believed.pull is None


def test_flakes_are_ranked_by_what_they_cost_and_share_a_build() -> None:
    told = [(x.name, x.builds, x.incidents, x.lost) for x in REPORT.flaky]
    half = timedelta(hours=1.5)
    assert told == [
        ("test_ssl", 1, 1, half),
        ("test_b", 0, 1, half),
        ("test_c", 1, 0, timedelta(0)),
    ]
    assert REPORT.lost == timedelta(hours=3)


def test_an_exception_is_the_machines_and_no_failure() -> None:
    (first, second) = REPORT.rates
    assert (first.builder, first.builds, first.failed, first.broken) == ("A", 9, 3, 1)
    assert (second.rate, second.builds) == (0.0, 4)
    assert REPORT.builds == 13


def test_red_to_fixed_is_counted_by_hours() -> None:
    assert REPORT.recovery == (0, 0, 1, 0, 0, 0)
    assert REPORT.typical_recovery == timedelta(hours=10)


def test_a_branch_may_be_released_or_not() -> None:
    ((name, status),) = REPORT.releases
    assert (name, status.answer.value) == ("o/r@main", "no")


def test_builders_come_and_go_but_not_with_the_first_look_or_another_name() -> None:
    assert (REPORT.added, REPORT.gone) == (("B",), ("C",))
    first = [make_known("A", 24 * 2), make_known("B", 24 * 2 - 1)]
    assert find_comings(first, SINCE) == ((), ()), "we came, not they"
    renamed = replace(make_known("C", 24 * 90, gone=24), successor="B")
    assert find_comings([make_known("A", 24 * 90), renamed, make_known("B", 24)], SINCE) == (
        (),
        (),
    )


def test_flakes_are_counted_by_weeks_that_end_now() -> None:
    flaked = [Flaked("t", "A", NOW - ago(hours)) for hours in (0, 24 * 6.9, 24 * 7.1, 24 * 100)]
    weeks = count_weeks(flaked, [NOW - ago(1)], NOW)
    assert [count for _, count in weeks] == [0] * 6 + [1, 3]
    assert weeks[-1][0] == SINCE.date()


def test_nothing_at_all_is_a_report_too() -> None:
    empty = replace(
        make_week(), fleets=[], incidents=[], builders=[], counts=[], flaked=[], flaky_began=[]
    )
    report = make_week_report(empty, NOW)
    assert (report.new, report.flaky, report.rates, report.builds) == ((), (), (), 0)
    assert report.typical_recovery is None
