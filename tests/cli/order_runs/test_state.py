"""The record of a search: gone on with, torn, foreign, in use, and on a full disk."""

import json
import resource
from pathlib import Path

import pytest

from bot.cli.order_runs.state import RunRecord, make_identity
from bot.core.errors import UserError
from bot.core.order_search.judging import Basis
from bot.core.order_search.model import Outcome

IDENTITY = make_identity(["a", "b"], "v", "run {tests}", (0.01, 7, None))
RUNS = [
    ((0, 1), Outcome.FAILED, Basis.TEST, 1.25),
    ((), Outcome.PASSED, Basis.TEST, 0.5),
]


def write(path: Path) -> None:
    record = RunRecord(path, IDENTITY)
    for run in RUNS:
        record.add(*run)
    record.close(done=False)


def test_what_was_run_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path)
    record = RunRecord(path, IDENTITY)
    assert record.runs == RUNS
    record.add((1,), Outcome.UNRESOLVED, None, 3.0)
    record.close(done=False)
    assert len(RunRecord(path, IDENTITY).runs) == 3
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_done_leaves_no_file(tmp_path: Path) -> None:
    RunRecord(tmp_path / "state", IDENTITY).close(done=True)
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_was_never_counted(tmp_path: Path) -> None:
    """At whatever byte; what is added stands on a line of its own."""
    path = tmp_path / "state"
    write(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        record = RunRecord(path, IDENTITY)
        assert record.runs == RUNS[: max(0, whole[:size].count(b"\n") - 1)]
        record.add(*RUNS[0])
        record.close(done=False)
        assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (make_identity(["a"], "v", "run {tests}", (0.01, 7, None)), "order"),
        (make_identity(["a", "b"], "v", "other {tests}", (0.01, 7, None)), "command"),
        (make_identity(["a", "b"], "v", "run {tests}", (0.05, 7, None)), "limits"),
    ],
)
def test_the_record_of_another_search_is_left_alone(
    identity: dict[str, object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "state"
    write(path)
    before = path.read_bytes()
    with pytest.raises(UserError, match=rf"another search \({words}\)"):
        RunRecord(path, identity)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ["my notes\n", "[1]\n", '{"a": 1}\n', "\xff\xfe\n", '{"nightswatch": "bisect-order"}\n[]\n'],
)
def test_somebody_elses_file_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text(text, "latin-1")
    with pytest.raises(UserError):
        RunRecord(path, IDENTITY)
    assert path.read_text("latin-1") == text


def test_two_searches_do_not_share_a_record(tmp_path: Path) -> None:
    path = tmp_path / "state"
    first = RunRecord(path, IDENTITY)
    with pytest.raises(UserError, match="is in use"):
        RunRecord(path, IDENTITY)
    first.close(done=False)
    RunRecord(path, IDENTITY).close(done=True)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """What was recorded before is still there."""
    path = tmp_path / "state"
    write(path)
    record = RunRecord(path, IDENTITY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(UserError, match="cannot write"):
            record.add(*RUNS[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        record.close(done=False)
    assert RunRecord(path, IDENTITY).runs == RUNS


def test_a_device_is_no_record() -> None:
    with pytest.raises(UserError, match="/dev/full is no file"):
        RunRecord(Path("/dev/full"), IDENTITY)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file or directory"):
        RunRecord(tmp_path / "nowhere" / "state", IDENTITY)
