"""What builds on request earn: how much is told, how rightly, and what it costs each builder.

    python -m bench.requests [--histories DIR] [--every N] [--fleets 20] [--rule NAME]

In: recorded histories (a folder per repository), and simulated fleets. Each repository is played
with weights that were fitted without it; a fleet answers from the truth what builds would have
shown. Out: the tables of `docs/requests.md`.
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


@dataclass(slots=True)
class Told:
    """What was said and asked of one story."""

    set: str
    tally: Tally = field(default_factory=Tally)
    asked: int = 0
    shares: list[float] = field(default_factory=list)


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
    policy, limits = RULES[job.rule]
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


def main() -> int:
    """Play every story by one rule."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--histories", type=Path, help="a folder of folders with *.jsonl.gz")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th file")
    parser.add_argument("--fleets", type=int, default=20, help="simulated fleets to play")
    parser.add_argument("--rule", choices=sorted(RULES), default="ours")
    args = parser.parse_args()
    folder = args.histories or find_histories()
    jobs = [_Job("simulated", n, DEFAULT_RATES, args.rule) for n in range(args.fleets)]
    if folder is None:
        print("no recorded histories: NIGHTSWATCH_DATA is not set", file=sys.stderr)
    else:
        paths = sorted(folder.rglob("*.jsonl.gz"))[:: args.every]
        stories = [(find_repository(path), load_story(path)) for path in paths]
        folds = {name: fit_without(stories, name) for name in sorted({name for name, _ in stories})}
        del stories
        jobs += [_Job(p.parent.name, p, folds[find_repository(p)], args.rule) for p in paths]
    with Pool(_JOBS) as pool:
        report(args.rule, pool.map(play, jobs, chunksize=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
