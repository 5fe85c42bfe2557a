"""The table of the docs is what the code does: no incident goes where it does not lead."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from bot.core.blame import advance, extend, new_state
from bot.core.incidents.continuity import keep_identity
from bot.core.model import Announcement, Incident, IncidentState, Observation, Verdict
from bot.core.policy.decide import decide
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.core.blame.test_state import LINE, histories
from tests.support.make_observations import SSL, START, Story, make_line, make_story

DOCS = (Path(__file__).parents[3] / "docs" / "blame.md").read_text()
FAR = timedelta(days=15)
THREE = (("a", 100), ("b", 101), ("c", 102))


def parse_rows(head: str) -> list[list[str]]:
    """The cells of a table of the docs, by its first line."""
    table = DOCS.partition(head)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


ALLOWED = {(row[0], row[1]) for row in parse_rows("| from | to | when |")}


def walk(builds: Sequence[Observation], *, ages: bool = False) -> Iterator[tuple[str, str]]:
    """How incidents go from state to state, build by build; `ages`: much time after each."""
    state, known = extend(new_state("main"), LINE), dict[str, str]()
    for build in sorted(builds, key=lambda o: o.order):
        for now in (build.complete_at, build.complete_at + FAR)[: 1 + ages]:
            state = advance(state, (build,) if now == build.complete_at else (), now)
            for incident in state.incidents:
                before = known.get(incident.id, "–")
                if before != incident.state:
                    yield before, str(incident.state)
                known[incident.id] = str(incident.state)


def make_stable(story: Story) -> Story:
    story.green("A", "a")
    story.green("B", "a")
    story.red("A", "b")
    story.red("B", "b")
    return story


def test_opened_fixed_and_not_fixed_after_all() -> None:
    story = make_stable(make_story(*THREE, past=("A", "B")))
    story.green("A", "c")
    story.green("B", "c")
    story.red("A", "d")
    assert list(walk(story.builds)) == [("–", "open"), ("open", "fixed"), ("fixed", "open")]


def test_one_of_two_tests_is_mended_before_the_other() -> None:
    """They were one incident while nothing told them apart."""
    story = make_story(*THREE)
    story.green("A", "a")
    story.red("A", "b", SSL, "test_zip")
    story.red("A", "c", SSL)
    assert list(walk(story.builds)) == [("–", "open"), ("–", "fixed")]


def test_gone_quiet_and_back() -> None:
    story = make_stable(make_story(*THREE))
    late = FAR // timedelta(minutes=1) + 100
    story.green("A", "c", minute=late)
    story.green("B", "c", minute=late + 1)
    assert set(walk(story.builds, ages=True)) >= {("open", "closed"), ("closed", "fixed")}
    story.builds[-2:] = []
    story.red("A", "c", minute=late)
    assert ("closed", "open") in set(walk(story.builds, ages=True))


def test_what_late_builds_know_nothing_of_is_withdrawn() -> None:
    told = make_stable(make_story(*THREE)).only()
    assert told.pull == 101
    (left,) = keep_identity([told], (), make_line(*THREE), START)
    assert (told.state, left.state) == ("open", "withdrawn")


@settings(deadline=None, max_examples=40)  # a slow machine is no wrong answer
@given(histories())
def test_no_history_leads_anywhere_else(builds: list[Observation]) -> None:
    assert set(walk(builds)) <= ALLOWED
    assert set(walk(builds, ages=True)) <= ALLOWED


CELLS = [
    (Verdict(row[0]), state, cell)
    for row in parse_rows("| verdict | open | fixed | closed | withdrawn |")
    for state, cell in zip(("open", "fixed", "closed", "withdrawn"), row[1:], strict=True)
]


def make_incident(verdict: Verdict, state: str) -> Incident:
    incident = make_stable(make_story(*THREE)).only()
    accusing = verdict in (Verdict.SUSPECTED, Verdict.CONFIRMED)
    changed = replace(
        incident,
        verdict=verdict,
        state=IncidentState(state),
        pull=101 if accusing else None,
        confidence=0.99 if accusing else 0.0,
    )
    return changed if accusing else replace(changed, suspects=())


@pytest.mark.parametrize(("verdict", "state", "cell"), CELLS)
def test_what_verdict_and_state_mean_for_the_pull(verdict: Verdict, state: str, cell: str) -> None:
    incident = make_incident(verdict, state)
    unsaid = decide(101, [incident], (), START - timedelta(days=1), DEFAULT_POLICY)
    assert bool(unsaid.intents) == (cell == "told")
    assert bool(unsaid.silence) == (cell != "told"), "silence has a reason"
    said = Announcement(incident.id, "suspected", "open", datetime.max.replace(tzinfo=START.tzinfo))
    (told,) = decide(101, [incident], [said], None, DEFAULT_POLICY).intents
    expected = IncidentState.WITHDRAWN if cell.endswith("taken back") else IncidentState(state)
    assert told.state is expected


def test_the_table_has_every_verdict() -> None:
    assert {verdict for verdict, _, _ in CELLS} == set(Verdict)
