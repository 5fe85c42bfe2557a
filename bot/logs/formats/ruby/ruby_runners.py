"""minitest, test-unit and RSpec."""

from __future__ import annotations

import re

from bot.core.patterns import late, linear
from bot.logs.formats.base import Hit, rule
from bot.logs.formats.runner import Runner, gather, sign, verdict
from bot.logs.identifiers import make_test_id
from bot.logs.lines import LogLine

_MINITEST = linear(r"^(?P<id>\S.*?#.+?)(?: \[(?P<path>[^\]]+?):(?P<line>\d+)\])?:$")
# minitest's specs are numbered: one that is added above renames all below.
_ORDINAL = late(r"#test_\d{4}_")
_TEST_UNIT = r"(?P<id>test.*)\((?P<scope>[A-Z][\w:]*)\)(?:: ?(?P<text>.+))?:?$"
_RULE = late(r"^\s*$")


class Minitest(Runner):
    """A numbered paragraph per failure; the name stands in its second line."""

    suite = "minitest"
    verdicts = (
        verdict("Failure:", r"^(?:\s*\d+\) )?(?P<what>Failure):$"),
        verdict("Error:", r"^(?:\s*\d+\) )?(?P<what>Error):$"),
    )
    closing = (sign(" runs, ", r"^\d+ runs, \d+ assertions, \d+ failures"),)
    seeds = (sign("--seed", r"--seed[ =](?P<seed>\d+)"),)

    def failed(self, hit: Hit, _match: re.Match[str]) -> None:
        """The paragraph ends where a blank line does; a diff has none."""
        body = gather(hit.below(40), _RULE)
        named = _MINITEST.match(body[0].text) if body else None
        if named is None:
            return
        test = make_test_id(_ORDINAL.sub("#", named["id"]), self.facts.directory)
        groups = {"path": named["path"], "line": named["line"], "text": _join(body[1:])}
        self.add(self.make(body[0], groups, [], body[1:], test))


class TestUnit(Runner):
    """test-unit: one line with the name, the class and the reason, between rules."""

    __test__ = False  # not a pytest class

    suite = "test-unit"
    verdicts = (
        verdict("Failure: ", rf"^Failure: {_TEST_UNIT}",
                below=20),
        verdict("Error: ", rf"^Error: {_TEST_UNIT}",
                below=12),
    )  # fmt: skip
    closing = (sign(" tests, ", r"^\d+ tests, \d+ assertions, \d+ failures"),)
    stop = late(r"^={50,}$")
    spelling = "{scope}#{id}"
    cause = linear(r"^\s*(?P<text><.+>(?: expected but was)?|.* expected but was.*)$")


class Rspec(Runner):
    """RSpec: `Failure/Error:` below the number and the whole name of an example."""

    suite = "rspec"
    verdicts = (verdict("Failure/Error:", r"^\s+(?:\d+\.\d+\) )?Failure/Error: "),)
    more = (
        rule(
            "occurred while load", r"^An error occurred while loading (?P<id>\S+)\.$", "not_loaded"
        ),
    )
    opening = (sign("Failed examples:", r"^Failed examples:$"),)
    closing = (sign(" examples, ", r"^\d+ examples, \d+ failures?"),
               sign(" example, ", r"^\d+ example, \d+ failures?"))  # fmt: skip
    seeds = (sign("Randomized with", r"^Randomized with seed (?P<seed>\d+)"),)
    _LOADED = late(r"^# \S|^An error occurred|^Run options|^Finished in ")
    _HEAD = late(r"^\s+\d+\) (?P<id>\S.*)$")
    _END = late(r"^  \d+\) |^\S")
    _PLACE = late(r"^\s+# (?P<path>\./[^\s:]+):(?P<line>\d+)")

    def failed(self, hit: Hit, _match: re.Match[str]) -> None:
        """A pending example has its reason between the name and the failure."""
        between: list[LogLine] = []
        for line in hit.above(8):
            named = self._HEAD.match(line.text)
            if named:
                break
            between.append(line)
        else:
            return
        if any(line.text.lstrip().startswith("# ") for line in between):
            return
        body = gather(hit.below(40), self._END)
        place = next((m for more in body if (m := self._PLACE.match(more.text))), None)
        groups = {"path": place["path"], "line": place["line"]} if place else {}
        said = [more for more in body if not more.text.lstrip().startswith("# ")]
        finding = self.make(
            line,
            {**groups, "text": _join(_find_message(said)) or hit.line.text.strip()},
            [],
            [hit.line, *body],
            make_test_id(named["id"]),
        )
        self.add(finding)

    def not_loaded(self, hit: Hit, match: re.Match[str]) -> None:
        """A file that cannot be loaded keeps all others from being run."""
        self.known = True
        test = make_test_id(match["id"].removeprefix("./"), self.facts.directory)
        body = gather(hit.below(30), self._LOADED)
        said = [line for line in body if not line.text.startswith("Failure/Error:")]
        groups = {"text": _join(_find_message(said)), "path": test, "line": None}
        self.add(self.make(hit.line, groups, [], body, test))


def _find_message(body: list[LogLine]) -> list[LogLine]:
    """The lines behind the source of the example, up to a blank one."""
    telling = [n for n, line in enumerate(body) if not line.is_blank]
    if not telling:
        return []
    rest = body[telling[0] :]
    end = next((n for n, line in enumerate(rest) if line.is_blank), len(rest))
    return rest[:end]


def _join(lines: list[LogLine]) -> str | None:
    """What a paragraph says, in one line; of a diff its first lines."""
    texts = [text for line in lines[:6] if (text := line.text.strip())]
    return "; ".join(texts) or None


RUBY_RUNNERS = (Minitest, TestUnit, Rspec)
