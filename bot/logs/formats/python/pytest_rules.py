"""The lines of pytest and its plugins that matter, and which method of `Pytest` takes each."""

from __future__ import annotations

from bot.core.patterns import linear
from bot.logs.formats.base import Rule, rule
from bot.logs.formats.python.pytest_ids import FILE

_VERDICTS = ("FAILED", "ERROR")
# Of a file, one that ends like the tests of some plugin; a folder or any other file only where
# a message follows, or as a test in it. Other tools have "ERROR words" of their own.
_LISTED = rf"(?P<rest>{FILE}.*|[^\s:]+::.*|[^\s:]+/[^\s:]+ - .*)$"
_XDIST = r"^\[gw\d+\] \[[ \d%]+\] "

RULES: tuple[Rule, ...] = (
    rule("= test session starts", r"^=+ test session starts =+$", "start"),
    rule("rootdir: ", r"^rootdir: (?P<path>[^,]+?)(?:, .*)?$", "root"),
    rule("collected ",
        r"^(?:collecting \S* ?)?collected (?P<items>\d+) items?(?P<but>(?: / .*)?)$",
        "collected"),
    rule(" items]", r"^\d+ workers? \[(?P<items>\d+) items?\](?P<but>)", "collected"),
    rule("[100%]", r"\[100%\]", "whole"),
    rule("short test summary", r"^=+ short test summary info =+$", "begin_summary"),
    rule("rerun test summary", r"^=+ rerun test summary info =+$", "begin_summary"),
    # In colour the word ends before its blank.
    *(
        rule(word + end, rf"^(?P<what>{word}) {_LISTED}", "summary")
        for word in _VERDICTS
        for end in (" ", "\x1b[")
    ),
    *(rule(word, rf"{_XDIST}(?P<what>{word}) (?P<rest>{FILE}.*)$", "progress")
      for word in _VERDICTS),
    *(rule(word, rf"^(?P<rest>{FILE}(?:::.*?)?)(?: <- \S+)? (?P<what>{word})(?:\s+\[[ \d%]+\])?$",
           "progress") for word in _VERDICTS),
    # A subtest; its parameters stand on either side, depending on the version.
    rule("SUBFAIL",
        linear(
            r"^(?:\[.*?\] )?(?:\(.*?\) )?(?P<what>SUBFAIL)(?:ED)?(?:\[.*?\])? ?(?:\(.*?\))? ?"
            rf"{_LISTED}"
        ),
        "summary"),
    rule("RERUN", rf"^(?P<rest>{FILE}::.*?)(?: <- \S+)? RERUN\b", "rerun"),
    rule("RERUN", rf"{_XDIST}RERUN (?P<rest>{FILE}.*)$", "rerun"),
    rule("RERUN ", rf"^RERUN (?P<rest>{FILE}.*)$", "rerun"),
    rule("____ ", r"^_{2,} (?P<head>\S.*?) _{2,}$", "block"),
    # A name as wide as the terminal, or wider.
    rule(r"/[\no]_{1,3} [A-Za-z\[]/", r"^_{1,3} (?P<head>[A-Za-z\[].*?) _{1,4}$", "block"),
    rule("crashed while ", r"(worker '(gw\d+)' crashed while running ['\"](?P<id>.+)['\"])",
        "crash"),
    rule("worker restarting disabled", r"worker \w+ crashed and worker restarting disabled",
        "stopped"),
    rule("maximum crashed workers", r"maximum crashed workers reached: \d+", "stopped"),
    rule("Fatal Python error: ",
        linear(r"(?P<before>.*?)(?P<text>Fatal Python error: .*)$"), "fatal"),
    rule("Windows fatal exc", linear(r"(?P<before>.*?)(?P<text>Windows fatal exception: .*)$"),
        "fatal"),
    rule("+ Timeout +", linear(r"^(?P<before>.*?)\+{5,} Timeout \+{5,}"), "timeout"),
    rule("Timeout (", linear(r"(?P<before>.*?)Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!$"), "watchdog"),
    rule("INTERNALERROR>", r"^INTERNALERROR> (?P<text>[A-Za-z_][\w.]*(?::.*)?)$", "internal"),
    rule("INTERNALERROR>", r"^INTERNALERROR> Traceback \(most", "broke"),
    rule("while loading conftest", linear(r"(\w*Error while loading conftest .*)$"), "conftest"),
    rule(": error: ", linear(r"^\S*py\.?test\S*: error: (?P<text>.+)$"), "usage"),
    rule("error: unrecognized",
        linear(r"pytest.*: error: (?P<text>unrecognized arguments.*)"), "usage"),
    rule("ERROR: ",
        r"^(?P<text>ERROR: (?:(?:file or directory |module or package )?not found: "
        r"|Wrong expression passed to |Missing required plugins: |.*: unexpected line: "
        r"|Unknown config option: |found no collectors for ).*)$",
        "usage"),
    rule("Coverage failure", r"Coverage failure: total of \S+ is less than", "coverage"),
    rule("FAIL Required test", r"^FAIL Required test coverage", "coverage"),
    rule("no tests ran in", r"^(?:=+ )?no tests ran in [\d.]+ ?s", "nothing"),
    rule(r"/ in \d/",
        linear(r"^(?:=+ )?(?P<counts>(?:\d+ [\w ]+?, )*\d+ (?:passed|failed|errors?|skipped|"
        r"xfailed|xpassed|rerun|warnings?|deselected)(?:, .*)?) in [\d.]+ ?s(?:econds)?"
        r"(?: \(.*\))?(?: =+)?$"),
        "footer"),
    rule("! KeyboardInterrupt", r"^!+ KeyboardInterrupt !+$", "interrupted"),
    rule("! _pytest.outcomes", r"^!+ _pytest\.outcomes\.Exit: .* !+$", "interrupted"),
    rule("! stopping after", r"^!+ stopping after \d+ failures? !+$", "stopped"),
    rule("! Interrupted: ", r"^!+ Interrupted: .* !+$", "stopped"),
    rule("! session_interrupted", r"^!+ session_interrupted !+$", "stopped"),
    rule("! xdist.dsession.", r"^!+ xdist\.dsession\.Interrupted: .* !+$", "stopped"),
    rule("andomly-seed=", r"^Using --randomly-seed=(\d+)", "random_seed"),
    rule("andom-order-seed", r"random-order-seed[:=]\s*(\d+)", "random_seed"),
)  # fmt: skip
