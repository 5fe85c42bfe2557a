"""What a project lists as flaky itself: an incident in, the same or one that accuses nobody out.

It is a ruling of people like `flaky` in a comment, and is applied as that is: anew whenever the
branch is folded. Where only a part of what an incident shows is listed, the rest is judged.
"""

from dataclasses import replace
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


def apply_known_flaky(incident: Incident, known: KnownFlaky) -> Incident:
    """The same object where nothing of it is listed."""
    tests = [test for test in known.tests if test.holds(incident.closed_at)]
    found = [find_listed(signature, tests) for signature in incident.signatures] if tests else []
    places = sorted({test.place for test in found if test is not None})
    if not places:
        return incident
    if None in found:
        count = sum(test is not None for test in found)
        part = f"{count} of its {len(found)} failures known flaky (listed in {_join(places)})."
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


def find_listed(signature: Signature, tests: list[ListedTest]) -> ListedTest | None:
    """The entry that names a failure's test; None: none does."""
    if not signature.is_test or not signature.site:
        return None
    for test in tests:
        is_named = _names if test.issue is None else _is_title_of
        if is_named(test.words, signature.site, signature):
            return test
    return None


def _names(name: str, site: str, _signature: Signature) -> bool:
    """The same name, whatever stands between its parts; `*` at the end stands for any end."""
    wanted, got = _split(name), _split(site)
    if wanted.endswith("*"):
        return got.startswith(wanted[:-1])
    return wanted in (got, _split(_leave_suite(site)), _split(_leave_parameters(site)))


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


def _is_title_of(title: str, _site: str, signature: Signature) -> bool:
    """Whether a title names the test: both the file and the test in it, or all of a path."""
    names, words = find_names(signature), frozenset(find_words(title))
    if names.file.startswith("test") and names.test.startswith("test"):
        return {names.file.lower(), names.test.lower()} <= words
    if (
        names.file.startswith("test") and not names.test
    ):  # the file as a whole, not one of its tests
        return {word for word in words if word.startswith("test_")} == {names.file.lower()}
    path = _leave_suite(_leave_parameters(signature.site))
    return len(path) > 3 and path in title.split()


def _join(places: list[str]) -> str:
    shown = places[:3]
    return ", ".join(shown) + (" and elsewhere" if len(places) > len(shown) else "")
