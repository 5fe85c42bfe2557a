"""The same suite run twice has the same ids; two failures never share a signature."""

import string
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.failures.normalize import normalise
from bot.core.model import Reading
from bot.logs import FORMAT_NAMES, read_log
from tests.logs.suite_writers import SHAPES, write_suite

WORDS = st.text(string.ascii_lowercase, min_size=3, max_size=12).filter(
    lambda word: word not in {"test", "tests", "failed", "failure", "failures"}
)
CAUSES = st.sampled_from(["3 != 4", "lid is open", "got north", "no oil is left", "depth under 30"])
# What failed in a run, and why; None passed.
SUITES = st.dictionaries(WORDS, st.one_of(st.none(), CAUSES), min_size=2, max_size=8).filter(
    lambda results: any(results.values())
)


# They name no tests; or what is written in their shape is read by another's name. Each has real
# logs of its own, in several orders, in `test_runners` or in the corpus.
_APART = {
    "build", "ci", "compiler", "docs", "faulthandler", "generic", "infra", "linker", "lint",
    "process", "python", "sanitizer", "valgrind",
    "doctest", "glib", "node", "octave", "phpunit-testdox",
}  # fmt: skip


def test_every_test_runner_has_its_shape() -> None:
    """One that is added must not have ids that change."""
    words = {name.partition(" ")[0] for name in SHAPES}
    assert set(FORMAT_NAMES) - _APART <= words


def find_signatures(reading: Reading) -> set[tuple[str, str | None, str]]:
    return {(str(f.kind), f.test, normalise(f.message, f.kind)) for f in reading.failures}


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=8, deadline=None)
@given(results=SUITES, seeds=st.tuples(st.integers(0, 9999), st.integers(0, 9999)))
def test_a_suite_run_twice_has_the_same_ids(
    name: str, results: dict[str, str | None], seeds: tuple[int, int]
) -> None:
    """Shuffled, re-timed, on another worker: else no history of a test can be kept."""
    shape = SHAPES[name]
    one, two = (read_log([write_suite(shape, results, Random(seed))]) for seed in seeds)
    assert sorted(one.tests) == sorted(two.tests)
    assert find_signatures(one) == find_signatures(two)
    assert len(one.tests) == sum(why is not None for why in results.values())
    assert one.kind == two.kind == "test_failure"


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=5, deadline=None)
@given(results=SUITES, other=WORDS, seed=st.integers(0, 9999))
def test_a_neighbour_changes_no_id(
    name: str, results: dict[str, str | None], other: str, seed: int
) -> None:
    """A test that is added and passes renames no other, though it renumbers them."""
    shape = SHAPES[name]
    more = {**results, other: results.get(other)}
    before, after = (read_log([write_suite(shape, r, Random(seed))]) for r in (results, more))
    assert sorted(before.tests) == sorted(after.tests)


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=5, deadline=None)
@given(names=st.lists(WORDS, min_size=2, max_size=2, unique=True), why=CAUSES)
def test_two_failures_share_no_signature(name: str, names: list[str], why: str) -> None:
    """Not even where they say the same."""
    shape = SHAPES[name]
    one, two = (
        read_log([write_suite(shape, {names[0]: None, names[1]: None, fails: why}, Random(1))])
        for fails in names
    )
    assert one.failures
    assert two.failures
    assert not find_signatures(one) & find_signatures(two)
