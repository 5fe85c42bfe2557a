"""Beliefs: probabilities stay probabilities, and evidence moves them the right way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.blame.beliefs import believe
from bot.core.blame.case import Case, Seen
from bot.core.blame.journal import Journal
from bot.core.blame.priors import CEILING, FLOOR, NAMES, limit
from bot.core.blame.rates import DEFAULT_RATES
from bot.core.blame.weights import WEIGHTS


def seen(position: int, failed: bool, builder: str = "A", hours: float | None = None) -> Seen:
    return Seen(position, position if hours is None else hours, builder, f"w{builder}", failed)


CASE = Case(
    window=(seen(0, False), seen(1, False), seen(3, True)),
    start=0,
    shares=(0.25, 0.25, 0.25, 0.25),
    reverted={},
    tags={"A": ("linux",), "B": ("linux",), "C": ("windows",)},
    passes={"A": 80, "B": 80, "C": 80},
    fails={"A": 1, "B": 0, "C": 0},
    before=0,
    company=1,
    kin=0,
    flaky_tests=2.0,
    transient=False,
    compiles=False,
)


def test_the_range_holds_the_suspicion() -> None:
    belief = believe(CASE, DEFAULT_RATES)
    assert sum(belief.suspects[2:]) > 20 * sum(belief.suspects[:2])
    assert belief.suspects[2] == pytest.approx(belief.suspects[3])


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"transient": True}, "flaky"),
        ({"kin": 2}, "flaky"),
        ({"flaky_tests": 9.0}, "flaky"),
        ({"passes": {"A": 3, "B": 3, "C": 3}}, "flaky"),
        ({"compiles": True}, "regression"),
        ({"company": 20}, "regression"),
        ({"passes": {"A": 900, "B": 900, "C": 900}}, "regression"),
        ({"window": (*CASE.window, seen(4, True)), "fails": {"A": 2}}, "regression"),
        ({"before": 3, "fails": {"A": 4, "B": 0, "C": 0}}, "flaky"),
    ],
)
def test_each_kind_of_evidence_moves_beliefs_its_way(change: dict[str, object], cause: str) -> None:
    """A sign turned round in the model would accuse people of flakes."""
    before = believe(CASE, DEFAULT_RATES)
    after = believe(replace(CASE, **change), DEFAULT_RATES)  # type: ignore[arg-type] # by name
    assert getattr(after, cause) > getattr(before, cause)


def test_a_failure_of_an_older_commit_later_speaks_for_an_outage() -> None:
    red = (seen(3, True, hours=30.0), seen(1, True, hours=31.0), seen(0, True, hours=32.0))
    green = (seen(0, False, hours=1.0), seen(1, False, hours=2.0), seen(2, False, hours=3.0))
    window = tuple(sorted((*green, *red), key=lambda s: s.position))
    belief = believe(replace(CASE, window=window, fails={"A": 3, "B": 0, "C": 0}), DEFAULT_RATES)
    assert belief.environment > belief.regression


WINDOWS = st.lists(
    st.builds(
        seen,
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from("ABC"),
        st.floats(0, 500, allow_nan=False),
    ),
    max_size=40,
)


@given(WINDOWS, st.integers(0, 30), st.integers(0, 3000))
def test_beliefs_sum_to_one(window: list[Seen], company: int, passes: int) -> None:
    """Whatever is seen, no probability is negative, above one or lost."""
    fails = {b: sum(s.builder == b and s.failed for s in window) for b in "ABC"}
    case = replace(
        CASE,
        window=tuple(sorted(window, key=lambda s: s.position)),
        company=company,
        passes=dict.fromkeys("ABC", passes),
        fails=fails,
    )
    belief = believe(case, DEFAULT_RATES)
    parts = [*belief.suspects, belief.flaky, belief.environment, belief.old]
    assert all(0.0 <= p <= 1.0 for p in parts)
    assert sum(parts) == pytest.approx(1.0)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=50))
def test_priors_never_convict_nor_clear(raw: list[float]) -> None:
    """Paths alone may neither accuse nor acquit anybody."""
    shares = limit([r / sum(raw) for r in raw])
    count = len(shares)
    assert sum(shares) == pytest.approx(1.0)
    assert count == 1 or max(shares) <= max(CEILING, 1 / count) + FLOOR
    assert min(shares) >= FLOOR / count / 2


def test_every_weight_has_a_feature() -> None:
    assert set(WEIGHTS) == set(NAMES)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=20), st.data())
def test_what_is_taken_back_never_was(changes: list[tuple[str, int]], data: st.DataObject) -> None:
    """A late build folds everything after it again: nothing of the first time may remain."""
    journal, mapping = Journal(pages_kept=100, notes_kept=1000), dict[str, int]()
    states = [dict(mapping)]
    for key, value in changes:
        journal.turn()
        if value % 3 == 0 and key in mapping:
            journal.drop(mapping, key)
        else:
            journal.put(mapping, key, value)
        states.append(dict(mapping))
    page = data.draw(st.integers(0, len(changes)))
    assert journal.reaches(page)
    journal.take_back(page)
    assert mapping == states[page]
