"""How likely an issue tells of an incident: a number, from the words of both.

In: an issue as people wrote it, and the names of a failure. Out: 0 to 1; from `SURE` on it is
linked. What an issue says is only read: it decides nothing but a link.

The weights are plain reasons put into numbers, and were measured on titles and texts of CPython's
and other projects' tracker (docs/tracker.md has what was found and what was missed). Being wrong
here hides a failure behind somebody else's issue, so that one name alone is never enough: a file
has hundreds of tests, and `test_basic` stands in hundreds of files.
"""

import re
from collections.abc import Iterable, Sequence

from bot.core.fleet.facets import FACET_RULES, FacetRule
from bot.core.model import Incident, Kind
from bot.core.model.tracker import Issue, IssueState
from bot.core.tracker.names import FailureNames, find_all_names, find_platforms, find_words

SURE = 0.6
"""Two of: the file, the test, half of the message; one of them in the title."""

# A title is about little; a body may hold a log with a hundred other tests.
_FILE, _TEST, _MESSAGE = (0.4, 0.2), (0.4, 0.3), 0.3
# Where there is no test to name, the message has to tell.
_MESSAGE_ALONE = 0.5
_SAME, _OTHER = 0.1, -0.2
# Of a whole file that hangs or leaks nothing else is known.
_SAME_ALONE = 0.2

_KIND_WORDS: dict[Kind, frozenset[str]] = {
    Kind.TIMEOUT: frozenset({"hang", "hangs", "hung", "timeout", "timeouts", "stuck", "killed"}),
    Kind.CRASH: frozenset({"crash", "crashes", "crashed", "segfault", "sigsegv", "abort"}),
    Kind.REFLEAK: frozenset({"leak", "leaks", "leaked", "refleak", "refleaks"}),
    Kind.ENV_CHANGED: frozenset({"env_changed", "environment", "altered"}),
    Kind.COMPILE_ERROR: frozenset({"compile", "compiling", "compilation", "build", "compiler"}),
    Kind.LINK_ERROR: frozenset({"link", "linking", "linker", "undefined"}),
}
# Of these an issue says which it means; of a test that fails nobody says more.
_SPECIAL = frozenset().union(*(_KIND_WORDS[k] for k in (Kind.REFLEAK, Kind.ENV_CHANGED)))

_STOP = frozenset(
    {"the", "and", "not", "was", "for", "with", "from", "that", "this", "got", "none", "true"}
    | {"error", "exception", "assertionerror", "failed", "failure", "false", "expected"}
)


def score_issue(
    issue: Issue, incident: Incident, rules: Sequence[FacetRule] = FACET_RULES
) -> float:
    """How likely it tells of this incident: as its best failure."""
    title, body = set(find_words(issue.title)), set(find_words(issue.body))
    ours = find_platforms(incident.builders, rules)
    where = _score_where(title, ours, rules)
    scores = [_score(names, title, body) + where for names in find_all_names(incident)]
    return round(min(1.0, max(0.0, *scores, 0.0)), 3)


def _score(names: FailureNames, title: set[str], body: set[str]) -> float:
    file = _find(names.file, title, body, _FILE)
    test = _find(names.test, title, body, _TEST) if names.test else 0.0
    if not file:  # the same test of another file
        return 0.0
    weight = _MESSAGE if names.test else _MESSAGE_ALONE
    return file + test + weight * _share(names.message, title | body) + _score_kind(names, title)


def _find(name: str, title: set[str], body: set[str], worth: tuple[float, float]) -> float:
    """A name may be several words, `_ssl.c`: all of them have to be there."""
    words = set(find_words(name))
    if not words:
        return 0.0
    return worth[0] if words <= title else worth[1] if words <= title | body else 0.0


def _share(message: str, text: set[str]) -> float:
    """How many of the telling words of a message an issue has."""
    words = {w for w in find_words(message) if len(w) >= 3 and w not in _STOP}
    return len(words & text) / len(words) if words else 0.0


def _score_kind(names: FailureNames, title: set[str]) -> float:
    if _KIND_WORDS.get(names.kind, frozenset()) & title:
        return _SAME if names.test else _SAME_ALONE
    return _OTHER if title & _SPECIAL else 0.0


def _score_where(title: set[str], ours: frozenset[str], rules: Sequence[FacetRule]) -> float:
    """A title that names a platform is about that one."""
    named = find_platforms([" ".join(sorted(title))], rules)
    if not named:
        return 0.0
    return _SAME if named & ours else _OTHER


def rank_issues(
    issues: Iterable[Issue], incidents: Iterable[Incident], rules: Sequence[FacetRule] = FACET_RULES
) -> list[tuple[float, Issue]]:
    """Those that are sure enough, the likeliest first; of two alike the open, then the older."""
    told = list(incidents)
    scored = [
        (max((score_issue(issue, incident, rules) for incident in told), default=0.0), issue)
        for issue in {(i.repository, i.number): i for i in issues}.values()
    ]
    sure = [one for one in scored if one[0] >= SURE]
    return sorted(sure, key=_find_order)


def _find_order(scored: tuple[float, Issue]) -> tuple[float, bool, int]:
    score, issue = scored
    return -score, issue.state is not IssueState.OPEN, issue.number


def make_queries(incidents: Sequence[Incident]) -> tuple[str, ...]:
    """What to search for, the most telling first; each word is quoted, so that nothing in it is an
    operator or a qualifier of GitHub's search.
    """
    names = [n for incident in incidents for n in find_all_names(incident)][:_MOST_NAMES]
    queries: list[str] = []
    for one in names:
        words = [_quote(one.file), _quote(one.test)]
        queries.append(" ".join(word for word in words if word))
    files = [_quote(one.file) for one in names if one.test]
    queries += [f"{file} in:title" for file in files if file]
    return tuple(dict.fromkeys(query for query in queries if query))[:_MOST_QUERIES]


# Of one cause: GitHub lets us search thirty times a minute.
_MOST_NAMES, _MOST_QUERIES = 2, 3
_LONGEST_WORD = 60  # of 256 characters that GitHub takes in all


def _quote(name: str) -> str:
    """A phrase of what names are made of; empty where there is no word in it."""
    words = _NO_NAME.sub(" ", name).strip()
    return f'"{words}"' if len(words) <= _LONGEST_WORD and find_words(words) else ""


_NO_NAME = re.compile(r"[^A-Za-z0-9_./+-]+")
