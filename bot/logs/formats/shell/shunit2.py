"""shUnit2: the name of the test function, and what failed in it below."""

from __future__ import annotations

import re

from bot.core.patterns import late
from bot.logs.formats.base import Hit
from bot.logs.formats.runner import Runner, sign, verdict

_FUNCTION = late(r"^(?P<id>test\w*)$")


class Shunit2(Runner):
    """shUnit2: `testName`, and `ASSERT:` below."""

    suite = "shunit2"
    verdicts = (
        verdict("ASSERT:", r"^ASSERT:(?P<text>.+)$"),
        verdict("shunit2:ERROR ",
                r"^shunit2:ERROR (?P<id>test\w*)\(\) (?P<text>returned non-zero.*)$"),
    )  # fmt: skip
    opening = (sign("failures=", r"^FAILED \(failures=\d+(?:,skipped=\d+)?\)$"),)
    closing = (sign(" tests.", r"^Ran \d+ tests?\.$"),)

    def make_id(self, hit: Hit, match: re.Match[str]) -> str | None:
        """The function that is running."""
        if "id" in match.groupdict():
            return str(match["id"])
        names = (found["id"] for line in hit.above() if (found := _FUNCTION.match(line.text)))
        return next(names, None)
