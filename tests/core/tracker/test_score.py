"""Which issue tells of a failure: those under other words are found, neighbours are not taken."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Kind, Verdict
from bot.core.model.tracker import IssueState
from bot.core.tracker.score import SURE, make_queries, rank_issues, score_issue
from tests.support.make_issues import make_issue, make_red

SSL = "test.test_ssl.BasicTests.test_basic"


# Ten issues that tell of a failure, most titles CPython's, and ten that only read like it; texts
# are made up. `docs/tracker.md` tells what was found among them.
TOLD: list[dict[str, Any]] = json.loads(
    Path(__file__, "../../../data/tracker/issues.json").resolve().read_text()
)


def _score(told: dict[str, Any]) -> float:
    more: dict[str, Any] = {"builders": tuple(told["builders"])} if "builders" in told else {}
    kind = Kind(told.get("kind", Kind.TEST_FAILURE))
    incident = make_red(told["site"], told["message"], kind=kind, **more)
    return score_issue(make_issue(told["title"], told["body"]), incident)


def test_what_was_measured() -> None:
    scores = [(_score(told), told) for told in TOLD]
    missed = [told["title"] for score, told in scores if told["same"] and score < SURE]
    wrong = [told["title"] for score, told in scores if not told["same"] and score >= SURE]
    assert (missed, wrong) == ([], [])
    assert sum(told["same"] for told in TOLD) == 10


def test_the_likeliest_is_first_and_of_two_alike_the_open_one() -> None:
    incident = make_red(SSL, "SSLError: handshake failure")
    issues = [
        make_issue("test_ssl: test_basic() fails", number=7, state=IssueState.CLOSED),
        make_issue("test_ssl: test_basic() fails", number=9),
        make_issue("test_ssl: test_basic() in a handshake", number=11),
        make_issue("Something else", number=1),
    ]
    assert [issue.number for _, issue in rank_issues([*issues, issues[0]], [incident])] == [
        11,
        9,
        7,
    ]


def test_another_platform_in_the_title_is_another_failure() -> None:
    incident = make_red(SSL, builders=("s390x Fedora 3.x",))
    here = score_issue(make_issue("test_ssl: test_basic() fails on s390x"), incident)
    there = score_issue(make_issue("test_ssl: test_basic() fails on FreeBSD"), incident)
    assert here > there


@pytest.mark.parametrize(
    ("site", "queries"),
    [
        (SSL, ('"test_ssl" "test_basic"', '"test_ssl" in:title')),
        ("Modules/_ssl.c", ('"_ssl.c"',)),
        ('test.test_a.T.test_"x" OR repo:o/secret', ('"test_a" "OR secret"', '"test_a" in:title')),
        ("x" * 300, ()),
        ("☃", ()),
    ],
)
def test_a_search_holds_plain_words_only(site: str, queries: tuple[str, ...]) -> None:
    kind = Kind.COMPILE_ERROR if site.endswith(".c") else Kind.TEST_FAILURE
    found = make_queries([make_red(site, kind=kind, verdict=Verdict.OLD)])
    assert all(query.replace(" in:title", "").count(":") == 0 for query in found)
    assert len(found) == len(queries)
