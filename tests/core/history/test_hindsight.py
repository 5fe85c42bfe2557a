"""What later proved true of a comment: nobody is asked to believe a backtest of itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.history.hindsight import Hindsight, Override, Past, Proof, find_interval, sum_up
from bot.core.model import Commit, Incident, RegressionRange
from bot.core.model.incidents import Fix
from tests.support.make_observations import SSL, START, make_line, make_story, sha

PULLS = {"a": 100, "b": 101, "c": 102, "d": 103}


def make_commits(**changed: Mapping[str, object]) -> tuple[Commit, ...]:
    line = make_line(*PULLS.items())
    return tuple(replace(c, **changed.get(c.sha[0], {})) for c in line.commits)  # type: ignore[arg-type] # by name


def make_incident(*, fixed_at: str | None = None, last_bad: str = "b") -> Incident:
    """`b` is accused; it failed until `last_bad`, and passed at `fixed_at`."""
    story = make_story(*PULLS.items(), past=("A", "B"))
    story.red("A", "b")
    story.red("B", "c")
    incident = replace(story.only(), range=RegressionRange(sha("a"), sha("c")))
    if fixed_at is None:
        return incident
    return replace(incident, fix=Fix(RegressionRange(sha(last_bad), sha(fixed_at)), None))


def prove(
    commits: tuple[Commit, ...],
    incident: Incident,
    *overrides: Override,
    withdrawn: bool = False,
) -> Proof | None:
    past = Past(commits, {incident.id: incident}, overrides)
    return past.prove(101, incident, withdrawn=withdrawn).proof


REVERT = {"d": {"reverts": sha("b")}}
CASES = {
    "it went away with a revert of it": (REVERT, {"fixed_at": "d", "last_bad": "c"}, Proof.RIGHT),
    "with a revert of another suspect": (
        {"d": {"reverts": sha("c")}},
        {"fixed_at": "d", "last_bad": "c"},
        Proof.WRONG,
    ),
    "it was reverted, and failed all the same": (
        {"c": {"reverts": sha("b")}},
        {"fixed_at": "d", "last_bad": "c"},
        Proof.WRONG,
    ),
    "it was reverted, and nobody has seen the end": (REVERT, {}, Proof.RIGHT),
    "the commit that mended it names it": (
        {"d": {"title": "Mend what #101 broke (#103)"}},
        {"fixed_at": "d", "last_bad": "c"},
        Proof.RIGHT,
    ),
    "the commit that mended it names another": (
        {"d": {"title": "Follow-up to #102 (#103)"}},
        {"fixed_at": "d", "last_bad": "c"},
        Proof.WRONG,
    ),
    "a title names a pull that is no suspect": (
        {"d": {"title": "Closes #9"}},
        {"fixed_at": "d", "last_bad": "c"},
        None,
    ),
    "nothing tells": ({}, {"fixed_at": "d", "last_bad": "c"}, None),
    "nothing came later": ({}, {}, None),
}


@pytest.mark.parametrize(("commits", "ended", "proof"), CASES.values(), ids=CASES.keys())
def test_what_commits_prove(
    commits: Mapping[str, Mapping[str, object]], ended: dict[str, str], proof: Proof | None
) -> None:
    assert prove(make_commits(**commits), make_incident(**ended)) is proof


def make_override(kind: str, pull: int | None, test: str = SSL, hours: int = 5) -> Override:
    return Override(START + timedelta(hours=hours), kind, pull, frozenset({test}))


@pytest.mark.parametrize(
    ("overrides", "proof"),
    [
        ([make_override("blame", 101)], Proof.RIGHT),
        ([make_override("blame", 102)], Proof.WRONG),
        ([make_override("flaky", None)], Proof.WRONG),
        ([make_override("flaky", None), make_override("blame", 101, hours=6)], Proof.RIGHT),
        ([make_override("infra", None, "test_zip")], None),
        ([make_override("flaky", None, hours=-5)], None),
    ],
)
def test_a_persons_word_comes_first(overrides: list[Override], proof: Proof | None) -> None:
    for order in (overrides, overrides[::-1]):
        assert prove(make_commits(), make_incident(), *order) is proof


def test_what_was_withdrawn_was_wrong_unless_more_is_known() -> None:
    assert prove(make_commits(), make_incident(), withdrawn=True) is Proof.WRONG
    ended = make_incident(fixed_at="d", last_bad="c")
    assert prove(make_commits(**REVERT), ended, withdrawn=True) is Proof.RIGHT


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(0, 0, 0.0, 1.0), (20, 20, 0.839, 1.0), (95, 100, 0.888, 0.978), (0, 10, 0.0, 0.278)],
)
def test_wilsons_interval(right: int, count: int, low: float, high: float) -> None:
    """Values as tables of it have them."""
    assert find_interval(right, count) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(
    ("right", "wrong", "preset"),
    [
        (3, 0, "default"),
        (19, 0, "default"),
        (80, 20, "careful"),
        (90, 10, "default"),
        (100, 0, "eager"),
    ],
)
def test_a_preset_is_suggested_on_enough_alone(right: int, wrong: int, preset: str) -> None:
    hindsight = Hindsight(right, wrong, open=4)
    assert hindsight.suggest(("careful", "default", "eager"))[0] == preset
    assert hindsight.is_enough is (right + wrong >= 20)


def test_nothing_proved_is_no_precision() -> None:
    assert sum_up([]).precision is None
    assert sum_up([]).interval == (0.0, 1.0)
    assert not sum_up([]).is_enough


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (0, "no comment is proved"),
        (1, "only 1 comment is proved"),
        (2, "only 2 comments are proved"),
    ],
)
def test_too_few_are_told_in_grammar(right: int, words: str) -> None:
    assert Hindsight(right, 0, open=4).suggest(("default",)) == ("default", words)
