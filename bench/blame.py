"""How often blame is right, how early, how sure: against the peers' rules, and how fast.

    python -m bench.blame [--histories DIR] [--fleets 40] [--half 0|1] [--plot docs/calibration.png]
    python -m bench.blame --speed [--builds 500000]

Histories are files of `bot.core.history`'s form with `truth` lines; `NIGHTSWATCH_DATA` names a
folder that holds `data/histories/`. Without them only our own simulated fleets are played.
"""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import speed
from bench.histories.oracle import find_commits_left
from bench.histories.stories import (
    Row,
    Story,
    as_list,
    as_number,
    find_histories,
    is_visible,
    load_stories,
    make_story,
)
from bench.simulate import simulate, vary
from bot.core.history.backtest import play_branch, render_comment_row, render_incident_row
from bot.core.policy.thresholds import DEFAULT_POLICY, EAGER_POLICY, Policy

_SEEN = "first_seen"


@dataclass(slots=True)
class Tally:
    """What a rule said, over many stories."""

    real: int = 0
    noise: int = 0
    right: int = 0
    late: int = 0
    wrong: int = 0
    on_noise: int = 0
    told: set[tuple[str, str]] = field(default_factory=set)  # story and episode of what is right
    hours: list[float] = field(default_factory=list)
    sure: list[tuple[float, bool]] = field(default_factory=list)  # held at, right

    def render(self, name: str) -> str:
        """One line of the table."""
        said = self.right + self.wrong
        precision = self.right / said if said else math.nan
        hours = sorted(self.hours)
        median = hours[len(hours) // 2] if hours else math.nan
        return (
            f"{name:28s} {said:5d} {precision:6.3f} {find_wilson_low(self.right, said):6.3f} "
            f"{self.right / max(1, self.real):6.3f} {self.on_noise / max(1, self.noise):7.4f} "
            f"{self.late:5d} {median:6.2f}"
        )


HEAD = f"{'rule':28s}  said   prec    low useful  noise   late  hours"


def find_wilson_low(right: int, said: int) -> float:
    """The lower end of the 95 % interval of a share."""
    if not said:
        return 0.0
    share, z = right / said, 1.96
    middle = share + z * z / (2 * said)
    spread = z * math.sqrt(share * (1 - share) / said + z * z / (4 * said * said))
    return (middle - spread) / (1 + z * z / said)


# ---------------------------------------------------------------- rules


def play_ours(story: Story, policy: Policy) -> tuple[list[Row], list[Row]]:
    """Comments and incidents of the real code."""
    comments: list[Row] = []
    incidents: list[Row] = []
    for branch, epochs in story.history.branches.items():
        for report in play_branch(branch, epochs, policy):
            if report is not None:
                comments += [render_comment_row(s) for s in report.spoken]
                incidents += [render_incident_row(i) for i in report.incidents]
    return comments, incidents


def play_peers(story: Story, pick: Callable[[list[Row]], list[Row]]) -> list[Row]:
    """The peers' rule: a stable builder turns red; `pick` chooses among the commits since green."""
    commits = [r for r in story.rows if r["type"] == "commit"]
    position = {c["sha"]: n for n, c in enumerate(commits)}
    stable = {
        r["name"] for r in story.rows if r["type"] == "builder" and "stable" in as_list(r["tags"])
    }
    green: dict[object, int] = {}
    was_green: dict[object, bool] = {}
    comments: list[Row] = []
    for r in story.rows:
        if r["type"] != "build" or r["builder"] not in stable or r["scheduled_by"] != "branch":
            continue
        at, builder = position[r["revision"]], r["builder"]
        if r["result"] in ("success", "warnings"):
            green[builder], was_green[builder] = at, True
        elif r["result"] == "failure":
            if was_green.get(builder):
                for c in pick(commits[green[builder] + 1 : at + 1]):
                    tests = [f["test"] for f in as_list(r["failures"]) if isinstance(f, dict)]
                    comments.append({"at": r["finished"], "pr": c["pr"], "tests": tests})
            was_green[builder] = False
    return comments


PEERS: dict[str, Callable[[list[Row]], list[Row]]] = {
    "single change": lambda commits: commits if len(commits) == 1 else [],
    "last green to first red": lambda commits: commits,
    "last commit": lambda commits: commits[-1:],
}


# ---------------------------------------------------------------- scoring


def score(tally: Tally, story: Story, comments: Sequence[Row]) -> None:
    """Once per pull and episode: right before the fix, late after it, or wrong."""
    own = [t for t in story.truth if t[_SEEN] is not None]
    tally.real += sum(is_visible(t) for t in own)
    tally.noise += sum(t["kind"] != "regression" for t in own)
    told: set[tuple[object, object]] = set()
    for c in sorted(comments, key=lambda c: as_number(c["at"])):
        if not c["pr"]:
            continue
        fitting = [t for t in own if set(as_list(t["tests"])) & set(as_list(c["tests"]))]
        hit = next((t for t in fitting if _is_culprit(t, c)), None)
        episode = hit or (fitting[0] if fitting else None)
        key = (c["pr"], episode and episode["episode"])
        if key in told:
            continue
        told.add(key)
        _count(tally, story, c, hit, fitting)


def _count(
    tally: Tally, story: Story, comment: Row, hit: Row | None, fitting: Sequence[Row]
) -> None:
    if hit is None:
        tally.wrong += 1
        tally.on_noise += not any(t["kind"] == "regression" for t in fitting)
    elif hit["fixed_at"] and as_number(comment["at"]) >= as_number(hit["fixed_at"]):
        tally.late += 1
    else:
        tally.right += 1
        tally.told.add((story.name, str(hit["episode"])))
        tally.hours.append((as_number(comment["at"]) - as_number(hit[_SEEN])) / 3600)


def _is_culprit(truth: Row, comment: Row) -> bool:
    right = truth["kind"] == "regression" and truth["pr"] == comment["pr"]
    return right and as_number(comment["at"]) >= as_number(truth[_SEEN])


def score_beliefs(tally: Tally, story: Story, incidents: Sequence[Row]) -> None:
    """How sure each incident was at last of its first suspect, and whether it was right."""
    for incident in incidents:
        suspects = as_list(incident["suspects"])
        if not suspects:
            continue
        tests = set(as_list(incident["tests"]))
        by_pull: dict[object, float] = {}
        for s in suspects:
            by_pull[s["pr"]] = by_pull.get(s["pr"], 0.0) + s["p"]
        pull, p = max(by_pull.items(), key=lambda item: item[1])
        right = any(
            t["kind"] == "regression" and t["pr"] == pull and tests & set(as_list(t["tests"]))
            for t in story.truth
        )
        tally.sure.append((min(1.0, p), right))


def find_bins(sure: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """By tenths: what was believed on average, how often that was right, of how many."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
    for p, right in sure:
        bins[min(9, int(p * 10))].append((p, right))
    return [
        (sum(p for p, _ in b) / len(b), sum(r for _, r in b) / len(b), len(b)) for b in bins if b
    ]


def find_error(sure: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error."""
    bins = find_bins(sure)
    total = sum(n for _, _, n in bins)
    return sum(abs(p - right) * n for p, right, n in bins) / max(1, total)


# ---------------------------------------------------------------- the table


def compare(title: str, stories: Sequence[Story]) -> Tally:
    """Print the table of one set; returns the tally of the default policy."""
    print(f"\n{title}: {len(stories)} histories\n{HEAD}")
    for name, pick in PEERS.items():
        tally = Tally()
        for story in stories:
            score(tally, story, play_peers(story, pick))
        print(tally.render(name), flush=True)
    tallies = []
    for name, policy in (("ours, eager", EAGER_POLICY), ("ours", DEFAULT_POLICY)):
        tally = Tally()
        for story in stories:
            comments, incidents = play_ours(story, policy)
            score(tally, story, comments)
            score_beliefs(tally, story, incidents)
        print(tally.render(name), flush=True)
        tallies.append(tally)
    last = tallies[-1]
    held = [right for p, right in last.sure if p >= 0.9]
    print(
        f"calibration error {find_error(last.sure):.3f} over {len(last.sure)} incidents; ", end=""
    )
    print(f"last held at 0.9 or more: {sum(held)} of {len(held)} right")
    print(render_reach(stories, last.told))
    return last


def render_reach(stories: Sequence[Story], told: Container[tuple[str, str]]) -> str:
    """How much builds could show before the fix, and how much of it was told."""
    there: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    for story in stories:
        for episode, left in find_commits_left(story).items():
            commits = {1: "one", 2: "two"}.get(left or 0, "more")
            there[commits] += 1
            reached[commits] += (story.name, episode) in told
    parts = [f"{name} in {there[name]}, {reached[name]} told" for name in ("one", "two", "more")]
    return f"commits left before the fix, for who knows what broke and where: {'; '.join(parts)}"


def plot(path: Path, tallies: dict[str, Tally]) -> None:
    """How often beliefs of each tenth were right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot(
        xlabel="belief in the first suspect, as last held", ylabel="share that was right"
    )
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for name, tally in tallies.items():
        bins = find_bins(tally.sure)
        axes.plot([p for p, _, _ in bins], [r for _, r, _ in bins], marker="o", label=name)
    axes.legend()
    figure.savefig(path, dpi=110)
    print(f"wrote {path}")


def main() -> int:
    """The table, the plot, or the speed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--histories", type=Path, help="a folder with *.jsonl.gz")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only every second file")
    parser.add_argument("--fleets", type=int, default=40, help="simulated fleets to play")
    parser.add_argument("--plot", type=Path, help="write the calibration plot here")
    parser.add_argument("--speed", action="store_true", help="what `bench.speed` does, instead")
    speed.add_arguments(parser)
    args = parser.parse_args()
    if args.speed:
        return speed.measure(args)
    folder = args.histories or find_histories()
    tallies = {}
    if folder is None:
        print("no recorded histories: NIGHTSWATCH_DATA is not set", file=sys.stderr)
    else:
        stories = list(load_stories(folder, args.half))
        tallies["recorded"] = compare("recorded histories", stories)
    if args.fleets:
        fleets = [make_story(f"fleet {n}", simulate(n, vary(n))) for n in range(args.fleets)]
        tallies["simulated"] = compare("simulated fleets", fleets)
    if args.plot:
        plot(args.plot, tallies)
    return 0


if __name__ == "__main__":
    sys.exit(main())
