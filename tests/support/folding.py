"""A store with a branch in it, and folding on it as the service does it."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.model import Build, Builder, BuildRecord, Commit, Observation, Reading, Repository
from bot.reconcile.branch_folder import BranchFolder, StoredCommits
from bot.reconcile.options import Options
from bot.store import Store
from tests.support.make_observations import LATE, make_line, make_observation

REPOSITORY = Repository(1, "octo-org/demo")


def is_stable(builder: Builder) -> bool:
    """By its tags."""
    return "stable" in builder.tags


OPTIONS = Options(is_stable=is_stable)


def make_branch_folder(store: Store) -> BranchFolder:
    """With commits as they are stored."""
    commits = StoredCommits(store.facts)
    return BranchFolder(store.facts, store.incidents, store.commands, commits)


def make_facts(o: Observation) -> BuildRecord:
    """What was read of a build, from what it says."""
    build = Build(
        source="bb",
        buildid=o.buildid,
        number=o.number,
        builderid=1,
        buildrequestid=o.buildid,
        worker=o.worker,
        branch=o.branch,
        revision=o.revision,
        repository=REPOSITORY.full_name,
        scheduled_by=o.scheduled_by,
        result=o.result,
        started_at=o.started_at,
        complete_at=o.complete_at,
    )
    return BuildRecord(
        build=build,
        builder=Builder("bb", 1, o.builder, o.tags),
        repo_id=REPOSITORY.repo_id,
        stable=o.stable,
        reading=Reading(runs=o.runs),
        sightings=o.sightings,
    )


async def prepare(store: Store, commits: Sequence[Commit], now: datetime = LATE) -> None:
    await store.facts.save_repository(REPOSITORY)
    await store.facts.save_line(1, "main", commits, new_epoch=False)
    await store.facts.save_time("buildbot cursor", now)


async def prepare_red_pull(store: Store) -> None:
    """Two builders that were green before pull 2, and are red since."""
    await prepare(store, make_line(("a", 1), ("b", 2)).commits)
    failing: tuple[str, ...]
    for number, (builder, at, failing) in enumerate(
        [("X", "a", ()), ("Y", "a", ()), ("X", "b", ("test_ssl",)), ("Y", "b", ("test_ssl",))], 1
    ):
        await store.facts.save_build(make_facts(make_observation(number, builder, at, failing)), ())
