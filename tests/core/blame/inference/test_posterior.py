"""Beliefs: probabilities stay probabilities, and evidence moves them the right way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.blame.case import Case, Posterior, WindowBuild
from bot.core.blame.inference.parameters import DEFAULT_RATES
from bot.core.blame.inference.posterior import compute_posterior
from bot.core.blame.inference.prior_weights import WEIGHTS
from bot.core.blame.inference.priors import (
    CEILING,
    FLOOR,
    NAMES,
    PriorModel,
    find_commit_words,
    limit,
)
from bot.core.blame.timeline.failure_history import PlacedBuild, Streak
from bot.core.blame.verdict import find_verdict
from bot.core.model import Commit, Kind, Verdict
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import make_line, make_observation, make_signature


def seen(
    position: int, failed: bool, builder: str = "A", hours: float | None = None
) -> WindowBuild:
    return WindowBuild(
        position, position if hours is None else hours, builder, f"w{builder}", failed
    )


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
    belief = compute_posterior(CASE, DEFAULT_RATES)
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
    before = compute_posterior(CASE, DEFAULT_RATES)
    after = compute_posterior(replace(CASE, **change), DEFAULT_RATES)  # type: ignore[arg-type] # by name
    assert getattr(after, cause) > getattr(before, cause)


def test_a_failure_of_an_older_commit_later_speaks_for_an_outage() -> None:
    red = (seen(3, True, hours=30.0), seen(1, True, hours=31.0), seen(0, True, hours=32.0))
    green = (seen(0, False, hours=1.0), seen(1, False, hours=2.0), seen(2, False, hours=3.0))
    window = tuple(sorted((*green, *red), key=lambda s: s.position))
    belief = compute_posterior(
        replace(CASE, window=window, fails={"A": 3, "B": 0, "C": 0}), DEFAULT_RATES
    )
    assert belief.environment > belief.regression


def test_what_is_red_in_the_first_builds_is_old_until_a_green_shows_otherwise() -> None:
    """B is new, and red since its first build; that A never showed it says little."""
    first = replace(CASE, window=(seen(0, False), seen(1, True, "B"), seen(2, True, "B")))
    first = replace(first, fails={"B": 2})
    belief = compute_posterior(first, DEFAULT_RATES)
    assert first.never_green
    assert belief.old > 20 * belief.regression
    told = replace(first, window=(*first.window[:1], seen(0, False, "B"), *first.window[1:]))
    belief = compute_posterior(told, DEFAULT_RATES)
    assert not told.never_green
    assert belief.regression > 20 * belief.old


def test_an_outage_that_strikes_by_the_end_of_a_long_build_is_seen() -> None:
    """By their middles a quick build passed amid the outage, and the commit seemed to have done it.

    The long build of A ran its tests last: from hour 2 to 10, the outage began at 9.
    """
    long = WindowBuild(2, 6.0, "A", "wA", failed=True, half=4.0)
    quick = WindowBuild(2, 6.7, "B", "wB", failed=False, half=0.3)
    later = WindowBuild(3, 9.7, "B", "wB", failed=True, half=0.3)
    before = (seen(0, False, hours=0.0), seen(1, False, hours=1.0))
    case = replace(CASE, window=(*before, long, quick, later), fails={"A": 1, "B": 1, "C": 0})
    middle = compute_posterior(case, replace(DEFAULT_RATES, tests_ran=(0.0,)))
    assert compute_posterior(case, DEFAULT_RATES).environment > 2 * middle.environment


def test_what_builds_say_alone_is_kept_apart_from_paths() -> None:
    """Paths break the tie of two commits; that builds left a tie must still be known."""
    belief = compute_posterior(replace(CASE, shares=(0.05, 0.05, 0.85, 0.05)), DEFAULT_RATES)
    assert belief.suspects[2] > 10 * belief.suspects[3]
    assert belief.even[2] == pytest.approx(belief.even[3])
    whole = sum(belief.even) / sum(belief.suspects)
    assert 0.5 < whole < 1.5


@pytest.mark.parametrize(
    ("q", "alone", "verdict"),
    [
        (0.87, 0.85, Verdict.SUSPECTED),
        (0.87, 0.7, Verdict.UNKNOWN),
        (0.87, 0.45, Verdict.UNKNOWN),
        (0.96, 0.45, Verdict.SUSPECTED),
        (0.83, 0.95, Verdict.UNKNOWN),
    ],
)
def test_where_paths_decide_it_must_be_surer(q: float, alone: float, verdict: Verdict) -> None:
    """A commit beside the culprit that touched the right words is not to be accused for it."""
    belief = Posterior(0, (1 - q, q), (1 - alone, alone), flaky=0.0, environment=0.0, old=0.0)
    reds = (make_observation(1, "A", "b", ("t",)), make_observation(2, "B", "b", ("t",)))
    entries = tuple(PlacedBuild(1, o.order, o) for o in reds)
    suspects = make_line(("a", 100), ("b", 101)).commits
    streak = Streak.of(entries[0], 0).add(entries[1])
    found = find_verdict(Kind.TEST_FAILURE, belief, suspects, streak, policy=DEFAULT_POLICY)
    assert found.verdict is verdict


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
def test_beliefs_sum_to_one(window: list[WindowBuild], company: int, passes: int) -> None:
    """Whatever is seen, no probability is negative, above one or lost."""
    fails = {b: sum(s.builder == b and s.failed for s in window) for b in "ABC"}
    case = replace(
        CASE,
        window=tuple(sorted(window, key=lambda s: s.position)),
        company=company,
        passes=dict.fromkeys("ABC", passes),
        fails=fails,
    )
    belief = compute_posterior(case, DEFAULT_RATES)
    parts = [*belief.suspects, belief.flaky, belief.environment, belief.old]
    assert all(0.0 <= p <= 1.0 for p in parts)
    assert sum(parts) == pytest.approx(1.0)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=50))
def test_priors_never_convict_nor_clear(raw: list[float]) -> None:
    """Paths alone may neither accuse nor acquit anybody."""
    shares = limit([r / sum(raw) for r in raw])
    count = len(shares)
    assert sum(shares) == pytest.approx(1.0)
    assert count == 1 or max(shares) <= CEILING
    assert min(shares) >= FLOOR / count


def test_every_weight_has_a_feature() -> None:
    assert set(WEIGHTS) == set(NAMES)


def touch(*files: str) -> Commit:
    """A commit of which nothing is known but what it touched."""
    return replace(make_line(("a", 1)).commits[0], files=files)


@pytest.mark.parametrize(
    ("path", "is_document"),
    [
        ("README.md", True),
        ("Doc/library/ssl.rst", True),
        ("docs/requests.txt", True),
        ("lib/Sema/CMakeLists.txt", False),
        ("requirements.txt", False),
        ("src/tests/deqp_support/deqp_gles31_test_expectations.txt", False),
        ("README.txt", True),
        ("Lib/ssl.py", False),
    ],
)
def test_what_a_document_is(path: str, is_document: bool) -> None:
    """Whoever touched nothing but CMakeLists.txt was taken for a writer."""
    assert find_commit_words(touch(path)).flags[0] == is_document


def test_documents_are_suspected_less_but_not_cleared() -> None:
    commits = [touch("Doc/whatsnew.rst"), touch("Modules/zlib.c"), touch("Modules/bz2.c")]
    document, *others = PriorModel().share(commits, 0, 3, [make_signature("test_ssl")])
    assert FLOOR / 3 < document < min(others) / 2
