"""How a test runner prints a suite."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """`head`, one `passed` or `failed` per test, `tail`; the tail may list what failed."""

    head: str
    passed: str
    failed: str
    tail: str
    listed: str = ""
    # Names that this runner can have.
    names: str = "test_{}"
