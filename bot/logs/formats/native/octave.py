"""GNU Octave: what `test` prints of a file, and the table of `runtests`.

The file stands above only where a log of its own is written (`>>>>> `); else the code that failed
is all the name there is.
"""

from __future__ import annotations

import re

from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit, rule
from bot.logs.formats.runner import Runner, find_kind, sign, verdict
from bot.logs.identifiers import make_test_id

_CODE = late(r"^\*{5} (?P<code>\S.*)$")
_ROW = r"^(?:  |>>>>> )?\s*(?P<id>\S+\.(?:m|tst|cc|cc-tst))\s\.{3,}\s*PASS\s+\d+/\d+\s*$"
_BELOW = late(r"^\s{20,}(?P<text>(?:FAIL|REGRESSION)\s+\d+)$")


class Octave(Runner):
    """`test` and `runtests`."""

    suite = "octave"
    verdicts = (verdict("!!!!! ", r"^!!!!! (?P<id>test failed|regression)", below=12),)
    scopes = (sign(">>>>> ", r"^>>>>> (?:processing )?(?P<scope>\S+)$"),)
    closing = (sign("PASSES ", r"^PASSES \d+ out of \d+ tests?"),)
    more = (rule(" PASS    ", _ROW, "row"),)
    needs_sign = False
    stop = late(r"^\*{5} |^>{5} |^!{5} |^PASSES |^error: ignoring|^program finished")
    cause = linear(
        r"(?P<text>(?:Abs|Rel) err \S+ exceeds tol .+|\S+ (?:sizes?|class|type)s? mismatch.*"
        r"|^error: .+|^'\w+' undefined.*|^expected .+)$"
    )

    def make_id(self, hit: Hit, _match: re.Match[str]) -> str | None:
        """The file where it is told; the code besides only where it is not."""
        if self.scope:
            return make_test_id(self.scope, self.facts.directory)
        code = next((m["code"] for line in hit.above(12) if (m := _CODE.match(line.text))), None)
        return make_test_id(code) if code else None

    def row(self, hit: Hit, match: re.Match[str]) -> None:
        """A file of `runtests`; what failed in it stands below, as counts."""
        bad = []
        for line in hit.below(4):
            found = _BELOW.match(line.text)
            if not found and not line.text.startswith(" " * 20):
                break
            bad += [line] if found else []
        self.known = True
        if bad:
            text = ", ".join(" ".join(line.text.split()) for line in bad)
            test = make_test_id(match["id"], self.facts.directory)
            self.add(Finding(find_kind(text), (hit.line, *bad), text, test))
