"""Fit what is fitted, with each repository left out in turn, and tell how right it is on that one.

    python -m bench.fit [--histories DIR] [--plot docs/calibration.png] [--write] [--redraw SEED]

In: recorded histories, a folder per repository (`NAME`, and `NAME-x4` at four times its pace).
Out: the weights of the priors with the fingerprint of the data (`--write`), and every figure of
`docs/blame.md`: presets, ablations, the curve, calibration, and each comment that was wrong.
`--redraw` plays the same commits under fleets that are drawn anew: it widens, and is no proof.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import Pool
from pathlib import Path

from bench.blame import HEAD, Tally, find_error, plot, score
from bench.fit_priors import find_all_examples, fit
from bench.histories.judgements import Judgement, find_last_beliefs, speak, watch
from bench.histories.redraw import redraw
from bench.histories.stories import Row, Story, as_list, find_histories, load_story, make_story
from bot.core.blame.inference.parameters import DEFAULT_RATES, ModelParameters
from bot.core.blame.inference.priors import NAMES
from bot.core.policy.threshold_settings import POLICIES
from bot.core.policy.thresholds import DEFAULT_POLICY, Policy

VERSION = 2
RIDGE = 25.0
_FITTED = Path(__file__).parent.parent / "bot/core/blame/inference/prior_weights.py"
_FAST = "-x4"
_JOBS = 2

_OFF = DEFAULT_POLICY.confidence
ABLATIONS = {
    "paths as good as builds": {"confidence_of_paths": _OFF},
    "paths never decide": {"confidence_of_paths": 1.0},
    "a pass of the red builder is forgotten": {"confidence_of_passed": _OFF},
    "who was accused is forgotten": {"confidence_again": _OFF},
    "no limit of its own for outages": {"noise_of_environment": DEFAULT_POLICY.noise},
    "one failure never suffices": {"noise_of_one": 0.0},
}
MODELS = {
    "what seemed fixed is forgotten": {"unfixed": 0.0},
    "others with the message are forgotten": {"second_of_message": 1.0},
    "an outage spares no build": {"outage_misses": 0},
    "no failure comes and goes": {"fail_rates": ((0.98, 1.0),)},
}
CURVE = (0.7, 0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(slots=True)
class Told:
    """What was said of one story, by rule, and what was believed."""

    set: str
    tallies: dict[str, Tally] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # by the default policy


@dataclass(frozen=True, slots=True)
class _Job:
    path: Path
    parameters: ModelParameters
    rules: dict[str, tuple[Policy, int]]  # the policy, and how patient it is
    seed: int | None


def find_repository(path: Path) -> str:
    """The repository of a history file: its folder's name without its pace."""
    return path.parent.name.removesuffix(_FAST)


def make_rules() -> dict[str, tuple[Policy, int]]:
    """Every rule that one play can tell of."""
    rules = {name: (policy, 0) for name, policy in POLICIES.items()}
    rules |= {name: (replace(DEFAULT_POLICY, **change), 0) for name, change in ABLATIONS.items()}  # type: ignore[arg-type] # by name
    rules |= {f"from {least}": (_from(least), 0) for least in CURVE}
    return rules | {"default, a build later": (DEFAULT_POLICY, 1)}


def _from(least: float) -> Policy:
    policy = DEFAULT_POLICY
    paths = max(least, policy.confidence_of_paths)
    return replace(policy, confidence=least, confidence_of_paths=paths)


def play(job: _Job) -> Told:
    """Play one file under all rules."""
    story = load_story(job.path)
    if job.seed is not None:
        story = make_story(story.name, redraw(story, story.truth, job.seed))
    judgements = watch(story, job.parameters)
    told = Told(job.path.parent.name)
    for name, (policy, patience) in job.rules.items():
        tally = told.tallies[name] = Tally()
        comments = speak(judgements, policy, patience=patience)
        score(tally, story, comments)
        if name == "default":
            told.wrong = [f"{story.name} {line}" for line in _find_wrong(story, comments)]
            tally.sure = [_judge(story, *held) for held in find_last_beliefs(judgements)]
    return told


def _find_wrong(story: Story, comments: Sequence[Row]) -> list[str]:
    found = []
    for comment in comments:
        tally = Tally()
        score(tally, story, [comment])
        if tally.wrong:
            tests = [str(t) for t in as_list(comment["tests"])]
            sure = f"{comment['confidence']:.3f}"
            found.append(f"pull {comment['pr']} at {sure}: {', '.join(tests[:2])}")
    return found


