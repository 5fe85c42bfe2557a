"""Whatever order facts arrive in, the state is the same, and nothing wild is said."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.blame import advance, extend, find_outcome, new_state
from bot.core.blame.fold import Fold
from bot.core.blame.timeline.undo_log import UndoLog
from bot.core.model import IncidentState, Observation, Outcome, Verdict
from bot.core.model.build_results import Result
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import LATE, SSL, make_line, make_observation, sha

LETTERS = "abcdefgh"
LINE = make_line(*((letter, n if n % 3 else None) for n, letter in enumerate(LETTERS)))
ACCUSING = (Verdict.SUSPECTED, Verdict.CONFIRMED)
RESULTS = (None, None, None, None, Result.EXCEPTION, Result.WARNINGS)


@st.composite
def histories(draw: st.DrawFn) -> list[Observation]:
    count = draw(st.integers(0, 12))
    return [
        make_observation(
            buildid,
            draw(st.sampled_from(["A", "B", "C"])),
            draw(st.sampled_from(LETTERS + "z")),
            draw(st.lists(st.sampled_from([SSL, "test_zip"]), max_size=2, unique=True)),
            flaked=draw(st.sampled_from([(), (), (), (SSL,)])),
            minute=draw(st.integers(0, 20)),
            result=draw(st.sampled_from(RESULTS)),
            complete=draw(st.booleans()),
            stable=draw(st.booleans()),
        )
        for buildid in range(count)
    ]


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 4), st.booleans())
def test_arrival_does_not_matter(
    builds: list[Observation], random: Random, parts: int, commits_last: bool
) -> None:
    """Shuffled, doubled, in several calls, before or after the commits: the same state."""
    whole = advance(extend(new_state("main"), LINE), builds, LATE)
    shuffled = builds + random.sample(builds, len(builds) // 2)
    random.shuffle(shuffled)
    state = new_state("main") if commits_last else extend(new_state("main"), LINE)
    for part in range(parts):
        state = advance(state, shuffled[part::parts], LATE)
    state = advance(extend(state, LINE), (), LATE)
    assert state == whole


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories())
def test_what_is_said_holds_against_the_evidence(builds: list[Observation]) -> None:
    """An accusation always has a red build, and a pull that most of the suspicion is on."""
    state = advance(extend(new_state("main"), LINE), builds, LATE)
    pulls = {c.sha: c.pull for c in LINE.commits}
    for incident in state.incidents:
        assert (incident.pull is None) == (incident.verdict not in ACCUSING)
        assert sum(s.p for s in incident.suspects) <= 1.0 + 1e-9
        assert all(pulls[s.sha] == s.pull for s in incident.suspects)
        if incident.pull is not None:
            assert incident.red_builds
            assert incident.confidence >= DEFAULT_POLICY.confidence


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories())
def test_fixed_means_green_on_every_stable_builder(builds: list[Observation]) -> None:
    state = advance(extend(new_state("main"), LINE), builds, LATE)
    position = {sha(letter): n for n, letter in enumerate(LETTERS)}
    placed = [b for b in builds if b.revision in position]
    for incident in state.incidents:
        assert (incident.fix is not None) == (incident.state is IncidentState.FIXED)
        if incident.fix is None:
            continue
        for signature in incident.signatures:
            reds = [b for b in placed if b.ref in incident.red_builds and b.stable]
            for red in (b for b in reds if find_outcome(b, signature) is Outcome.FAIL):
                assert any(
                    find_outcome(b, signature) is Outcome.PASS
                    and b.builder == red.builder
                    and position[b.revision or ""] > position[red.revision or ""]
                    for b in placed
                )


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories())
def test_ids_are_unique(builds: list[Observation]) -> None:
    incidents = advance(extend(new_state("main"), LINE), builds, LATE).incidents
    assert len({i.id for i in incidents}) == len(incidents)


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories(), st.integers(0, 12), st.integers(0, 7))
def test_files_that_come_later_are_as_if_they_had_been_there(
    builds: list[Observation], split: int, known: int
) -> None:
    """What commits touched is fetched only when they are suspected: beliefs must catch up."""
    full = replace(
        LINE, commits=tuple(replace(c, files=(f"lib/{c.sha[0]}_ssl.py",)) for c in LINE.commits)
    )
    partly = replace(LINE, commits=(*full.commits[:known], *LINE.commits[known:]))
    whole = advance(extend(new_state("main"), full), builds, LATE)
    state = advance(extend(new_state("main"), partly), builds[:split], LATE)
    state = advance(extend(state, full), builds[split:], LATE)
    assert state == whole


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories())
def test_an_older_state_keeps_its_value(builds: list[Observation]) -> None:
    """A state that was handed out must not change when another goes on from it."""
    early = advance(extend(new_state("main"), LINE), builds[::2], LATE)
    before = (early.incidents, early.observations)
    late = advance(early, builds[1::2], LATE)
    assert (early.incidents, early.observations) == before
    assert advance(early, builds[1::2], LATE) == late


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_failures_within_a_build_does_not_matter(
    builds: list[Observation], random: Random
) -> None:
    """Runners print failures in any order; who is blamed must not hang on it."""
    turned = [
        replace(b, sightings=tuple(random.sample(b.sightings, len(b.sightings)))) for b in builds
    ]
    whole = advance(extend(new_state("main"), LINE), builds, LATE)
    assert advance(extend(new_state("main"), LINE), turned, LATE).incidents == whole.incidents


@settings(deadline=None)  # a slow machine is no wrong answer
@given(histories(), st.integers(0, 12))
def test_a_short_memory_gives_the_same_answer(builds: list[Observation], split: int) -> None:
    """What cannot be taken back any more is folded again from the start."""
    whole = advance(extend(new_state("main"), LINE), builds, LATE)
    fold = Fold(DEFAULT_POLICY, LINE, UndoLog(builds_a_page=1))
    for part in (builds[split:], builds[:split]):
        fold.add(part)
    assert tuple(fold.find_incidents(LATE)) == whole.incidents
