"""A backtest teaches: which thresholds hold, how each comment ended, what another preset does."""

from pathlib import Path

import pytest

from bot.__main__ import main
from tests.cli.test_backtest import known, write


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("POLICY", "POLICY_CONFIDENCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, known())


def tell(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["backtest", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_thresholds_in_force_are_told(
    past: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(capsys, past)[0] == "policy: default"
    assert tell(capsys, "--policy", "eager", past)[0] == "policy: eager"
    monkeypatch.setenv("POLICY", "careful")
    monkeypatch.setenv("POLICY_CONFIDENCE", "0.9")
    told = tell(capsys, "--set", "failures_needed=3", past)[0]
    assert told == "policy: careful, POLICY_CONFIDENCE=0.9, failures_needed=3"


def test_each_comment_is_a_line_with_its_end(past: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = tell(capsys, past)
    (count,) = [int(line.partition(": ")[2]) for line in lines if line.startswith("comments: ")]
    told = [line for line in lines if line.partition(".")[0].isdigit()]
    assert len(told) == count > 0
    ends = ("still red", "fixed", "withdrawn", "closed")
    assert all(any(f" – {end}" in line for end in ends) for line in told)


def test_two_presets_stand_side_by_side(past: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = tell(capsys, "--policy", "careful", "--compare", "eager", past)
    (head,) = [line for line in lines if line.split() == ["careful", "eager"]]
    rows = lines[lines.index(head) + 1 :]
    figures = {row[:12].strip(): row[12:].split() for row in rows if not row.startswith("only")}
    careful, eager = (int(text) for text in figures["comments"])
    only = [sum(row.startswith(f"only {name}: ") for row in rows) for name in ("careful", "eager")]
    assert careful - only[0] == eager - only[1], "what both say is the same"
    same = tell(capsys, "--compare", "default", past)
    assert not [line for line in same if line.startswith("only ")]


def test_a_comment_is_shown_with_what_it_rests_on(
    past: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(tell(capsys, "--show", "1", past))
    shown = text.partition("Comment 1, on #")[2]
    assert "This PR" in shown
    assert "because " in shown
    assert main(["backtest", "--show", "999", past]) == 2
    assert "--show 999: there are " in capsys.readouterr().err
