"""Shapes of figures over time: within their box, broken where nothing is known."""

from datetime import date, timedelta

from bot.core.model import Suspect
from bot.core.model.decisions import make_belief
from bot.core.trends.builds import DayTally
from bot.web.charts import HEIGHT, TALL, WIDTH, draw_beliefs, draw_line
from tests.support.make_stored import MOMENT, make_incident

FIRST = date(2026, 1, 1)


def make_day(number: int, builds: int = 4, failed: int = 1) -> DayTally:
    return DayTally(FIRST + timedelta(days=number), builds, failed, minutes=30.0)


def test_a_line_goes_from_the_first_day_to_the_last() -> None:
    chart = draw_line(
        [make_day(0, failed=0), make_day(4, failed=4)],
        lambda day: day.failure_rate,
        FIRST,
        FIRST + timedelta(days=4),
        top=1.0,
    )
    assert chart.path == f"M0,{HEIGHT} L{WIDTH},0"
    assert not chart.is_empty


def test_days_without_builds_break_a_line_and_weekends_do_not() -> None:
    last = FIRST + timedelta(days=90)
    days = [make_day(n) for n in (0, 1, 4, 30, 31, 80)]
    chart = draw_line(days, lambda day: day.failure_rate, FIRST, last, top=1.0)
    assert chart.path.count("M") == 2
    assert len(chart.dots) == 1, "a lone day is a dot"


def test_what_tells_nothing_is_no_zero() -> None:
    last = FIRST + timedelta(days=90)
    chart = draw_line([make_day(0, 0, 0)], lambda day: day.failure_rate, FIRST, last)
    assert chart.is_empty


def test_the_scale_is_the_highest_where_none_is_given() -> None:
    last = FIRST + timedelta(days=9)
    chart = draw_line([make_day(0), make_day(1)], lambda day: day.minutes, FIRST, last)
    assert chart.top == 30.0
    assert chart.path.startswith("M0,0 ")


def test_suspects_are_bars_with_a_letter_each_the_likeliest_first() -> None:
    a, b = "a" * 40, "b" * 40
    first = make_incident("i1", suspects=(Suspect(a, 1, 0.5), Suspect(b, 2, 0.4)))
    last = make_incident("i1", suspects=(Suspect(b, 2, 0.9), Suspect(a, 1, 0.05)))
    chart = draw_beliefs([make_belief(first, MOMENT), make_belief(last, MOMENT)])
    assert [(letter, s.sha) for letter, s in chart.letters] == [("A", b), ("B", a)]
    before, after = chart.columns
    assert [(p.letter, p.percent) for p in before.parts] == [("A", 40), ("B", 50)]
    assert [(p.letter, p.percent) for p in after.parts] == [("A", 90), ("B", 5)]
    assert all(0 <= p.y <= p.y + p.height <= TALL for c in chart.columns for p in c.parts)


def test_of_many_decisions_the_last_are_shown() -> None:
    belief = make_belief(make_incident("i1", suspects=(Suspect("a", 1, 1.0),)), MOMENT)
    chart = draw_beliefs([belief] * 60)
    assert (len(chart.columns), chart.left_out) == (48, 12)
    assert draw_beliefs([]).columns == ()
