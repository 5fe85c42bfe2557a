"""Any facts, incidents and speech that the model allows."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from bot.core import model
from bot.core.model.build_results import Result

# PostgreSQL keeps no U+0000 and nobody encodes lone surrogates; a test of its own sends those.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
# What is kept as a document keeps every character.
any_words = st.text(max_size=12)
numbers = st.integers(min_value=0, max_value=2**53)
places = st.integers(min_value=0, max_value=2**31 - 1)
zones = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))]
)
times = st.datetimes(
    datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2100-01-01"), timezones=zones
)
# As the store gives them back: in UTC, and without `fold`, which tells nothing there.
utc_times = times.map(lambda at: at.astimezone(UTC).replace(fold=0))
shares = st.floats(min_value=0, max_value=1)


def tuples(of: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=most).map(tuple)


kinds = st.sampled_from(model.Kind)

failures = st.builds(
    model.Failure,
    suite=any_words,
    kind=kinds,
    test=st.none() | any_words,
    message=any_words,
    exception=st.none() | any_words,
    location=st.none() | any_words,
    line=st.none() | numbers,
    passed_on_rerun=st.none() | st.booleans(),
    excerpt=tuples(any_words),
)
runs = st.builds(
    model.TestRun,
    suite=words,
    complete=st.booleans(),
    not_reached=st.none() | tuples(any_words),
    step=st.none() | words,
)
readings = st.builds(
    model.Reading,
    kind=kinds,
    failures=tuples(failures),
    excerpt=tuples(any_words),
    rerun=st.none() | any_words,
    seed=st.none() | any_words,
    command=st.none() | any_words,
    reproduce=st.none() | any_words,
    exit_status=st.none() | numbers,
    runs=tuples(runs),
    notes=tuples(any_words),
    bytes=numbers,
    lines=numbers,
    partial=st.booleans(),
    argv=st.none() | any_words,
    environment=tuples(st.tuples(any_words, any_words)),
    is_file=st.booleans(),
)
step_runs = st.builds(
    model.StepRun, name=any_words, command=st.none() | any_words, ok=st.booleans()
)
signatures = st.builds(
    model.Signature, branch=words, suite=words, kind=kinds, site=words, message=words
)
sightings = st.builds(
    model.Occurrence, signature=signatures, passed_on_rerun=st.booleans(), step=st.none() | words
)
builds = st.builds(
    model.Build,
    source=st.just("bb"),
    buildid=places,
    number=numbers,
    builderid=numbers,
    buildrequestid=numbers,
    worker=words,
    branch=st.none() | words,
    revision=st.none() | words,
    repository=st.none() | words,
    scheduled_by=st.sampled_from(model.ScheduledBy),
    result=st.none() | st.sampled_from(Result),
    started_at=times,
    complete_at=st.none() | times,
    state_string=words,
    gap=st.just(""),  # a note of the reading: it is not stored with the build
)


@st.composite
def build_facts(draw: st.DrawFn) -> model.BuildRecord:
    build = draw(builds)
    builder = model.Builder(build.source, build.builderid, draw(words), draw(tuples(any_words)))  # type: ignore[arg-type] # tuples() is not generic
    facts = st.builds(
        model.BuildRecord,
        build=st.just(build),
        builder=st.just(builder),
        repo_id=st.none() | numbers,
        stable=st.booleans(),
        reading=st.none() | readings,
        sightings=tuples(sightings),
        url=words,
        note=words,
        sources=tuples(any_words),
        step_runs=st.none() | tuples(step_runs),
    )
    return draw(facts)


ranges = st.builds(
    model.RegressionRange, last_good=st.none() | any_words, first_bad=st.none() | any_words
)
# Of the first source, which is stored without its name, and of another.
build_refs = st.builds(model.BuildRef, st.sampled_from(("buildbot", "other")), numbers)
testimonies = st.builds(
    model.BuildEvidence,
    builder=any_words,
    build=build_refs,
    outcome=st.sampled_from(model.Outcome),
    weight=shares,
    told=any_words,
)
incidents = st.builds(
    model.Incident,
    id=words,
    branch=st.just("main"),
    signatures=tuples(signatures),
    builders=tuples(any_words),
    verdict=st.sampled_from(model.Verdict),
    state=st.sampled_from(model.IncidentState),
    range=ranges,
    ranges=tuples(
        st.builds(
            model.BuilderRange,
            builder=any_words,
            range=ranges,
            last_good_build=st.none() | build_refs,
            first_bad_build=build_refs,
        )
    ),
    suspects=tuples(
        st.builds(
            model.Suspect,
            sha=any_words,
            pull=st.none() | numbers,
            p=shares,
            testimony=tuples(testimonies),
        )
    ),
    record=st.none() | st.builds(model.FlakeRecord, flakes=numbers, runs=numbers),
    opened_at=utc_times,
    first_red_build=build_refs,
    red_builds=tuples(build_refs),
    pull=st.none() | numbers,
    confidence=shares,
    reason=any_words,
    awaited=tuples(any_words),
    closed_at=st.none() | utc_times,
    fix=st.none()
    | st.builds(model.Fix, range=ranges, pull=st.none() | numbers, sha=st.none() | any_words),
)
speeches = st.builds(
    model.PullComment,
    repo_id=numbers,
    number=numbers,
    thread=st.integers(min_value=0, max_value=20_000),  # comments on one pull, each with its `said`
    wanted=st.none() | words,
    standing=st.none() | words,
    comment_id=st.none() | numbers,
    posted_at=st.none() | times,
    intent_at=st.none() | times,
    why_silent=st.none() | words,
    incidents=tuples(any_words),
    said=tuples(
        st.builds(model.Announcement, incident_id=words, verdict=words, state=words, at=times)
    ),
    folded=st.none() | words,
    outdated=tuples(numbers),
    deleted_at=st.none() | times,
    held_rank=st.none() | numbers,
    look_at=st.none() | times,
)
