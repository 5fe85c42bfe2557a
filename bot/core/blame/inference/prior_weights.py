"""Weights of the priors' features, made by `python -m bench.fit --write`.

Fitted on 310 recorded histories of angle, clang, clang-tools-extra, compiler-rt, lld.
What is told of them in docs/blame.md comes from weights that never saw the repository.
"""

from collections.abc import Mapping

VERSION = 2
FINGERPRINT = "cd1caf5656fead19e1cffeabb2d98dd393f607a8b9aa4c9fcd0168f07ddb57a4"

WEIGHTS: Mapping[str, float] = {
    "words of the test in the paths": 0.185,
    "words of the test in the title": 0.199,
    "words of the message in the paths": 0.234,
    "words of the message in the title": 0.465,
    "name of the test in a file's name": 1.094,
    "touches the very file": 5.980,
    "docs only": -1.570,
    "tests only": -0.652,
    "size": 0.327,
    "roll": -0.267,
    "revert": -2.460,
    "files unknown": 0.000,
}
