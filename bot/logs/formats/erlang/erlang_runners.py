"""EUnit, Common Test and ExUnit."""

from __future__ import annotations

from bot.core.patterns import linear
from bot.logs.formats.runner import make_runner, sign, verdict

ERLANG_RUNNERS = (
    make_runner(
        "exunit",
        verdict(r"/\d\) (?:test|property|doctest) /",
                r"^\s+\d+\) (?P<id>(?:test|property|doctest) .+) \((?P<scope>[A-Z][\w.]*)\)$",
                below=25),
        closing=(sign(" failure", r"^(?:\d+ \w+, )*\d+ tests?, \d+ failures?"),),
        seeds=(
            sign("seed: ", r"^Running ExUnit with seed: (?P<seed>\d+)"),
            sign("Randomized with", r"^Randomized with seed (?P<seed>\d+)$"),  # up to 1.16
        ),
        stop=r"^\s+\d+\) |^Finished in |^\.*$",
        closes_like_others=True,
        cause=r"^\s+(?P<text>(?:\*\* \(|Assertion |Expected |match \(=\) failed).+)$",
        spelling="{scope} > {id}",
    ),
    make_runner(
        "eunit",
        verdict("*failed*", linear(r"^\s*(?P<id>\S.*?)\s?\.\.\.(?:\[.*\] )?\*failed\*$"), below=15),
        verdict("*timed out*", r"^\s*(?P<id>\S.*?)\s?\.\.\.\*(?P<text>timed out)\*$", below=4),
        closing=(
            sign("  Failed: ", r"^\s+Failed: \d+\.\s+Skipped: \d+\.\s+Passed: \d+\."),
            sign(" tests passed", r"^\s+(?:All \d+ tests|Test|2 tests) passed\."),
        ),
        stop=linear(r"\.\.\.(?:\[.*\] )?(?:ok|\*failed\*)$|^\s*$|^\s+output:<<"),
        cause=r"^\*\*(?P<text>(?:error|exit|throw):.+)$",
        place=r"^in function .* \((?P<path>\S+\.erl), line (?P<line>\d+)\)$",
        message_lines=6,
        # Functions of a generator are numbered, and where macros made them, have a line.
        unstable=((r"-(\w+)/\d+-fun-\d+-", r"\1"), (r"^(\w+):(?:\d+:)? ", r"\1:")),
    ),
    make_runner(
        "common_test",
        # As rebar3 tells it, and ct_run itself.
        verdict(": FAILED", r"^%%% (?P<scope>\w+) ==> (?P<id>[\w.]+): FAILED$", below=8),
        verdict(" failed on line", r"^(?P<scope>\w+):(?P<id>\w+) failed on line \d+$", below=12),
        opening=(sign("Common Test v", r"^Common Test v[\d.]+ starting "),),
        closing=(
            sign("Failed ", r"^Failed \d+ tests\. (?:Skipped|Passed) \d+"),
            sign("TEST COMPLETE", r"^Testing \S+: TEST COMPLETE, "),
        ),
        stop=r"^%%% \w+: |^\s*$|^(?:- ){20,}",
        cause=r"^Reason: (?P<text>.+)$",
        spelling="{scope}:{id}",
    ),
)  # fmt: skip
