"""The lines of regrtest that matter, and which method of `Regrtest` takes each."""

from __future__ import annotations

from bot.core.patterns import linear
from bot.logs.formats.base import Rule, rule
from bot.logs.formats.python.regrtest_progress import PROGRESS
from bot.logs.formats.python.unittest import BLOCK_RULES, XPASS

_START = r"^(?:\d+:\d\d:\d\d )?(?:load avg: [\d.,]+ )?Run (?:\d+ )?tests? "
_STRAY = ("Unraisable exc", "Uncaught thread exc", "threading_cleanup", "reap_children", "Dangling")

RULES: tuple[Rule, ...] = (
    *BLOCK_RULES,
    rule(r"/Ran \d/", r"^Ran \d+ tests? in ", "inner_footer"),
    rule(" -m test", r"^(?:\+ )?(\S*python\S*(?: .*)? -m test(?:\.regrtest)?(?: .*)?)$", "start"),
    rule("regrtest.py", r"^(?:\+ )?(\S*python\S* .*/regrtest\.py(?: .*)?)$", "start"),
    # The command, as Buildbot or make prints it; -G needs -v or -W, and --forever stops as well.
    rule(
        " -m test",
        r" -m test\b.*?\s(?:--failfast|--forever|-[vW]*[GF][vW]*)(?:[\s'\"]|$)",
        "fails_fast",
    ),
    rule("andom seed", r"Using random seed:? (\d+)", "random_seed"),
    rule(" failed -- ", r"(?:^|\s)test (\S+) (failed|crashed) -- (.*)$", "quiet_block"),
    rule(" crashed -- ", r"(?:^|\s)test (\S+) (failed|crashed) -- (.*)$", "quiet_block"),
    rule("Re-running ", r"^(?:\d+:\d\d:\d\d .*)?Re-running (?:\d+ )?failed tests", "begin_rerun"),
    rule(
        "Re-running ",
        linear(r"Re-running (?:test )?(\S+) in verbose mode(?: \(matching: (.*)\))?"),
        "rerun_file",
    ),
    rule("Fatal Python error: ", r"(Fatal Python error: .*)$", "crash"),
    rule("Windows fatal exc", r"(Windows fatal exception: .*)$", "crash"),
    rule("Timeout (", r"(Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!)", "timeout"),
    rule(" was modified by ", linear(r"Warning -- (.+) was modified by (\S+)"), "env_changed"),
    *(rule(f"Warning -- {what}", rf"Warning -- {what}", "stray") for what in _STRAY),
    rule(" leaked [", linear(r"(?:^|\s)(\S+) leaked \[.*\] ([a-z ]+), sum="), "leak"),
    rule("== CPython ", r"^== CPython \d", "sign"),
    rule(" tests sequentially", _START, "sign"),
    rule(" in parallel", _START, "sign"),
    rule(
        "Result: ",
        r"^Result: ((?:SUCCESS|FAILURE|ENV CHANGED|INTERRUPTED|NO TESTS RAN)\b.*)$",
        "result",
    ),
    rule(" re-run test", r"^\d+ re-run tests?:$", "rerun_files"),
    rule("ests result: ", r"^(?:== )?Tests result: ([A-Z][A-Za-z ,]*?)(?: ==)?$", "result"),
    rule(" failed:", r"^(\d+) tests? failed:$", "failed_files"),
    rule(" failed again:", r"^(\d+) tests? failed again:$", "failed_again"),
    rule("altered the exec", r"^\d+ tests? altered the execution environment", "env_files"),
    rule(" run no tests:", r"^\d+ tests? run no tests:$", "no_tests"),
    rule(" omitted:", r"^\d+ tests? omitted:$", "omitted"),
    rule(" tests OK.", r"^(?:All )?\d+ tests? OK\.$", "footer"),
    rule(" test OK.", r"^(?:All )?\d+ tests? OK\.$", "footer"),
    rule("non-zero exit", PROGRESS.pattern, "died"),
    rule("crashed (Exit", PROGRESS.pattern, "died"),
    rule(r"/ crashed[\r\n\x1b]/", PROGRESS.pattern, "died"),
    rule("unexpected succ", XPASS, "xpass"),
    rule("timed out (", PROGRESS.pattern, "died"),
    rule(
        "] Segmentation f", linear(r"^\S*make\S*: \*\*\* \[.*\] (Segmentation fault)"), "died_alone"
    ),
    rule("] Aborted", linear(r"^\S*make\S*: \*\*\* \[.*\] (Aborted)"), "died_alone"),
)
