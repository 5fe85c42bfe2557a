"""The lists of known flaky tests: files and issues in, what is listed since when out.

Anybody who may push writes such a file, so nothing in it may take long or raise. What cannot be
read is a problem in one line, and what was listed before holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.model.known_flaky import KnownFlaky, ListedTest
from bot.core.model.tracker import Issue
from bot.core.patterns import compile_linear
from bot.core.payloads.repository_contents import FileContent

LARGEST = 262_144
"""Bytes of one file."""

MOST_TESTS = 1000
"""Over all files and labels: they are read with every key that is worked on."""

_MOST_LINES = 10_000  # a pattern takes ten microseconds for each
_LONGEST = 300
# Nobody judges anew what was opened longer ago and is over.
_ENDED_KEPT = timedelta(days=61)

Names = tuple[tuple[str, int | None], ...]  # (a name, None), or (the title of an issue, its number)


class WrongList(ValueError):
    """Why a list cannot be read; in words for people."""


def parse_listed_pattern(source: str) -> str:
    """The same, if it searches in linear time and has one group; else `ValueError`."""
    try:
        compiled = compile_linear(source)
    except ValueError as error:
        raise ValueError(f"is no pattern that takes linear time: {error}") from error
    if compiled.groups != 1:
        raise ValueError("must have one group, which is the name of the test")
    if compiled.search("") is not None:
        raise ValueError("matches a line with nothing in it")
    return source


def parse_listed_file(found: FileContent | None, pattern: str | None) -> Names:
    """The names in a file, in its order; raises `WrongList`.

    Without a pattern each line is a name; `#` at its beginning or behind a space begins a comment.
    """
    if found is None:
        raise WrongList("it is not there")
    if found.content is None or len(found.content) > LARGEST:
        raise WrongList(f"it has {found.size} bytes; at most {LARGEST} are read")
    try:
        lines = [line for line in found.content.decode().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise WrongList("it is not in UTF-8") from error
    if len(lines) > _MOST_LINES:
        raise WrongList(f"it has {len(lines)} lines; at most {_MOST_LINES} are read")
    return tuple((name, None) for name in dict.fromkeys(_find_names(lines, pattern)))


def _find_names(lines: Iterable[str], pattern: str | None) -> Iterator[str]:
    compiled = compile_linear(pattern) if pattern is not None else None
    for line in lines:
        if compiled is None:
            name = "" if line.lstrip().startswith("#") else line.partition(" #")[0].strip()
        else:
            match = compiled.search(line)
            name = (match[1] or "").strip() if match else ""
        if len(name) > _LONGEST or not name.isprintable():
            raise WrongList(f"a name is longer than {_LONGEST} letters or holds control characters")
        if name:
            yield name


def make_listed_titles(issues: Sequence[Issue]) -> Names:
    """What open issues with a label are called."""
    return tuple((issue.title[:_LONGEST], issue.number) for issue in issues)


def update_known_flaky(
    known: KnownFlaky, found: Mapping[str, Names | WrongList], now: datetime
) -> KnownFlaky:
    """What is listed now; `found` has every source that counts. Equal where nothing changed."""
    problems = [
        f"{source.partition(':')[2]}: {names}; what it listed before holds"
        for source, names in found.items()
        if isinstance(names, WrongList)
    ]
    wrong = {source for source, names in found.items() if isinstance(names, WrongList)}
    listed = [test for source, names in found.items() for test in _take(source, names, known, now)]
    listed += [test for test in known.tests if test.until is None and test.source in wrong]
    if len(listed) > MOST_TESTS:
        words = f"{len(listed)} tests are listed as flaky; at most {MOST_TESTS} are read"
        return KnownFlaky(known.tests, (f"{words}; what was listed before holds",))
    present = {(test.source, test.words, test.issue) for test in listed}
    gone = [
        replace(test, until=test.until or now)
        for test in known.tests
        if test.until is not None or (test.source, test.words, test.issue) not in present
    ]
    ended = [t for t in gone if t.until is not None and t.until > now - _ENDED_KEPT]
    ended.sort(key=lambda test: (test.until, test.words), reverse=True)
    tests = sorted((*listed, *ended[:MOST_TESTS]), key=lambda t: (t.source, t.words, t.since))
    return KnownFlaky(tuple(tests), tuple(problems))


def _take(
    source: str, names: Names | WrongList, known: KnownFlaky, now: datetime
) -> Iterator[ListedTest]:
    since = {
        (t.words, t.issue): t.since for t in known.tests if t.source == source and t.until is None
    }
    for words, issue in () if isinstance(names, WrongList) else names:
        yield ListedTest(words, source, issue, since.get((words, issue), now))
