"""The one line that a mail's subject and a phone show: true, short, and of closed words."""

from dataclasses import replace

import pytest

from bot.core.model import Fix, IncidentState, Kind, RegressionRange, Verdict
from bot.core.render.headline import (
    FIRST_LINE,
    LinkContext,
    Report,
    cut_sha,
    describe,
    find_display_state,
    join_names,
    render_headline,
)
from tests.support.situations import A, B, make_failure, make_report

HERE = LinkContext("octo-org/demo", 102, "https://github.com/", "https://watch.example.org/")


@pytest.mark.parametrize(
    ("verdict", "state", "begins"),
    [
        (Verdict.CONFIRMED, IncidentState.OPEN, "🔴 **This PR broke "),
        (Verdict.SUSPECTED, IncidentState.OPEN, "🔴 **This PR is suspected of breaking "),
        (Verdict.CONFIRMED, IncidentState.FIXED, "🟢 **Fixed:** "),
        (Verdict.CONFIRMED, IncidentState.CLOSED, "⚪ **Closed**, no fix was seen: "),
        (Verdict.CONFIRMED, IncidentState.WITHDRAWN, "⚪ **Withdrawn:** "),
        (Verdict.FLAKY, IncidentState.OPEN, "⚪ **Withdrawn:** "),
        (Verdict.UNKNOWN, IncidentState.OPEN, "⚪ **Withdrawn:** "),
    ],
)
def test_who_is_not_accused_any_more_reads_so_at_once(
    verdict: Verdict, state: IncidentState, begins: str
) -> None:
    assert render_headline(make_report(verdict=verdict, state=state), HERE).startswith(begins)


def test_how_sure_we_are_is_told_only_where_that_is_something() -> None:
    assert "(97% sure)" in render_headline(make_report(confidence=0.97), HERE)
    assert "sure" not in render_headline(make_report(confidence=0.0), HERE)


@pytest.mark.parametrize(
    ("fix", "words"),
    [
        (Fix(RegressionRange(A, B), pull=102), "Fixed by this PR:"),
        (Fix(RegressionRange(A, B), pull=103), "Fixed by #103:"),
        (Fix(RegressionRange(A, B), pull=None), "Fixed somewhere in [`"),
        (Fix(RegressionRange(None, B), pull=None), "Fixed somewhere in the commits up to"),
    ],
)
def test_who_fixed_it_is_named_where_only_one_is_left(fix: Fix, words: str) -> None:
    assert words in render_headline(make_report(state=IncidentState.FIXED, fix=fix), HERE)


def test_many_long_names_still_fit_in_a_notification() -> None:
    failures = tuple(make_failure(test=f"package.module.Class.test_{'x' * 90}_{n}") for n in "ab")
    builders = tuple(f"ARM64 Debian with a very long name {n}" for n in "abcde")
    line = render_headline(make_report(failures=failures, builders=builders), HERE)
    plain = line.replace("**", "").replace("`", "")
    assert len(plain) <= FIRST_LINE
    assert "and 1 more" in plain
    assert "5 builders" in plain


@pytest.mark.parametrize(
    ("kind", "site", "words"),
    [
        (Kind.TEST_FAILURE, "test_ssl", "`test_ssl`"),
        (Kind.CRASH, "test_ssl", "`test_ssl` (crash)"),
        (Kind.COMPILE_ERROR, "Modules/_ssl.c", "the compilation of `Modules/_ssl.c`"),
        (Kind.UNKNOWN, "", "the build, `suite`"),
    ],
)
def test_each_kind_has_its_words(kind: Kind, site: str, words: str) -> None:
    assert describe(kind, site, "suite") == words


def test_of_a_long_name_the_end_is_kept() -> None:
    """All tests of a project begin with the same package."""
    name = "project.package.subpackage.module.TestCase.test_the_thing"
    assert describe(Kind.TEST_FAILURE, name, "", 40).endswith("TestCase.test_the_thing`")


@pytest.mark.parametrize(
    ("names", "most", "words"),
    [
        ((), 2, "Buildbot"),
        (("A",), 2, "A"),
        (("B", "A", "B"), 2, "A and B"),
        (("A", "B", "C"), 2, "A, B and 1 more"),
        (("A",), 0, "1 builder"),
        (("A", "B"), 0, "2 builders"),
    ],
)
def test_builders_are_joined_in_words(names: tuple[str, ...], most: int, words: str) -> None:
    assert join_names(names, most) == words


@pytest.mark.parametrize(("sha", "shown"), [("a" * 40, "aaaaaaa"), ("](x", "unknown")])
def test_nothing_else_passes_for_a_sha(sha: str, shown: str) -> None:
    assert cut_sha(sha) == shown


def test_links_lead_to_the_site_that_people_use() -> None:
    assert HERE.link_commit(A).endswith(f"(https://github.com/octo-org/demo/commit/{A})")
    assert HERE.link_commit(None) == "an unknown commit"
    assert f"/compare/{A}...{B})" in HERE.link_range(RegressionRange(A, B))
    assert HERE.link_range(RegressionRange(A, None)).startswith("the commits after")
    incident = make_report().incident
    link = HERE.link_incident(incident)
    assert link is not None
    assert link.endswith(f"(https://watch.example.org/incidents/{incident.id})")
    assert replace(HERE, dashboard_url=None).link_incident(incident) is None


def test_a_verdict_that_accuses_is_the_state_that_is_shown() -> None:
    incident = make_report().incident
    shown = find_display_state(Report(incident, Verdict.CONFIRMED, IncidentState.OPEN))
    assert shown == Verdict.CONFIRMED
