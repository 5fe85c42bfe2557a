"""`backtest --requests`: what is said and asked, and what becomes of a command that misbehaves."""

import json
import shlex
import sys
import time
from pathlib import Path

import pytest

from bench.histories.answering import AnsweringFleet
from bench.histories.stories import Story, make_story
from bench.simulate import Knobs, simulate
from bot.__main__ import main
from bot.cli.request_process import RequestProcess
from bot.core.errors import UserError
from bot.core.history.backtest_requests import play_branch_with_requests
from bot.core.history.requested_builds import Answerer, RequestedBuilds
from bot.core.model import DEFAULT_LIMITS
from bot.core.policy.thresholds import DEFAULT_POLICY

FLEET = Knobs(builders=4, days=6.0, commits_per_day=40.0, regressions_per_commit=0.03)
ECHO = "import sys, json\nfor line in sys.stdin:\n    question = json.loads(line)\n    {body}\n"


def make_fleet(seed: int = 5) -> Story:
    return make_story("fleet", simulate(seed, FLEET))


def write(folder: Path, story: Story) -> str:
    path = folder / "fleet.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in story.rows))
    return str(path)


def write_truth(folder: Path, seed: int = 5) -> str:
    """The whole file, and a command that answers from it as a process of its own."""
    (folder / "truth.jsonl").write_text("\n".join(json.dumps(r) for r in simulate(seed, FLEET)))
    script = folder / "answers.py"
    script.write_text(
        "import json, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from bench.histories.answering import AnsweringFleet\n"
        "from bench.histories.stories import make_story\n"
        "rows = [json.loads(line) for line in open(sys.argv[1])]\n"
        "fleet = AnsweringFleet(make_story('fleet', rows))\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps(fleet.answer(json.loads(line))), flush=True)\n"
    )
    return shlex.join([sys.executable, str(script), str(folder / "truth.jsonl")])


def backtest(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> dict[str, list[dict[str, object]]]:
    assert main(["backtest", "--json", *arguments]) == 0
    found: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
    return found


def test_it_asks_and_says_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each request tells why, and what came of it; nobody is asked more than the share."""
    file = write(tmp_path, make_fleet())
    command = write_truth(tmp_path)
    asked = backtest(capsys, "--requests", command, file)
    assert asked["requests"]
    for request in asked["requests"]:
        assert request["reason"]
        assert request["state"] in {"finished", "cancelled"}
        assert request["ended"] is None or int(str(request["ended"])) > int(str(request["at"]))
    silent = backtest(capsys, file)
    assert "requests" not in silent
    assert backtest(capsys, "--requests", command, file) == asked


def test_nothing_is_asked_at_a_commit_that_has_not_landed() -> None:
    """Nor is anything collected before it ends, nor a builder asked for more than its share."""
    story = make_fleet()
    fleet = AnsweringFleet(story)
    landed = {r["sha"]: r["at"] for r in story.rows if r["type"] == "commit"}
    questions: list[dict[str, object]] = []

    class Watching:
        def answer(self, question: dict[str, object]) -> object:
            questions.append(question)
            answer = fleet.answer(question)
            assert isinstance(answer, dict)
            assert "refused" not in answer
            return answer

    play(story, Watching())
    asked = [q for q in questions if "ask" in q]
    assert asked
    assert all(int(str(landed[q["revision"]])) <= int(str(q["at"])) for q in asked)
    assert max(fleet.find_shares().values()) <= 0.15


def play(story: Story, answerer: Answerer) -> None:
    for branch, epochs in story.history.branches.items():
        builds = RequestedBuilds(answerer)
        played = play_branch_with_requests(
            branch, epochs, DEFAULT_POLICY, builds, limits=DEFAULT_LIMITS
        )
        assert list(played)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("print('no such thing', flush=True)", "no JSON"),
        ("print('[1, 2]', flush=True)", "not an object"),
        ("print('{}', flush=True)", "starts is missing"),
        ("print(json.dumps({'starts': 5, 'ends': 4}), flush=True)", "before it was asked"),
        ("print(json.dumps({'starts': 1e300, 'ends': 1e301}), flush=True)", "starts is missing"),
        ("print(json.dumps({'starts': True, 'ends': 'x'}), flush=True)", "starts is missing"),
        ("sys.exit('the fleet burnt down')", "the fleet burnt down"),
        ("sys.stdout.close(); sys.exit(0)", "ended with"),
        (
            (
                "print(json.dumps({'starts': question['at'] + 1, 'ends': question['at'] + 2}"
                " if 'ask' in question else {'type': 'build'}), flush=True)"
            ),
            "result is missing",
        ),
    ],
)
def test_a_command_that_answers_nonsense_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str, words: str
) -> None:
    """One clear line and exit 2; never a traceback, never a comment that rests on it."""
    script = tmp_path / "broken.py"
    script.write_text(ECHO.format(body=body))
    command = shlex.join([sys.executable, str(script)])
    assert main(["backtest", "--json", "--requests", command, write(tmp_path, make_fleet())]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--requests" in err
    assert words in err
    assert "Traceback (most recent call last)" not in err


def test_a_command_that_refuses_everything_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "refuses.py"
    script.write_text(ECHO.format(body="print(json.dumps({'refused': 'no'}), flush=True)"))
    command = shlex.join([sys.executable, str(script)])
    found = backtest(capsys, "--requests", command, write(tmp_path, make_fleet()))
    assert {r["state"] for r in found["requests"]} == {"refused"}


def test_a_command_that_never_answers_is_not_waited_for() -> None:
    """It is ended, too: no process is left behind."""
    process = RequestProcess([sys.executable, "-c", "import time; time.sleep(60)"], patience=0.5)
    begin = time.monotonic()
    with pytest.raises(UserError, match="no answer within"):
        process.answer({"ask": "1"})
    process.close(patience=0.1)
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("command", ["", "no-such-command-here", "'unbalanced"])
def test_a_command_that_cannot_be_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(["backtest", "--requests", command, write(tmp_path, make_fleet())]) == 2
    assert "--requests" in capsys.readouterr().err


def test_the_file_stands_for_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`{file}` is the history file; standard input is none."""
    story = make_fleet()
    path = write(tmp_path, story)
    script = tmp_path / "tells.py"
    script.write_text("import sys\nsys.exit('got ' + sys.argv[1])\n")
    command = shlex.join([sys.executable, str(script), "{file}"])
    assert main(["backtest", "--requests", command, path]) == 2
    assert f"got {path}" in capsys.readouterr().err
