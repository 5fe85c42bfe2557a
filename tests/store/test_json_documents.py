"""What goes into the store comes out the same, every field of it."""

import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from bot.core import model
from bot.store import Store
from bot.store.json_documents import (
    make_incident_document,
    make_reading_document,
    parse_incident_document,
    parse_reading_document,
)
from tests.store.conftest import Shelf
from tests.support import strategies
from tests.support.make_stored import make_facts
from tests.support.refs import ref, refs

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

quick = settings(max_examples=60, deadline=None)


@quick
@given(facts=strategies.build_facts())
def test_facts_of_a_build_come_back_whole(shelf: Shelf, facts: model.BuildRecord) -> None:
    """A field lost here is a line that the comment never shows."""

    async def story(store: Store) -> None:
        await store.facts.save_build(facts, [])
        assert await store.facts.load_builds([facts.build.ref]) == (facts,)

    shelf.tell(story)


@quick
@given(facts=strategies.build_facts())
def test_an_observation_says_what_the_build_says(shelf: Shelf, facts: model.BuildRecord) -> None:
    """Blame reads observations only: what they lack is evidence that nobody weighs."""
    build = facts.build

    async def story(store: Store) -> None:
        if facts.repo_id is None or build.branch is None:
            return
        where = (facts.repo_id, build.branch)
        before = (await store.facts.load_observations(*where, 0, LONG_AGO)).version
        await store.facts.save_build(facts, [])
        found = await store.facts.load_observations(*where, before, LONG_AGO)
        assert found.version == before + 1
        if build.result is None or build.complete_at is None:
            assert found.observations == ()
            return
        assert found.observations == (
            model.Observation(
                source=build.source,
                buildid=build.buildid,
                number=build.number,
                builder=facts.builder.name,
                stable=facts.stable,
                tags=facts.builder.tags,
                worker=build.worker,
                branch=build.branch,
                revision=build.revision,
                result=build.result,
                scheduled_by=build.scheduled_by,
                started_at=build.started_at,
                complete_at=build.complete_at,
                sightings=facts.sightings,
                runs=facts.reading.runs if facts.reading else (),
                step_runs=facts.step_runs,
            ),
        )

    shelf.tell(story)


@quick
@given(incident=strategies.incidents)
def test_an_incident_comes_back_whole(shelf: Shelf, incident: model.Incident) -> None:
    """An incident that changed on its way through the database would wake pulls for nothing."""

    async def story(store: Store) -> None:
        others = [known.id for known in await store.incidents.load_incidents(1)]
        await store.incidents.save_incidents(1, "main", [incident], [], others)
        (loaded,) = await store.incidents.load_incidents(1)
        # What only explains is not compared with the rest.
        assert (loaded, loaded.record) == (incident, incident.record)
        assert [s.testimony for s in loaded.suspects] == [s.testimony for s in incident.suspects]

    shelf.tell(story)


@quick
@given(speech=strategies.speeches)
def test_speech_comes_back_whole(shelf: Shelf, speech: model.PullComment) -> None:
    """A forgotten comment id or intent would be a second comment."""

    async def story(store: Store) -> None:
        await store.incidents.save_pull_comment(speech)
        assert await store.incidents.load_pull_comment(speech.repo_id, speech.number) == speech

    shelf.tell(story)


@settings(deadline=None)
@given(incident=strategies.incidents, reading=strategies.readings)
def test_documents_keep_every_character(incident: model.Incident, reading: model.Reading) -> None:
    """Logs hold bytes of all kinds; a document is ASCII whatever is in it."""
    incident_text, reading_text = make_incident_document(incident), make_reading_document(reading)
    assert incident_text.isascii()
    assert reading_text.isascii()
    assert parse_incident_document(incident_text) == incident
    assert parse_reading_document(reading_text) == reading


@pytest.mark.parametrize(
    "strategy", ["incidents", "readings", "speeches", "builds", "failures", "sightings"]
)
def test_the_strategies_name_every_field(strategy: str) -> None:
    """A new field that no example sets would be lost unseen."""
    built = getattr(strategies, strategy).wrapped_strategy
    assert is_dataclass(built.target)
    assert set(built.kwargs) == {field.name for field in fields(built.target)}


def test_a_document_of_another_version_can_be_read() -> None:
    """During an upgrade, old and new instances read what the other wrote."""
    text = make_reading_document(model.Reading(seed="7"))
    newer = text.replace('"seed"', '"colour":"red","seed"')
    older = text.replace(',"partial":false', "")
    assert newer != text
    assert older != text
    assert parse_reading_document(newer) == parse_reading_document(text)
    assert parse_reading_document(older) == parse_reading_document(text)


FIRST_RELEASE = (
    '{"id":"0a1b2c3d4e5f","branch":"main","signatures":[],"builders":["X"],'
    '"verdict":"suspected","state":"open","range":{"last_good":"a","first_bad":"b"},'
    '"ranges":[{"builder":"X","range":{"last_good":"a","first_bad":"b"},'
    '"last_good_build":41,"first_bad_build":45},{"builder":"Y","range":'
    '{"last_good":null,"first_bad":"b"},"last_good_build":null,"first_bad_build":46}],'
    '"suspects":[{"sha":"b","pull":12,"p":0.9,"testimony":[{"builder":"X","buildid":45,'
    '"outcome":"fail","weight":2.3,"told":"X failed."}]}],'
    '"opened_at":"2026-01-05T12:00:00+00:00","first_red_build":45,"red_builds":[45,46],'
    '"pull":12,"confidence":0.9,"reason":"","awaited":[],"closed_at":null,"fix":null,'
    '"record":null}'
)


def test_what_the_first_release_stored_is_of_the_first_source() -> None:
    """It had one Buildbot, and named builds by their ids alone."""
    incident = parse_incident_document(FIRST_RELEASE)
    assert incident.red_builds == (ref(45, "buildbot"), ref(46, "buildbot"))
    assert incident.first_red_build == ref(45, "buildbot")
    assert incident.ranges[0].last_good_build == ref(41, "buildbot")
    assert incident.ranges[1].last_good_build is None
    assert incident.suspects[0].testimony[0].build == ref(45, "buildbot")


def test_what_is_stored_of_the_first_source_the_first_release_can_read() -> None:
    """Two versions share a database during an upgrade: to the letter but for the order."""
    text = make_incident_document(parse_incident_document(FIRST_RELEASE))
    assert json.loads(text) == json.loads(FIRST_RELEASE)


@pytest.mark.parametrize("hostile", ["a\0b", "a\ud800b"])
async def test_text_that_no_database_holds_is_replaced(store: Store, hostile: str) -> None:
    """A worker that prints a NUL must not keep its build out of the store for ever."""
    facts = make_facts(1)
    facts = replace(facts, note=hostile, build=replace(facts.build, worker=hostile))
    await store.facts.save_build(facts, [])
    (kept,) = await store.facts.load_builds(refs(1))
    assert kept.note[0] + kept.note[-1] == "ab"
    assert len(kept.note) == 3
