"""One point of the Test Anything Protocol, in the dialects of those who print it.

Input: a line `not ok …` and what stands around it. Output: its name and why it failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit
from bot.logs.formats.runner import find_kind
from bot.logs.identifiers import make_location, make_test_id
from bot.logs.lines import LogLine

POINT = (
    r"^(?:\[ *\d+\.\d+\] )?(?P<indent>\s*)not ok\b(?: (?P<number>\d+))?"
    r"(?P<dash>\s+-)?\s*(?P<id>.*)$"
)
_DIRECTIVE = late(r"(?i)(?:^|\s)# ?(?:TODO|SKIP)\b")
# Check puts the place before the name and the reason behind it.
_CHECK = late(r"^\S+\.\w+:(?P<scope>\w+):(?P<name>\w+): (?P<text>.+)$")
# pg_regress marks members of a parallel group, and tells how long each took.
_PG_REGRESS = late(r"^[+-]?\s*(?P<name>\S+)\s+\d+ ms$")
# Criterion gives no numbers, and writes the reason or the time behind; GLib writes it so, too.
_CRITERION = linear(r"^(?P<name>\w\S*::\w\S*)\s+(?P<text>timed out|unexpected signal)?")
_GLIB = late(r"^(?P<name>/\S+)(?: - (?P<text>.+))?$")
_BATS_TIME = late(r" in \d+ms$")
_YAML_ERROR = late(r"^\s*(?:error|message): (?P<block>[|>][-+]?$)?['\"]?(?P<text>.*?)['\"]?$")
_YAML_PLACE = late(
    r"^\s*(?:location|at): ['\"]?(?:.*\()?(?P<path>[^\s()'\"]+?):(?P<line>\d+)(?::\d+)?\)?['\"]?$"
)
_COMMENTED_PLACE = late(r"^\s*# \(in test file (?P<path>\S+), line (?P<line>\d+)\)")
_BORING = late(
    r"^\s*(?:duration_ms|type|failureType|code|stack|---|\.\.\.|location|name|at|operator)\b"
)
_BORING_COMMENT = late(r"^\s*#\s*(?:Looks like|Subtest:|timeout set to|selftests: |\(in test)")
_VALUE = late(r"^\s+(?:(?:expected|actual|got|wanted|found) *:|[-+](?![-+])\s*\S)")
_MOST_YAML = 60
_SAYS_WHY = late(r"(?i)fail|error|expected|!=|got:|timed? ?out|signal")


@dataclass(frozen=True, slots=True)
class Point:
    """A point that failed: `name` is empty where it has none."""

    name: str
    indent: int
    number: str
    text: str | None  # why, where the line itself says it
    yaml: tuple[LogLine, ...]
    comments: tuple[LogLine, ...]

    @property
    def is_cut(self) -> bool:
        """True where the log ends in the middle of its details, of which its name may hang."""
        return 0 < len(self.yaml) < _MOST_YAML and self.yaml[-1].text.strip() != "..."

    @property
    def is_nodes(self) -> bool:
        """True for node's own runner, which gives each point its place."""
        return any(line.text.lstrip().startswith("failureType:") for line in self.yaml)

    @property
    def is_parent(self) -> bool:
        """Node repeats a failed subtest in the tests around it."""
        return any("failureType: 'subtestsFailed'" in line.text for line in self.yaml)

    @property
    def is_assertion(self) -> bool:
        """Tape prints assertions; the test is the comment above."""
        return any(line.text.lstrip().startswith("operator:") for line in self.yaml)


def parse_point(hit: Hit, match: re.Match[str]) -> Point | None:
    """None for what was expected to fail, or skipped."""
    name = match["id"].strip()
    if _DIRECTIVE.search(name):
        return None
    text: str | None = "timed out" if "# TIMEOUT" in name else None
    if not match["dash"]:
        name = _BATS_TIME.sub("", name)
    said = _CRITERION.match(f"{name} ") or (_GLIB.match(name) if not match["dash"] else None)
    if said:
        name, text = said["name"], said["text"] or text
    own = _CHECK.match(name)
    timed = _PG_REGRESS.match(name) if own is None else None
    if own:
        name, text = f"{own['scope']}:{own['name']}", own["text"]
    elif timed:
        name = timed["name"]
    yaml = _find_yaml(hit)
    comments = () if yaml or timed or own else _find_comments(hit, from_kernel="selftests:" in name)
    name = make_test_id(name.removesuffix(" {"))
    return Point(name, len(match["indent"]), match["number"] or "", text, yaml, comments)


def _find_yaml(hit: Hit) -> tuple[LogLine, ...]:
    body: list[LogLine] = []
    for line in hit.below(_MOST_YAML):
        if not body and line.text.strip() != "---":
            break
        body.append(line)
        if line.text.strip() == "...":
            break
    return tuple(body)


def _find_comments(hit: Hit, *, from_kernel: bool) -> tuple[LogLine, ...]:
    """Bats and cmocka explain below; the kernel's tests print before their verdict."""
    below = () if from_kernel else _take_comments(hit.below(15))
    return below or _take_comments(hit.above(20))[::-1]


def _take_comments(lines: Iterable[LogLine]) -> tuple[LogLine, ...]:
    taken: list[LogLine] = []
    for line in lines:
        text = line.text.lstrip()
        if not text.startswith("#") or text.startswith(("# tests ", "# Subtest", "# selftests:")):
            break
        taken.append(line)
    return tuple(taken)


def make_point(head: LogLine, point: Point, test: str, directory: str | None) -> Finding:
    """The failure of a point."""
    telling = [line for line in point.yaml if not _BORING.match(line.text) and not line.is_blank]
    said = [line for line in point.comments if not _BORING_COMMENT.match(line.text)]
    places = (m for line in point.yaml if (m := _YAML_PLACE.match(line.text)))
    told = (m for line in point.comments if (m := _COMMENTED_PLACE.match(line.text)))
    place = next((m for m in (*places, *told) if "node_modules" not in m["path"]), None)
    message = point.text or _read_error(telling) or _choose(said) or point.name or head.text
    kind = Kind.TIMEOUT if point.text == "timed out" else find_kind(message)
    why = [line for line in said if _SAYS_WHY.search(line.text)]
    lines = dict.fromkeys((head, *telling[:10], *why[:4], *said[:10]))
    return Finding(
        kind,
        tuple(lines),
        message,
        test,
        location=make_location(place["path"], place["line"], directory) if place else None,
    )


def _read_error(telling: list[LogLine]) -> str | None:
    """What YAML calls the error; tape and node-tap give the two values instead."""
    at = next((n for n, line in enumerate(telling) if _YAML_ERROR.match(line.text)), None)
    found = _YAML_ERROR.match(telling[at].text) if at is not None else None
    if at is not None and found and found["text"] != "":
        return str(found["text"]).rstrip(",'\"")
    if at is not None and found and found["block"]:
        return "; ".join(line.text.strip() for line in telling[at + 1 : at + 3])
    asserted = next(
        (line.text.strip() for line in telling if "Assertion failed" in line.text), None
    )
    if asserted:
        return asserted
    values = [line.text.strip() for line in telling if _VALUE.match(line.text)]
    return "; ".join(values[:4]) or None


def _choose(comments: list[LogLine]) -> str | None:
    telling = [line for line in comments if _SAYS_WHY.search(line.text)] or comments
    return telling[0].text.strip("# \t") if telling else None
