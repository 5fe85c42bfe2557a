"""Airspeed Velocity: a benchmark that failed for some of its parameters has failed."""

from bot.logs import read_log

_HEAD = "· Discovering benchmarks\n· Running 2 total benchmarks\n"


def test_one_of_two_parameters() -> None:
    log = "[20.00%] ··· lid.time_shut      1/2 failed\n[20.00%] ··· === ===\n   p   x\n"
    assert read_log([(_HEAD + log).encode()]).tests == ("lid.time_shut",)


def test_what_ran_is_no_failure() -> None:
    log = "[20.00%] ··· lid.time_failed      2.1±0ms\n[40.00%] ··· lid.peak      n/a\n"
    assert read_log([(_HEAD + log).encode()]).failures == ()


def test_the_traceback_is_of_the_benchmark_above() -> None:
    trace = (
        "[10.00%] ···· Traceback (most recent call last):\n"
        '                File "/b/lid.py", line 9, in time_shut\n'
        "                  raise ValueError(n)\n              ValueError: no oil\n\n"
    )
    first = "[ 5.00%] ··· lid.time_opens     failed\n"
    log = f"{_HEAD}{first}[10.00%] ··· lid.time_shut    failed\n{trace}"
    failures = {f.test: (f.message, f.exception) for f in read_log([log.encode()]).failures}
    assert failures == {
        "lid.time_opens": ("the benchmark failed", None),
        "lid.time_shut": ("ValueError: no oil", "ValueError"),
    }
