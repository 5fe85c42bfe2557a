"""The lines of pytest and its plugins that matter, and which method of `Pytest` takes each."""

from __future__ import annotations

from bot.logs.formats.base import Rule, rule

_ID = r"(?P<id>[^\s:]+\.(?:py|rst|txt|md)(?:::\S.*?)?)"

RULES: tuple[Rule, ...] = (
    rule("= test session starts", r"^=+ test session starts =+$", "start"),
    rule("short test summary", r"^=+ short test summary info =+$", "begin_summary"),
    # In colour the word ends before its blank.
    *(
        rule(word + end, rf"^(?P<what>{word}) {_ID}(?: - (?P<text>.*))?$", "summary")
        for word in ("FAILED", "ERROR")
        for end in (" ", "\x1b[")
    ),
    rule("FAILED", rf"^\[gw\d+\] \[[ \d%]+\] (?P<what>FAILED) {_ID}\s*$", "progress"),
    rule("FAILED", rf"^{_ID}(?: <- \S+)? (?P<what>FAILED)(?:\s+\[[ \d%]+\])?$", "progress"),
    rule("ERROR", rf"^{_ID}(?: <- \S+)? (?P<what>ERROR)(?:\s+\[[ \d%]+\])?$", "progress"),
    # A subtest; its parameters stand on either side, depending on the version.
    rule("SUBFAIL",
        rf"^(?:\[.*?\] )?(?:\(.*?\) )?(?P<what>SUBFAIL)(?:ED)?(?:\[.*?\])? ?(?:\(.*?\))? ?{_ID}"
        r"(?: - (?P<text>.*))?$",
        "summary"),
    rule("RERUN", rf"^{_ID} RERUN\b", "rerun"),
    rule("RERUN", rf"^\[gw\d+\] \[[ \d%]+\] RERUN {_ID}\s*$", "rerun"),
    rule("____ ", r"^_{2,} (?P<head>\S.*?) _{2,}$", "block"),
    rule("crashed while ", r"(worker '(gw\d+)' crashed while running ['\"](?P<id>.+)['\"])",
        "crash"),
    rule("Fatal Python error: ", r"(?P<before>.*?)(?P<text>Fatal Python error: .*)$", "fatal"),
    rule("Windows fatal exc", r"(?P<before>.*?)(?P<text>Windows fatal exception: .*)$",
        "fatal"),
    rule("+ Timeout +", r"^(?P<before>.*?)\+{5,} Timeout \+{5,}", "timeout"),
    rule("Timeout (", r"(?P<before>.*?)Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!$", "watchdog"),
    rule("INTERNALERROR>", r"^INTERNALERROR> (?P<text>[A-Za-z_][\w.]*(?::.*)?)$", "internal"),
    rule("while loading conftest", r"(\w*Error while loading conftest .*)$", "conftest"),
    rule("error: unrecognized", r"pytest.*: error: unrecognized arguments", "usage"),
    rule("Coverage failure", r"Coverage failure: total of \S+ is less than", "coverage"),
    rule("FAIL Required test", r"^FAIL Required test coverage", "coverage"),
    rule("no tests ran in", r"^=+ no tests ran in [\d.]+s", "nothing"),
    rule(r"/ in \d/",
        r"^(?:=+ )?(?:\d+ \w+, )*\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed|"
        r"rerun|warnings?|deselected)(?:, .*)? in [\d.]+ ?s(?:econds)?(?: \(.*\))?(?: =+)?$",
        "footer"),
    rule("! KeyboardInterrupt", r"^!+ KeyboardInterrupt !+$", "interrupted"),
    rule("! _pytest.outcomes", r"^!+ _pytest\.outcomes\.Exit: .* !+$", "interrupted"),
    rule("! stopping after", r"^!+ stopping after \d+ failures? !+$", "stopped"),
    rule("! Interrupted: ", r"^!+ Interrupted: .* !+$", "stopped"),
    rule("! xdist.dsession.", r"^!+ xdist\.dsession\.Interrupted: .* !+$", "stopped"),
    rule("andomly-seed=", r"^Using --randomly-seed=(\d+)", "random_seed"),
    rule("andom-order-seed", r"random-order-seed[:=]\s*(\d+)", "random_seed"),
)  # fmt: skip
