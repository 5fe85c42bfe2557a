"""What a project lists as flaky itself: an incident in, the same or one that accuses nobody out.

It is a ruling of people like `flaky` in a comment, and is applied as that is: anew whenever the
branch is folded. Where only a part of what an incident shows is listed, the rest is judged.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from bot.core.model import Incident, IncidentState, Signature, Verdict
from bot.core.model.known_flaky import KnownFlaky, ListedTest
from bot.core.patterns import linear
from bot.core.tracker.names import find_names, find_words

# As sure as of what a maintainer files by hand.
_LISTED = 0.99

_SEPARATORS = linear(r"::|[./\\:\s()]+")
_NO_NAMES = frozenset({"test", "tests", "lib", "src", ""})
# `test_a (test.test_x.Tests.test_a)`, and without the last part before Python 3.11.
_UNITTEST = linear(r"^(\w+) \(([\w.]+)\)$")


class FlakyList:
    """What a repository lists, by what names it: a fold asks of every incident of a branch."""

    def __init__(self, known: KnownFlaky) -> None:
        self.known = known
        self._by_name: defaultdict[str, list[ListedTest]] = defaultdict(list)
        self._by_start: list[tuple[str, ListedTest]] = []
        # Of titles, with all their words.
        self._by_word: defaultdict[str, list[tuple[ListedTest, set[str]]]] = defaultdict(list)
        for test in known.tests:
            name = _split(test.words)
            if test.issue is not None:
                words = set(find_words(test.words))
                for word in words.union(test.words.split()):
                    self._by_word[word].append((test, words))
            elif not name.endswith("*"):
                self._by_name[name].append(test)
            elif name != "*":  # nobody means every test there is
                self._by_start.append((name[:-1], test))

    def apply(self, incident: Incident) -> Incident:
        """One that accuses nobody if all of it is listed; the same object if nothing is."""
        if not self.known.tests:
            return incident
        found = [self.find(signature, incident.closed_at) for signature in incident.signatures]
        places = sorted({test.place for test in found if test is not None})
        if not places:
            return incident
        if None in found:
            count = sum(test is not None for test in found)
            part = f"Known flaky (listed in {_join(places)}): {count} of its {len(found)} failures."
            return replace(incident, reason=f"{incident.reason} {part}".strip())
        over = incident.state is not IncidentState.OPEN
        return replace(
            incident,
            verdict=Verdict.FLAKY,
            state=incident.state if over else IncidentState.WITHDRAWN,
            pull=None,
            confidence=_LISTED,
            reason=f"Known flaky (listed in {_join(places)}).",
            awaited=(),
            suspects=tuple(replace(s, p=0.0) for s in incident.suspects),
        )

    def find(self, signature: Signature, closed_at: datetime | None) -> ListedTest | None:
        """The entry that names a failure's test, and holds for an incident that ended then."""
        if not signature.is_test or not signature.site:
            return None
        tests = (*self._find_names(signature.site), *self._find_titles(signature))
        return next((test for test in tests if test.holds(closed_at)), None)

    def _find_names(self, site: str) -> Iterator[ListedTest]:
        for name in (site, _leave_suite(site), _leave_parameters(site)):
            yield from self._by_name.get(_split(name), ())
        got = _split(site)
        yield from (test for start, test in self._by_start if got.startswith(start))

    def _find_titles(self, signature: Signature) -> Iterator[ListedTest]:
        """Titles with both the file and the test in them, or with all of a path."""
        names = find_names(signature)
        file, name = names.file.lower(), names.test.lower()
        if not file.startswith("test") or not (name or "test").startswith("test"):
            path = _leave_suite(_leave_parameters(signature.site))
            yield from (test for test, _ in self._by_word.get(path, ()))
            return
        for test, words in self._by_word.get(file, ()):
            # Of a file as a whole, no title tells that names one of its tests.
            if name in words if name else not _find_tests(words - {file}):
                yield test


def _find_tests(words: set[str]) -> set[str]:
    return {word for word in words if word.startswith("test_")}


@lru_cache(10_000)
def _split(name: str) -> str:
    """The parts of a name with one mark between them, without those that all names have."""
    if match := _UNITTEST.match(name):
        name = match[2] if match[2].endswith(f".{match[1]}") else f"{match[2]}.{match[1]}"
    name, bracket, given = name.partition("[")
    parts = _SEPARATORS.split(name)
    while parts and parts[0].lower() in _NO_NAMES:
        parts = parts[1:]
    return "\0".join(part for part in parts if part not in {"py", ""}) + bracket + given


def _leave_suite(site: str) -> str:
    """`CodeGen/a.ll` of lit's `LLVM :: CodeGen/a.ll`."""
    return site.partition(" :: ")[2] or site


def _leave_parameters(site: str) -> str:
    return site.partition("[")[0]


def _join(places: list[str]) -> str:
    shown = places[:3]
    return ", ".join(shown) + (" and elsewhere" if len(places) > len(shown) else "")
