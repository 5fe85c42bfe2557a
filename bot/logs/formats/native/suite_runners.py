"""Runners of whole suites of programs: of systems, data bases and compilers."""

from __future__ import annotations

from bot.core.patterns import linear
from bot.logs.formats.native.autotest import Autotest
from bot.logs.formats.native.octave import Octave
from bot.logs.formats.runner import make_runner, sign, verdict

# Since 2.2 the time stands before.
_ZFS = (
    r"^(?:\[[\dT:.-]+\] )?Test(?: \(\w+\))?: \S*?tests/(?P<id>\S+) \(run as \w+\) "
    r".*(?P<text>\[(?:FAIL|KILLED)\])$"
)
_PG_DIFF = r"^diff -U3 \S+/expected/(?P<id>[\w-]+?)(?:_\d+)?\.out \S+/results/\S+\.out$"
_TWISTER = (
    r"(?:^|- )\s*\d+/\s*\d+ (?P<scope>\S+)\s+(?P<id>\S+)\s+FAILED:? (?P<text>.+?)"
    r" \([\w ]+[\d.]*s?\)$"
)

SUITE_RUNNERS = (
    Autotest,
    make_runner(
        "pg_regress",
        verdict(
            "... FAILED", r"^(?:test)?\s+(?P<id>\S+)\s+\.\.\. (?P<text>FAILED(?: \(.+?\))?)(?:\s|$)"
        ),
        # `cat regression.diffs`
        verdict("/results/", _PG_DIFF, below=30),
        closing=(
            sign(" tests failed.", r"^ ?\d+ of \d+ tests failed\."),
            sign(" tests passed.", r"^ ?All \d+ tests passed\."),
        ),
        stop=r"^(?:diff -U3|={6,})|^\S+: \*\*\*",
        cause=r"^(?P<text>[-+](?![-+]{2} ).*)$",
        message_lines=2,
    ),
    make_runner(
        "mysql-test-run",
        verdict(
            "[ fail ]",
            r"^(?:\[\s*\d+%\] )?(?P<id>[\w-]+(?:\.[\w-]+)+)(?: '[^']*')?\s+(?:w\d+ )?\[ fail \]",
            below=25,
        ),
        closing=(sign("Completed: ", r"^Completed: "), sign("Spent ", r"^Spent [\d.]+ of \d+")),
        stop=r"^(?:\[\s*\d+%\] )?[\w-]+(?:\.[\w-]+)+ .*\[ (?:pass|fail|skipped) \]"
        r"|^-{40,}$| - saving '",
        cause=r"^(?:mysqltest|mariadb-test)?:? ?(?P<text>At line \d+: .+)$",
    ),
    make_runner(
        "kyua",
        verdict(
            "  ->  ",
            linear(r"^(?P<id>\S+:\S+)  ->  (?:failed|broken): (?P<text>.+?)(?:  \[[\d.]+s\])?$"),
        ),
        closing=(
            sign(" passed (", r"^\d+/\d+ passed \(\d+ (?:failed|broken)"),
            sign("Results saved to", r"^Results saved to "),
        ),
    ),
    make_runner(
        "ptest",
        verdict("FAIL: ", r"^FAIL: (?P<id>.+)$", above=15),
        scopes=(sign("BEGIN: ", linear(r"^BEGIN: \S*?(?P<scope>[^/\s]+)/ptest$")),),
        closing=(sign("STOP: ptest-runner", r"^STOP: ptest-runner"),),
        stop=r"^(?:PASS|FAIL|SKIP|XFAIL|BEGIN|END|DURATION|START)\b|^\d{4}-\d\d-\d\dT",
        spelling="{scope}: {id}",
    ),
    make_runner(
        "kunit",
        verdict("[FAILED] ", r"^(?:\[[\d:]+\] )?\[FAILED\] (?P<id>[^=\s].*)$", above=20),
        verdict("[CRASHED] ", r"^(?:\[[\d:]+\] )?\[CRASHED\] (?P<id>[^=\s].*)$", above=20),
        scopes=(sign(" subtest", r"^(?:\[[\d:]+\] )?=+ (?P<scope>\S+) \(\d+ subtests?\) =+$"),),
        closing=(sign("Testing complete.", r"^(?:\[[\d:]+\] )?Testing complete\. "),),
        stop=r"^(?:\[[\d:]+\] )?(?:\[(?:PASSED|FAILED|SKIPPED|CRASHED)\]|=+)",
        cause=r"# \S+: (?P<text>(?:EXPECTATION|ASSERTION) FAILED at (?P<path>[^\s:]+)"
        r":(?P<line>\d+))$",
        spelling="{scope} > {id}",
    ),
    make_runner(
        "zfs-tests",
        verdict("[FAIL]", _ZFS),
        verdict("[KILLED]", _ZFS),
        closing=(sign("Results Summary", r"^Results Summary$"),),
    ),
    make_runner(
        "fate",
        verdict("Look at ", r"^Test (?P<id>\S+) failed\. Look at .* for details\.$", above=30),
        stop=r"^(?:TEST|GEN|CC|LD|AR)\s",
    ),
    make_runner(
        "twister",
        verdict(" FAILED ", _TWISTER),
        verdict(" FAILED: ", _TWISTER),  # up to Zephyr 3.6
        opening=(sign("Zephyr version", r"Zephyr version: "),),
        closing=(sign("test configurations", r"of \d+ (?:executed )?test configurations passed"),),
        spelling="{id}",
    ),
    Octave,
)
