"""A short storm: the process is killed, everything around it misbehaves, and nothing is lost."""

from pathlib import Path

import pytest

from bench.chaos import Plan, run
from bench.storm.judge import count_same_texts
from bench.storm.ledger import SqlitePlace


@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_nothing_said_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed within seconds, with GitHub and Buildbot failing: the same comments, once each."""
    plan = Plan(seed=7, kills=4, seconds=6, regressions=2, phases=1, brief=True)
    report = await run(plan, SqlitePlace(tmp_path / "storm.db"), tmp_path)
    with capsys.disabled():
        print(
            f"\nkilled {plan.kills} times: {len(report.storm.builds)} builds,"
            f" {len(report.storm.reds)} red, all read; {len(report.storm.standing)} comments as in"
            f" fine weather, {count_same_texts(report.calm, report.storm)} to the letter;"
            f" {report.seconds:.0f} s"
        )
    assert report.violations == []
    assert report.storm.standing
