"""The names by which people tell of a failure: the file, the test in it, what it does, and where.

In: signatures and builders. Out: plain words; of the log's text only what names are made of.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.fleet.facets import FACET_RULES, FacetRule, find_facets
from bot.core.model import Incident, Kind, Signature

_PARTS = re.compile(r"::|[./\\#:\s()]+")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_NO_NAMES = frozenset({"test", "tests", "lib", "src", "py", ""})


@dataclass(frozen=True, slots=True)
class FailureNames:
    """A failure as people name it."""

    file: str  # test_ssl; of what is no test, the file of the error
    test: str  # test_basic; empty: the file as a whole
    kind: Kind
    message: str


def find_names(signature: Signature) -> FailureNames:
    """Of `test.test_ssl.BasicTests.test_basic`, `tests/test_a.py::T::test_b`, `Modules/_ssl.c`…"""
    if not signature.is_test:
        name = re.split(r"[/\\]", signature.site)[-1]
        return FailureNames(name or signature.suite, "", signature.kind, signature.message)
    site = signature.site.partition("[")[0]  # without what it is given
    parts = [part for part in _PARTS.split(site) if part.lower() not in _NO_NAMES]
    tests = [part for part in parts if part.lower().startswith("test")]
    file = next(
        (part for part in tests if part.islower() or "_" in part), parts[0] if parts else ""
    )
    last = parts[-1] if parts else ""
    return FailureNames(file, last if last != file else "", signature.kind, signature.message)


def find_all_names(incident: Incident) -> tuple[FailureNames, ...]:
    """Of every signature, each once, in a fixed order."""
    found = {find_names(signature) for signature in incident.signatures}
    return tuple(sorted(found, key=lambda n: (n.file, n.test, n.kind, n.message)))


# As titles have it; what is missing is a build that fails.
FAILS = {
    Kind.TEST_FAILURE: "fails",
    Kind.CRASH: "crashes",
    Kind.TIMEOUT: "hangs",
    Kind.ENV_CHANGED: "changes the environment",
    Kind.REFLEAK: "leaks references",
    Kind.COMPILE_ERROR: "does not compile",
    Kind.LINK_ERROR: "does not link",
}


def find_words(text: str) -> list[str]:
    """The words of a text in small letters, names whole: `test_a.py` is `test_a` and `py`."""
    return [word.lower() for word in _WORD.findall(text)]


def describe_where(builders: Sequence[str], rules: Sequence[FacetRule] = FACET_RULES) -> str:
    """One builder by its name, several by what they share, else `some buildbots`."""
    if len(set(builders)) == 1:
        return builders[0]
    facets = [find_facets(name, (), rules) for name in builders]
    shared = (_share(f.architecture for f in facets), _share(f.system for f in facets))
    words = " ".join(word for word in shared if word)
    return f"{words} buildbots" if words else "some buildbots"


def _share(values: Iterable[str]) -> str:
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def find_platforms(
    builders: Iterable[str], rules: Sequence[FacetRule] = FACET_RULES
) -> frozenset[str]:
    """The words for systems and architectures that these builders are called by."""
    facets = [find_facets(name, (), rules) for name in builders]
    values = (value for f in facets for value in (f.system, f.architecture))
    return frozenset(value.lower() for value in values if value)
