"""Jasmine: a numbered name, and its message below."""

from __future__ import annotations

import re

from bot.core.patterns import late
from bot.logs.formats.base import Hit
from bot.logs.formats.runner import Runner, sign, verdict

_HEAD = late(r"^\d+\) (?P<id>\S.*)$")


class Jasmine(Runner):
    """`1) suite name`, `Message:`, `Stack:`."""

    suite = "jasmine"
    verdicts = (verdict("Message:", r"^  Message:$", below=12),)
    closing = (sign(" spec", r"^\d+ specs?, \d+ failures?"),)
    seeds = (sign("Randomized with", r"^Randomized with seed (?P<seed>\d+)$"),)
    stop = late(r"^\d+\) |^\d+ specs?, |^\s*$")
    place = late(r"(?:\(|at )(?P<path>/[^\s():]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+\)?$")

    def make_id(self, hit: Hit, _match: re.Match[str]) -> str | None:
        """The line above: all names around and its own."""
        above = next(iter(hit.above(1)), None)
        found = _HEAD.match(above.text) if above else None
        return str(found["id"]).strip() if found else None