def _judge(story: Story, held: Judgement, pull: int | None, p: float) -> tuple[float, bool]:
    sites = {s.site for s in held.incident.signatures}
    right = any(
        t["kind"] == "regression" and t["pr"] == pull and sites & set(as_list(t["tests"]))
        for t in story.truth
    )
    return min(1.0, p), right


def fit_without(stories: Sequence[tuple[str, Story]], left_out: str | None) -> ModelParameters:
    """The parameters fitted on all repositories but one."""
    own = [story for repository, story in stories if repository != left_out]
    return replace(DEFAULT_RATES, weights=fit(find_all_examples(own), RIDGE))


def add_up(tallies: Sequence[Tally]) -> Tally:
    """Several as one."""
    whole = Tally()
    for tally in tallies:
        for name in ("real", "noise", "right", "late", "wrong", "on_noise"):
            setattr(whole, name, getattr(whole, name) + getattr(tally, name))
        whole.hours += tally.hours
        whole.sure += tally.sure
    return whole


def report(told: Sequence[Told]) -> Tally:
    """Print every table; returns the tally of the default policy over all."""
    sets = sorted({t.set for t in told})
    print(f"\n{'out of fold, by set':28s}{HEAD[28:]}")
    for name in sets:
        print(add_up([t.tallies["default"] for t in told if t.set == name]).render(name))
    for name in sorted({s.removesuffix(_FAST) for s in sets}):
        own = [t.tallies["default"] for t in told if t.set.removesuffix(_FAST) == name]
        print(add_up(own).render(f"{name}, both"))
    for pace in (False, True):
        own = [t.tallies["default"] for t in told if t.set.endswith(_FAST) is pace]
        print(add_up(own).render("all, x4" if pace else "all, x1"))
    print(f"\n{'out of fold, by rule':28s}{HEAD[28:]}")
    for name in told[0].tallies:
        print(add_up([t.tallies[name] for t in told]).render(name[:40].ljust(28)))
    whole = add_up([t.tallies["default"] for t in told])
    print(f"\ncalibration error {find_error(whole.sure):.3f} over {len(whole.sure)} incidents")
    for line in [line for t in told for line in t.wrong]:
        print(f"wrong: {line}")
    return whole


def find_fingerprint(paths: Sequence[Path]) -> str:
    """The sha256 of the sha256 of every file, in the order of their names."""
    files = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    return hashlib.sha256("\n".join(files).encode()).hexdigest()


def write(weights: ModelParameters, paths: Sequence[Path]) -> None:
    """The small file that the service reads."""
    names = ", ".join(sorted({find_repository(path) for path in paths}))
    rows = "".join(f'    "{name}": {weights.weights[name]:.3f},\n' for name in NAMES)
    _FITTED.write_text(
        f'"""Weights of the priors\' features, made by `python -m bench.fit --write`.\n\n'
        f"Fitted on {len(paths)} recorded histories of {names}.\n"
        "What is told of them in docs/blame.md comes from weights that never saw the repository.\n"
        f'"""\n\nfrom collections.abc import Mapping\n\nVERSION = {VERSION}\n'
        f'FINGERPRINT = "{find_fingerprint(paths)}"\n\n'
        f"WEIGHTS: Mapping[str, float] = {{\n{rows}}}\n"
    )
    print(f"wrote {_FITTED.name}")


def main() -> int:
    """Fit with each repository left out, play it, and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--histories", type=Path, help="a folder of folders with *.jsonl.gz")
    parser.add_argument("--plot", type=Path, help="write the reliability plot here")
    parser.add_argument("--write", action="store_true", help="write the weights fitted on all")
    parser.add_argument("--redraw", type=int, metavar="SEED", help="play fleets drawn anew")
    parser.add_argument("--without", choices=sorted(MODELS), help="leave this out of the beliefs")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th file")
    args = parser.parse_args()
    folder = args.histories or find_histories()
    if folder is None:
        print("skipped: no histories; give --histories or NIGHTSWATCH_DATA", file=sys.stderr)
        return 0
    paths = sorted(folder.rglob("*.jsonl.gz"))[:: args.every]
    stories = [(find_repository(path), load_story(path)) for path in paths]
    if args.write:
        write(fit_without(stories, None), paths)
    change = MODELS[args.without] if args.without else {}
    folds = {name: fit_without(stories, name) for name in sorted({name for name, _ in stories})}
    del stories
    jobs = [
        _Job(path, replace(folds[find_repository(path)], **change), make_rules(), args.redraw)  # type: ignore[arg-type] # by name
        for path in paths
    ]
    with Pool(_JOBS) as pool:
        whole = report(pool.map(play, jobs, chunksize=4))
    if args.plot:
        plot(args.plot, {"recorded, out of fold": whole})
    return 0


if __name__ == "__main__":
    sys.exit(main())
