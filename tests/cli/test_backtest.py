"""The backtest: what it prints, and that nothing is said from the future."""

import gzip
import json
from pathlib import Path

import pytest

from bench.simulate import Knobs, simulate
from bot.__main__ import main
from bot.cli.backtest import load_history, make_document
from bot.core.errors import UserError
from bot.core.history.backtest import play_branch
from bot.core.history.read import parse_history
from bot.core.policy.thresholds import DEFAULT_POLICY

Row = dict[str, object]
# A fleet that says some things within a second of work.
FLEET = Knobs(builders=4, days=8.0, commits_per_day=20.0, regressions_per_commit=0.04)


def known(seed: int = 5) -> list[Row]:
    return [r for r in simulate(seed, FLEET) if r["type"] != "truth"]


def play(rows: list[Row]) -> dict[str, list[dict[str, object]]]:
    history = parse_history([json.dumps(r) for r in rows])
    reports = [
        report
        for branch, epochs in history.branches.items()
        for report in play_branch(branch, epochs, DEFAULT_POLICY)
        if report is not None
    ]
    return make_document(reports, 0)  # type: ignore[return-value] # comments and incidents are lists


def write(folder: Path, rows: list[Row]) -> str:
    path = folder / "fleet.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in rows))
    return str(path)


def moment(row: Row) -> int:
    return int(str(row.get("finished", row.get("at", 0))))


def test_nothing_is_said_from_the_future() -> None:
    """A shorter file says the same until it ends."""
    rows = known()
    whole = play(rows)["comments"]
    assert whole
    cut = sorted(moment(r) for r in rows)[len(rows) * 6 // 10]
    part = play([r for r in rows if moment(r) <= cut])["comments"]
    said = [(c["at"], c["pr"], c["tests"]) for c in whole if int(str(c["at"])) <= cut]
    assert said == [(c["at"], c["pr"], c["tests"]) for c in part]


def test_the_order_of_failures_within_a_build_does_not_matter() -> None:
    rows = known()
    turned = [dict(r) for r in rows]
    for row in turned:
        failures = row.get("failures")
        if isinstance(failures, list):
            row["failures"] = failures[::-1]
    assert play(turned)["comments"] == play(rows)["comments"]


def test_a_file_prints_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fleet.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(r) for r in known()).encode()))
    assert main(["backtest", "--json", str(path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"comments", "incidents", "summary"}
    comment, incident = document["comments"][0], document["incidents"][0]
    assert {"at", "pr", "sha", "tests", "builders", "verdict", "confidence"} <= set(comment)
    assert {"id", "range", "verdict", "state", "suspects", "opened", "closed"} <= set(incident)
    assert main(["backtest", "--policy", "eager", str(path)]) == 0
    assert "pull" in capsys.readouterr().out


def test_commits_that_do_not_hang_together_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every commit named itself as its parent: nothing was said any more, and nothing why."""
    rows = known()
    for row in rows:
        if row["type"] == "commit":
            row["parent"] = row["sha"]
    assert main(["backtest", write(tmp_path, rows)]) == 0
    told = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert told["comments"] == told["pulls told"] == "0"
    assert int(told["gaps in the commits"]) == int(told["commits"]) - 1


def test_a_fleet_without_stable_builders_is_told_why_it_hears_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = known()
    for row in rows:
        if row["type"] == "builder":
            row["tags"] = ["linux"]
    assert main(["backtest", write(tmp_path, rows)]) == 0
    out, err = capsys.readouterr()
    told = dict(line.split(": ") for line in out.splitlines())
    assert (told["builders"], told["stable builders"], told["comments"]) == ("4", "0", "0")
    assert "no builder that built on main has the tag 'stable'" in err


@pytest.mark.parametrize("content", [b"", b"no history\n", b"\x1f\x8bbroken"])
def test_a_file_that_is_none_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"x\.jsonl: "):
        load_history(str(path))


def test_a_file_that_is_not_there() -> None:
    assert main(["backtest", "/nowhere/x.jsonl"]) == 2


def test_shares_are_checked() -> None:
    with pytest.raises(SystemExit):
        main(["backtest", "--confidence", "2", "x"])
