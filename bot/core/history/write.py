"""The way back: branches' commits and builds in, the lines of a history file out."""

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.core.blame import Suites, find_suites, learn_suites
from bot.core.model import BranchCommits, Commit, Observation, Occurrence
from bot.core.model.build_results import is_green
from bot.core.model.commands import Override, OverrideKind

_Row = dict[str, object]
_Timed = tuple[datetime, _Row]
# An objection is a claim, and a fix that was named is seen in builds.
_TELLING = frozenset({OverrideKind.BLAME, OverrideKind.FLAKY, OverrideKind.INFRA})
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BranchPast:
    """All that is known of a branch; `stable` of the builds is what the settings say today."""

    branch: str
    line: BranchCommits
    observations: tuple[Observation, ...]
    overrides: tuple[Override, ...] = ()  # what people ruled of its incidents


def render_history(repository: str, pasts: Sequence[BranchPast]) -> Iterator[str]:
    """The lines of a history file: builders, then commits and builds by time.

    A builder of a history file belongs to one branch: one that builds several is written once for
    each, by its own name on the branch that it builds most.
    """
    names = _name_builders(pasts)
    yield _render({"type": "history", "repo": repository, "branch": _find_main(pasts)})
    for past in pasts:
        last = {o.builder: o for o in sorted(past.observations, key=lambda o: o.order)}
        for builder in sorted(last):
            yield _render(
                {
                    "type": "builder",
                    "name": names[past.branch, builder],
                    "branch": past.branch,
                    "tags": _make_tags(last[builder]),
                    "minutes": None,
                }
            )
    parts = [_merge(repository, past, names) for past in pasts]
    parts += [_render_overrides(past) for past in pasts]
    for _, row in heapq.merge(*parts, key=lambda timed: timed[0]):
        yield _render(row)


def _find_main(pasts: Sequence[BranchPast]) -> str:
    most = max(pasts, key=lambda past: len(past.observations), default=None)
    return most.branch if most else "main"


def _name_builders(pasts: Sequence[BranchPast]) -> dict[tuple[str, str], str]:
    counts = {past.branch: Counter(o.builder for o in past.observations) for past in pasts}
    names: dict[tuple[str, str], str] = {}
    for builder in sorted({b for count in counts.values() for b in count}):
        by_use = sorted(
            (b for b in counts if builder in counts[b]), key=lambda b: (-counts[b][builder], b)
        )
        for n, branch in enumerate(by_use):
            names[branch, builder] = f"{builder} [{branch}]" if n else builder
    return names


def _make_tags(o: Observation) -> list[str]:
    """Its tags; the one called `stable` says whether it may accuse, as the settings have it."""
    others = [tag for tag in o.tags if tag != "stable"]
    return ["stable", *others] if o.stable else others


def _merge(
    repository: str, past: BranchPast, names: Mapping[tuple[str, str], str]
) -> Iterator[_Timed]:
    """Each commit before every build that knew it, whatever the committers' clocks say."""
    builds = sorted(past.observations, key=lambda o: o.order)
    first_built: dict[str | None, datetime] = {}
    for o in builds:
        first_built.setdefault(o.revision, o.started_at)
    order = {c.sha: n for n, c in enumerate(past.line.commits)}
    test_steps, suites = _find_test_steps(builds), _learn_test_suites(builds)
    due, now = 0, _BEGINNING
    for o in builds:
        until = max(order.get(o.revision or "", -1) + 1, due)
        for commit in past.line.commits[due:until]:
            at = min(commit.at, first_built.get(commit.sha, commit.at), o.complete_at)
            now = max(now, at)
            yield now, _commit_row(repository, past.branch, commit, at)
        due, now = until, max(now, o.complete_at)
        ran = _ran_tests(o, test_steps[o.builder], suites[o.builder])
        yield now, _build_row(o, names[past.branch, o.builder], ran=ran)
    for commit in past.line.commits[due:]:
        now = max(now, commit.at)
        yield now, _commit_row(repository, past.branch, commit, commit.at)


def _render_overrides(past: BranchPast) -> Iterator[_Timed]:
    """What people ruled and did not take back; who they are is nobody's business."""
    standing = (o for o in past.overrides if o.undone_by is None and o.kind in _TELLING)
    for override in sorted(standing, key=lambda o: o.order):
        row: _Row = {
            "type": "override",
            "branch": past.branch,
            "at": int(override.at.timestamp()),
            "kind": str(override.kind),
            "pr": override.pull,
            "tests": sorted({s.site for s in override.target.signatures}),
        }
        yield override.at, row


def _commit_row(repository: str, branch: str, commit: Commit, at: datetime) -> _Row:
    return {
        "type": "commit",
        "repo": repository,
        "branch": branch,
        "sha": commit.sha,
        "parent": commit.parent,
        "at": int(at.timestamp()),
        "author": commit.author,
        "title": commit.title,
        "pr": commit.pull,
        "reverts": commit.reverts,
        "files": None if commit.files is None else list(commit.files),
    }


def _build_row(o: Observation, builder: str, *, ran: bool) -> _Row:
    return {
        "type": "build",
        "builder": builder,
        "number": o.number,
        "worker": o.worker,
        "revision": o.revision,
        "started": int(o.started_at.timestamp()),
        "finished": int(o.complete_at.timestamp()),
        "result": o.result.name.lower(),
        "scheduled_by": str(o.scheduled_by),
        "tests_ran": ran,
        "failures": [_failure_row(s) for s in o.sightings],
    }


def _find_test_steps(builds: Iterable[Observation]) -> Mapping[str, frozenset[str]]:
    """By builder, those of its steps in which a test was ever seen to fail, here or elsewhere.

    A builder that has none of these steps runs no tests: none of its builds has them all.
    """
    ran: defaultdict[str, set[str]] = defaultdict(set)
    tests: set[str] = set()
    for o in builds:
        ran[o.builder].update(o.steps or ())
        tests.update(s.step for s in o.sightings if s.step and s.signature.is_test)
    return {builder: frozenset(steps & tests or tests) for builder, steps in ran.items()}


def _ran_tests(o: Observation, test_steps: frozenset[str], known: Suites) -> bool:
    """Every test that is not among its failures passed, as far as is known."""
    if not all(run.complete and not run.not_reached for run in o.runs):
        return False
    if not is_green(o.result):
        return bool(o.runs)
    if o.step_runs is not None:
        return bool(o.runs or find_suites(o, known))
    return o.steps is None or test_steps <= frozenset(o.steps)


def _learn_test_suites(builds: Sequence[Observation]) -> Mapping[str, Suites]:
    """By builder, which suites of tests its steps are known to run."""
    shown: defaultdict[str, list[Observation]] = defaultdict(list)
    for o in builds:
        tests = tuple(s for s in o.sightings if s.signature.is_test)
        shown[o.builder].append(replace(o, sightings=tests))
    return {builder: learn_suites(own) for builder, own in shown.items()}


def _failure_row(sighting: Occurrence) -> _Row:
    signature = sighting.signature
    row: _Row = {
        "kind": "test" if signature.is_test else "compile",
        "test": signature.site,
        "message": signature.message,
    }
    return {**row, "passed_on_rerun": True} if sighting.passed_on_rerun else row


def _render(row: _Row) -> str:
    return json.dumps(row)
