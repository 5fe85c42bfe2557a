"""Every golden log is read right: plain, and with everything that is wrapped around logs."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Reading
from bot.logs import read_log

CORPUS = Path(__file__).parent.parent / "data" / "logs"
TRUTHS = {path.stem: json.loads(path.read_text()) for path in CORPUS.glob("truth/*.json")}
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def load(name: str) -> bytes:
    return (CORPUS / str(TRUTHS[name]["log"])).read_bytes()


@cache
def read(name: str) -> Reading:
    return read_log([load(name)])


def simplify(line: str) -> str:
    return " ".join(ANSI.sub("", line).split())


@pytest.mark.parametrize("name", sorted(TRUTHS))
def test_golden(name: str) -> None:
    """What the bot would say of this build is what happened in it."""
    truth, reading = TRUTHS[name], read(name)
    shown = [simplify(line) for line in reading.excerpt]
    key = simplify(truth["key_lines"][0]["text"])
    assert reading.kind == truth["kind"]
    assert {f.test for f in reading.failures if f.test} == {t["id"] for t in truth["failing_tests"]}
    assert any(key[:200] == line[:200] for line in shown), (key, shown)
    assert (reading.rerun, reading.seed) == (truth["rerun"], truth["random_seed"])
    assert (reading.command, reading.exit_status) == (truth["command"], truth["exit_status"])
    check_details(truth, reading)


def check_details(truth: dict[str, Any], reading: Reading) -> None:
    first = reading.failures[0] if reading.failures else None
    if truth["location"]:
        assert truth["location"] in {failure.location for failure in reading.failures}
    if truth["exception"]:
        assert first is not None
        assert first.exception == truth["exception"]["type"]
    if truth["complete"] is not None:
        assert {run.complete for run in reading.runs} == {truth["complete"]}
    if truth["not_reached"]:
        assert reading.runs[0].not_reached == tuple(truth["not_reached"])


@pytest.mark.parametrize("name", sorted(TRUTHS))
def test_excerpts_are_short_and_true(name: str) -> None:
    """Nobody is shown a line that is not in the log, or a line of Buildbot's own."""
    reading = read(name)
    lines = {simplify(line) for line in load(name).decode("utf-8", "replace").split("\n")}
    own = [line for failure in reading.failures for line in failure.excerpt]
    assert len(reading.excerpt) <= 40
    for line in (*reading.excerpt, *own):
        text = simplify(line)
        cut = text.removesuffix(" …")
        assert text in lines or any(known.startswith(cut) for known in lines)
        assert not re.match(r"argv: \[|using PTY|program finished|elapsedTime", text)
        assert not re.search(r"\.\.\. ok$|^PASS: | PASSED\b", text)


WRAPS = {
    "letters": "o{}",
    "github": "2024-06-07T05:32:31.5456787Z {}",
    "jenkins": "[2024-06-07T05:32:31.545Z] {}",
    "colours": "\x1b[0m{}\x1b[K",
    "windows": "{}\r",
    "progress": "\x1b[2K[1/400] test_x\r\x1b[2K[2/400] test_y\r{}",
}


@pytest.mark.parametrize("wrap", WRAPS)
def test_wrapped_logs_read_the_same(wrap: str) -> None:
    """The same build through GitHub Actions, Jenkins, a terminal or Buildbot's REST API."""
    for name in sorted(TRUTHS)[::3]:
        text = load(name).decode("utf-8", "surrogateescape").removesuffix("\n")
        lines = text.split("\n")
        if wrap == "progress":  # an empty line behind a bar is the bar
            lines = [line or " " for line in lines]
        wrapped = "\n".join(WRAPS[wrap].format(line) for line in lines) + "\n"
        reading = read_log([wrapped.encode("utf-8", "surrogateescape")])
        assert reading.kind == read(name).kind, name
        assert reading.tests == read(name).tests, name
        assert reading.excerpt == read(name).excerpt, name


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(TRUTHS) >= 60


@pytest.mark.parametrize("name", sorted(TRUTHS)[1::3])
def test_what_stands_around_makes_no_difference(name: str) -> None:
    """A log is mostly other tools' good news; a failure must not take their lines for its own."""
    news = [
        "PASS: P :: a/error-1.ll (1 of 52000)",
        "test_errors (test.test_x.Xs.test_errors) ... ok",
    ]
    around = "\n".join(news * 300).encode() + b"\n"
    plain, reading = read(name), read_log([around, load(name).rstrip(b"\n") + b"\n", around])
    assert (reading.kind, reading.tests, reading.rerun) == (plain.kind, plain.tests, plain.rerun)
    assert (reading.seed, reading.command) == (plain.seed, plain.command)
    assert (reading.runs, reading.exit_status) == (plain.runs, plain.exit_status)
    if plain.failures:  # of a log that is not understood the last lines are shown
        assert reading.excerpt == plain.excerpt
