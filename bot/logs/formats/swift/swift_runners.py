"""XCTest and Swift Testing."""

from __future__ import annotations

import re

from bot.core.patterns import late
from bot.logs.formats.base import Hit
from bot.logs.formats.runner import Runner, sign, verdict

_APPLE = late(r"-\[(?:\w+\.)?(?P<type>\w+) (?P<name>\w+)\]")
_NAME = r"(?P<id>-\[[\w.]+ \w+\]|\w[\w.]*\.\w+)"


class XCTest(Runner):
    """XCTest on Linux (`Type.test`) and on Apple's systems (`-[Module.Type test]`)."""

    suite = "xctest"
    verdicts = (
        verdict(": error: ",
                rf"^(?P<path>[^\s:]+):(?P<line>\d+): error: {_NAME} : (?P<text>.+)$"),
        verdict("Test Case '", rf"^Test Case '{_NAME}' failed \(", above=30),
    )  # fmt: skip
    opening = (sign("Test Suite '", r"^Test Suite '.+' (?:started|failed|passed) at "),)
    closing = (sign("Executed ", r"^\s*Executed \d+ tests?, with "),)
    stop = late(r"^Test Case |^Test Suite ")
    cause = late(r"^(?P<path>[^\s:]+):(?P<line>\d+): error: (?:-\[.*?\]|\S+) : (?P<text>.+)$")
    begins = late(rf"^Test Case '{_NAME}' started")
    ends = late(r"^Test Case '.*' (?:passed|failed|skipped) \(|^\s*Executed \d")
    absorbs = ("process", "compiler")

    def make_id(self, _hit: Hit, match: re.Match[str]) -> str | None:
        """Without the module, which only Apple's prints."""
        found = _APPLE.match(match["id"])
        return f"{found['type']}.{found['name']}" if found else str(match["id"])


class SwiftTesting(Runner):
    """Swift Testing: `✘ Test name() failed after …`."""

    suite = "swift-testing"
    verdicts = (
        verdict("recorded an issue at ",
                r"^\W*Test (?P<id>\".+?\"|\w+\(.*?\)) recorded an issue at "
                r"(?P<path>[^\s:]+):(?P<line>\d+):\d+: (?P<text>.+)$", below=3),
        verdict(" failed after ",
                r"^\W*Test (?!run with)(?P<id>\".+?\"|\w+\(.*?\)) failed after "),
    )  # fmt: skip
    closing = (sign("Test run with ", r"^\W*Test run with \d+ tests? .*(?:failed|passed) after "),)
    stop = late(r"^\W*(?:Test|Suite) ")

    def make_id(self, _hit: Hit, match: re.Match[str]) -> str | None:
        """A display name stands in quotes."""
        return str(match["id"]).strip('"')
