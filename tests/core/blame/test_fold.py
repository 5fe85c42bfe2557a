"""Histories longer than a page of the journal: late builds give what a rebuild gives."""

import json
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from bench.simulate import Knobs, simulate
from bot.core.blame import advance, extend, new_state
from bot.core.blame.fold import Fold
from bot.core.blame.timeline.undo_log import UndoLog
from bot.core.history.read import Epoch, parse_history
from bot.core.model import Incident, Observation
from bot.core.model.build_results import Result
from bot.core.policy.thresholds import DEFAULT_POLICY

FLEET = Knobs(
    builders=6,
    days=5.0,
    commits_per_day=20.0,
    regressions_per_commit=0.06,
    flaky_tests=8.0,
    rerun=True,
)


@cache
def play(seed: int) -> tuple[Epoch, tuple[Incident, ...]]:
    """A simulated fleet, and what its builds add up to when each is read as it ends."""
    rows = [json.dumps(row) for row in simulate(seed, FLEET) if row["type"] != "truth"]
    (epoch,) = parse_history(rows).branches["main"]
    builds = sorted(epoch.observations, key=lambda o: o.order)
    state = extend(new_state("main"), epoch.line)
    for build in builds:
        state = advance(state, (build,), build.complete_at)
    assert len(builds) > 200
    assert len(state.incidents) > 5
    return epoch, advance(state, (), builds[-1].complete_at).incidents


def shuffle(builds: tuple[Observation, ...], dice: Random) -> list[Observation]:
    """Most come in order, some a little late, a few very late, and some twice."""
    delays = dice.choices((0, 4, 20, 200), (90, 7, 2, 1), k=len(builds))
    at = [(n + delay * dice.random(), n) for n, delay in enumerate(delays)]
    at += [(n + 30 * dice.random(), n) for n in dice.sample(range(len(builds)), 20)]
    return [builds[n] for _, n in sorted(at)]


@pytest.mark.parametrize("seed", range(3))
def test_builds_may_come_late_and_twice(seed: int) -> None:
    """A reader that is behind must not leave a fleet with other incidents than `rebuild` finds."""
    dice = Random(seed)
    epoch, expected = play(seed)
    builds = tuple(sorted(epoch.observations, key=lambda o: o.order))
    fold = Fold(DEFAULT_POLICY, epoch.line, UndoLog(builds_a_page=(1, 8, 64)[seed]))
    for build in shuffle(builds, dice):
        fold.add([build])
    assert tuple(fold.find_incidents(builds[-1].complete_at)) == expected


@pytest.mark.parametrize("seed", range(2))
def test_commits_and_better_readings_may_come_late(seed: int) -> None:
    """A build is first read as lost and then whole, while commits are fetched a few at a time."""
    dice = Random(seed)
    epoch, expected = play(seed)
    builds = tuple(sorted(epoch.observations, key=lambda o: o.order))
    half = replace(epoch.line, commits=epoch.line.commits[: len(epoch.line.commits) // 2])
    blind = replace(half, commits=tuple(replace(c, files=None) for c in half.commits))
    fold = Fold(DEFAULT_POLICY, blind)
    for build in builds:
        lost = dice.random() < 0.1
        fold.add([replace(build, result=Result.EXCEPTION, sightings=()) if lost else build])
    for line in (half, epoch.line):
        fold.extend(line)
    fold.add(builds)
    assert tuple(fold.find_incidents(builds[-1].complete_at)) == expected


class Counting(UndoLog):
    """Counts builds that are folded, again or for the first time."""

    folded = 0

    def turn(self, folded: int) -> None:
        self.folded += 1
        super().turn(folded)


@pytest.mark.parametrize("late", [1, 10, 100])
def test_a_late_build_costs_about_as_many_builds_as_came_after_it(late: int) -> None:
    """One that is an hour late must not make a fleet's whole past be folded again."""
    epoch, expected = play(0)
    builds = sorted(epoch.observations, key=lambda o: o.order)
    journal = Counting(builds_a_page=8)
    fold = Fold(DEFAULT_POLICY, epoch.line, journal)
    for build in builds[: -late - 1] + builds[-late:]:
        fold.add([build])
    before = journal.folded
    fold.add([builds[-late - 1]])
    assert journal.folded - before <= 2 * late + 8 + 1
    assert tuple(fold.find_incidents(builds[-1].complete_at)) == expected


def test_a_late_build_leaves_alone_what_was_over_before_it() -> None:
    """Each incident that may have changed is compared, explained and heard on other branches."""
    epoch, _ = play(1)
    builds = sorted(epoch.observations, key=lambda o: o.order)
    state = extend(new_state("main"), epoch.line)
    state = advance(state, builds[:-70], builds[-1].complete_at)
    state = advance(state, builds[-69:], builds[-1].complete_at)
    before = {i.id: i for i in state.incidents}
    state = advance(state, [builds[-70]], builds[-1].complete_at)
    after = {i.id: i for i in state.incidents}
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed <= set(state.changed)
    assert len(state.changed) < len(after) / 2
