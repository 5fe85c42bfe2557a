"""A search at work: by the victim's own verdict, with what was recorded, and within its time."""

import shlex
import sys
from pathlib import Path

import pytest

from bot.cli.order_runs.session import Job, Session
from bot.cli.order_runs.state import RunRecord
from bot.cli.order_runs.template import Template
from bot.core.errors import UserError
from bot.core.order_search.judging import Basis
from bot.core.order_search.model import Limits, Outcome, State

# Prints as unittest does: test_other fails always, the victim behind test_b; test_c kills the run.
SCRIPT = """\
import sys
words = sys.argv[1:]
failed = [w for w in words if w == "m.T.test_other" or w == "m.T.test_v" and "m.T.test_b" in words]
for name in failed:
    print("=" * 70 + f"\\nFAIL: {name.rpartition('.')[2]} ({name})\\n" + "-" * 70)
    print('Traceback (most recent call last):\\n  File "m.py", line 1')
    print('AssertionError: no\\n')
print("-" * 70 + f"\\nRan {len(words)} tests in 0.1s\\n\\nFAILED (failures={len(failed)})")
sys.exit(1)
"""
JOB = Job(
    tuple(f"m.T.test_{name}" for name in ("a", "other", "b", "d")), "m.T.test_v", "m.T.test_v"
)


def make_template(folder: Path, script: str = SCRIPT) -> Template:
    (folder / "script.py").write_text(script)
    return Template(
        shlex.join([sys.executable, "-S", "-E", str(folder / "script.py")]) + " {tests}"
    )


def make_session(folder: Path, template: Template, timeout: float | None = 60.0) -> Session:
    return Session(JOB, template, Limits(), timeout, RunRecord(folder / "state", {}))


def test_another_test_that_always_fails_does_not_mislead(tmp_path: Path) -> None:
    """By the exit status every list would fail, the victim alone among them."""
    result = make_session(tmp_path, make_template(tmp_path)).play()
    assert result.state is State.FOUND
    assert JOB.choose(result.needed or ()) == ["m.T.test_b", "m.T.test_v"]


def test_what_is_recorded_is_not_run_again(tmp_path: Path) -> None:
    template = make_template(tmp_path)
    first = make_session(tmp_path, template)
    result = first.play()
    lines = (tmp_path / "state").read_text().splitlines()
    assert len(lines) == result.runs + 1
    first._record.close(done=False)  # as when the process ended
    (tmp_path / "script.py").unlink()
    again = make_session(tmp_path, template)
    assert again.runs == result.runs
    assert again.play() == result
    assert again.seconds == pytest.approx(first.seconds, abs=0.1)


def test_a_record_that_does_not_fit_is_told(tmp_path: Path) -> None:
    record = RunRecord(tmp_path / "state", {})
    record.add((3,), Outcome.FAILED, Basis.TEST, 1.0)
    with pytest.raises(UserError, match="run 1 is not of this search"):
        Session(JOB, make_template(tmp_path), Limits(), None, record)


def test_the_first_run_gets_an_hour_and_the_others_what_it_took(tmp_path: Path) -> None:
    session = make_session(tmp_path, make_template(tmp_path), timeout=None)
    assert session._find_timeout() == 3600.0
    session._take(Outcome.FAILED, Basis.TEST, 2.0)
    assert session._find_timeout() == 60.0
    session._take(Outcome.PASSED, Basis.TEST, 400.0)
    assert session._find_timeout() == 1200.0


def test_a_command_that_runs_nothing_is_told_with_its_last_words(tmp_path: Path) -> None:
    template = make_template(tmp_path, "import sys; print('usage: x'); sys.exit('x: error: no')")
    with pytest.raises(UserError, match=r"ran no test \(exit status 1\): (usage: x|x: error: no)"):
        make_session(tmp_path, template).play()
