"""What is read of each test runner, as the real logs of the tests show it.

Input: the logs in `tests/data`, read as anybody's. Output: a table in Markdown. A runner without a
log of our own is named all the same: nobody vouches for it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.log_reading import Reading
from bot.logs import FORMAT_NAMES, read_log
from bot.logs.formats import FORMATS
from bot.logs.formats.runner import Runner
from bot.logs.rerun.command import OWN_LINES

DATA = Path(__file__).parent.parent / "tests" / "data"
_FOLDERS = ("logs/logs", "runners/logs", "python")
# Logs that are told by name; more are only counted.
_SHOWN = 3

# With which the logs were made; the notes beside them say the same in words.
VERSIONS = {
    "avocado": "113.0", "asv": "0.6.6", "dune": "2.9.3", "octave": "7.3.0", "pg_regress": "15.20",
    "phpt": "PHP 8.2.36", "qttest": "6.4.2", "zfs-tests": "2.4.99",
    "alcotest": "1.6.0", "ert": "Emacs 28.2", "testthat": "3.1.6",
    "autotest": "2.71", "automake": "1.16.5", "bats": "1.8.2", "busted": "2.1.1",
    "catch2": "2.13.10", "check": "0.15.2", "cmocka": "1.1.5", "cppunit": "1.15.1",
    "common_test": "OTP 25", "cunit": "2.1-3", "criterion": "2.4.1", "ctest": "3.25.1",
    "dejagnu": "1.6.3", "doctest-cpp": "2.4.9", "eunit": "OTP 25", "exunit": "1.14.0",
    "kyua": "0.13", "nextest": "0.9.148", "glib": "2.74.6", "minitest": "5.17.0",
    "phpunit": "9.6.7", "phpunit-testdox": "9.6.7", "regrtest": "2.7, 3.6 to 3.13",
    "rspec": "3.12.0", "shunit2": "2.1.8", "tcltest": "2.5.5", "test-unit": "3.5.7",
    "tap": "prove 3.44, bats 1.8.2, node 20.20.2",
}  # fmt: skip


@dataclass
class Seen:
    """What the logs of one runner show."""

    logs: list[str] = field(default_factory=list)
    names: bool = False
    causes: bool = False
    reruns: bool = False
    seeds: bool = False


def render_runners() -> str:
    """One row per test runner, in the order of their names."""
    seen = _read_all()
    runners = {form.suite for form in FORMATS if issubclass(form, Runner)} | set(seen)
    head = "| runner | versions | names | causes | re-runs | seed | reproduce | real logs |\n"
    rows = (
        _render(name, seen[name]) for name in sorted(runners & set(FORMAT_NAMES), key=str.lower)
    )
    return f"{head}|---|---|---|---|---|---|---|---|\n{''.join(rows)}"


def _render(name: str, seen: Seen) -> str:
    more = f" and {len(seen.logs) - _SHOWN} more" if len(seen.logs) > _SHOWN else ""
    logs = ", ".join(f"`{log}`" for log in seen.logs[:_SHOWN]) + more
    marks = " | ".join(
        "yes" if mark else "" for mark in (seen.names, seen.causes, seen.reruns, seen.seeds)
    )
    reproduce = "the failed tests" if name in OWN_LINES else "the build's command"
    version = VERSIONS.get(name, "")
    return f"| {name} | {version} | {marks} | {reproduce} | {logs or 'none'} |\n"


def _read_all() -> defaultdict[str, Seen]:
    found: defaultdict[str, Seen] = defaultdict(Seen)
    for folder in _FOLDERS:
        for path in sorted((DATA / folder).glob("*.log")):
            reading = read_log([path.read_bytes()])
            for name in dict.fromkeys(run.suite for run in reading.runs):
                _note(found[name], name, path.stem, reading)
    return found


def _note(seen: Seen, name: str, log: str, reading: Reading) -> None:
    mine = [failure for failure in reading.failures if failure.suite == name]
    seen.logs.append(log)
    seen.names |= any(failure.test for failure in mine)
    seen.causes |= any(f.test and f.message and f.message not in f.test for f in mine)
    seen.reruns |= bool(reading.rerun) or any(f.passed_on_rerun is not None for f in mine)
    seen.seeds |= bool(reading.seed)
