"""What builds on request earn: how much is told, how rightly, and what it costs each builder.

    python -m bench.requests [--histories DIR] [--every N] [--fleets 20] [--rule NAME | --nested]

In: recorded histories (a folder per repository), and simulated fleets. Each repository is played
with weights that were fitted without it; a fleet answers from the truth what builds would have
shown. Out: the tables of `docs/requests.md`. `--nested`: thresholds and prices, too, are chosen
without the repository that is told, out of a few; half an hour on two cores.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing import Pool
from pathlib import Path

from bench.blame import HEAD, Tally, score
from bench.fit import add_up, find_repository, fit_without
from bench.histories.answering import AnsweringFleet
from bench.histories.stories import Story, find_histories, load_story, make_story
from bench.simulate import simulate, vary
from bot.core.blame.inference.parameters import DEFAULT_RATES, ModelParameters
from bot.core.history.backtest import render_comment_row
from bot.core.history.backtest_requests import play_branch_with_requests
from bot.core.history.requested_builds import RequestedBuilds
from bot.core.model import DEFAULT_LIMITS, RequestLimits
from bot.core.policy.thresholds import DEFAULT_POLICY, Policy, make_patient

_JOBS = 2
PATIENT = make_patient(DEFAULT_POLICY)
RULES: dict[str, tuple[Policy, RequestLimits]] = {
    "ours": (PATIENT, DEFAULT_LIMITS),
    "nothing is asked": (DEFAULT_POLICY, replace(DEFAULT_LIMITS, share_of_builder=0.0)),
    "no more patient": (DEFAULT_POLICY, DEFAULT_LIMITS),
    "two at a time": (PATIENT, replace(DEFAULT_LIMITS, at_a_time=2)),
    "whatever it tells": (PATIENT, replace(DEFAULT_LIMITS, least_gain=0.1)),
    "no pacing": (PATIENT, replace(DEFAULT_LIMITS, pacing=timedelta(0))),
    "telling is worth nothing": (PATIENT, replace(DEFAULT_LIMITS, gain_of_telling=0.0)),
}

_MORE_PATIENT = replace(
    PATIENT, confidence=0.95, confidence_of_paths=0.99, confidence_of_passed=0.99
)
GRID: dict[str, tuple[Policy, RequestLimits]] = {
    f"{name}, {gain} bits": (policy, replace(DEFAULT_LIMITS, least_gain=gain))
    for name, policy in (
        ("as without requests", DEFAULT_POLICY),
        ("patient", PATIENT),
        ("more patient", _MORE_PATIENT),
    )
    for gain in (0.2, 0.27, 0.35)
}
"""What `--nested` chooses from."""

# So right, and at so few requests, is what is chosen, on the repositories that it is chosen on.
_RIGHT, _EACH = 0.97, 3.0


@dataclass(slots=True)
class Told:
    """What was said and asked of one story."""

    set: str
    tally: Tally = field(default_factory=Tally)
    asked: int = 0
    shares: list[float] = field(default_factory=list)

    @property
    def repository(self) -> str:
        """The set without its pace."""
        return find_repository(Path(self.set, "story"))


@dataclass(frozen=True, slots=True)
class _Job:
    set: str
    source: Path | int  # a recorded history, or the seed of a simulated one
    parameters: ModelParameters
    rule: str


def play(job: _Job) -> Told:
    """Play one story with a fleet that answers."""
    if isinstance(job.source, int):
        story = make_story(f"fleet {job.source}", simulate(job.source, vary(job.source)))
    else:
        story = load_story(job.source)
    told, fleet = Told(job.set), AnsweringFleet(story)
    score(told.tally, story, _speak(story, fleet, job))
    told.asked = sum(not build.cancelled for build in fleet.asked.values())
    told.shares = list(fleet.find_shares().values())
    return told


def _speak(story: Story, fleet: AnsweringFleet, job: _Job) -> list[dict[str, object]]:
    policy, limits = {**RULES, **GRID}[job.rule]
    comments = []
    for branch, epochs in story.history.branches.items():
        played = play_branch_with_requests(
            branch, epochs, policy, RequestedBuilds(fleet), limits=limits, parameters=job.parameters
        )
        for report in played:
            if report is not None:
                comments += [render_comment_row(s) for s in report.branch.spoken]
    return comments


def report(title: str, told: Sequence[Told]) -> None:
    """Print the table of a rule: each set, and all of them."""
    print(f"\n{title[:27]:28s}{HEAD[28:]}  asked  each  worst")
    for name in [*sorted({t.set for t in told}), "all"]:
        own = [t for t in told if name in {t.set, "all"}]
        tally, asked = add_up([t.tally for t in own]), sum(t.asked for t in own)
        worst = max((share for t in own for share in t.shares), default=0.0)
        cost = f"{asked:6d} {asked / max(1, tally.right):5.2f} {worst:6.3f}"
        print(f"{tally.render(name)} {cost} of {tally.real}", flush=True)


def choose(told: dict[str, list[Told]], left_out: str) -> str:
    """Of the grid, what tells most without this repository: right enough, and cheap enough.

    Where none is, the one that is most often right.
    """
    figures = {}
    for rule, all_told in told.items():
        own = [t for t in all_told if t.repository != left_out]
        tally, asked = add_up([t.tally for t in own]), sum(t.asked for t in own)
        right = tally.right / max(1, tally.right + tally.wrong)
        good = right >= _RIGHT and asked <= _EACH * tally.right
        figures[rule] = (good, tally.right if good else right, -asked)
    return max(figures, key=lambda rule: figures[rule])


def report_nested(told: dict[str, list[Told]]) -> None:
    """Each candidate on everything, and then each repository by what was chosen without it."""
    for rule, all_told in told.items():
        report(rule, all_told)
    nested = []
    for name in sorted({t.repository for t in next(iter(told.values()))}):
        rule = choose(told, name)
        print(f"\nwithout {name}: {rule}")
        nested += [t for t in told[rule] if t.repository == name]
    report("chosen without each", nested)


def main() -> int:
    """Play every story by one rule, or by each of the grid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--histories", type=Path, help="a folder of folders with *.jsonl.gz")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th file")
    parser.add_argument("--fleets", type=int, default=20, help="simulated fleets to play")
    parser.add_argument("--rule", choices=sorted(RULES), default="ours")
    parser.add_argument("--nested", action="store_true", help="choose thresholds out of fold")
    args = parser.parse_args()
    folder = args.histories or find_histories()
    fleets = 0 if args.nested else args.fleets
    jobs = [_Job("simulated", n, DEFAULT_RATES, args.rule) for n in range(fleets)]
    if folder is None:
        print("no recorded histories: NIGHTSWATCH_DATA is not set", file=sys.stderr)
    else:
        paths = sorted(folder.rglob("*.jsonl.gz"))[:: args.every]
        stories = [(find_repository(path), load_story(path)) for path in paths]
        folds = {name: fit_without(stories, name) for name in sorted({name for name, _ in stories})}
        del stories
        jobs += [_Job(p.parent.name, p, folds[find_repository(p)], args.rule) for p in paths]
    with Pool(_JOBS) as pool:
        if not args.nested:
            report(args.rule, pool.map(play, jobs, chunksize=2))
            return 0
        told = {}
        for rule in GRID:
            again = [replace(job, rule=rule) for job in jobs]
            told[rule] = pool.map(play, again, chunksize=2)
            print(f"played: {rule}", file=sys.stderr, flush=True)
    report_nested(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
