"""The table of the evidence: who was green where, red since when, and what nobody built."""

from dataclasses import replace

from bot.core.model import BuildCell, BuildRef, Says
from bot.core.render.builds_table import find_believed_builds, find_commits, render_grid
from bot.core.render.headline import LinkContext
from tests.support.situations import DEBIAN, FEDORA, A, B, C, make_report

HERE = LinkContext("octo-org/demo", 102, "https://github.com")
EMPTY = replace(make_report(), builds=(), commits=())


def render(report: object, commits: int = 6, builders: int = 4) -> list[str]:
    return render_grid(report, HERE, commits=commits, builders=builders).splitlines()  # type: ignore[arg-type] # a report


def test_each_builder_is_a_column_and_each_commit_a_row() -> None:
    head, rule, green, red = render(make_report())[:4]
    assert head == f"| commit | {DEBIAN} | {FEDORA} |"
    assert rule == "| --- | :-: | :-: |"
    assert green.startswith(f"| [`{A[:7]}`]")
    assert green.count("🟢") == 2
    assert red.startswith(f"| [`{B[:7]}`]")
    assert red.count("🔴") == 2


def test_the_ends_of_a_range_are_shown_though_their_builds_are_gone() -> None:
    """Retention deletes old builds, and the incident still knows what they said."""
    text = "\n".join(render(EMPTY))
    assert text.count("🟢") == text.count("🔴") == 2
    assert "(" not in text.partition("🟢")[2].partition("|")[0]  # there is nothing to link to


def test_what_was_not_built_is_said_once_in_the_legend() -> None:
    extra = BuildCell(C, DEBIAN, BuildRef("buildbot", 300), 300, "https://b", Says.RUNNING)
    report = make_report()
    report = replace(report, cells=(extra,), commits=report.commits)
    lines = render(report)
    assert not any(C[:7] in line for line in lines)  # only commits of the table have cells
    alone = render(make_report(builders=(DEBIAN,)))
    assert not any("not built" in line for line in alone)


def test_a_builder_that_built_a_commit_often_shows_its_last_attempts() -> None:
    often = tuple(
        BuildCell(B, DEBIAN, BuildRef("buildbot", 200 + n), 200 + n, "https://b", Says.FAIL)
        for n in range(9)
    )
    lines = render(replace(make_report(builders=(DEBIAN,)), cells=often))
    row = next(line for line in lines if B[:7] in line)
    assert "6 more," in row
    assert "[208](https://b)" in row
    assert "[200](https://b)" not in row


def test_two_sources_with_one_number_are_two_builds() -> None:
    """The second master's build 100 must not take the place of the first one's."""
    alike = BuildCell(B, DEBIAN, BuildRef("other", 100), 7, "https://other", Says.PASS)
    lines = render(replace(make_report(builders=(DEBIAN,)), cells=(alike,)))
    row = next(line for line in lines if B[:7] in line)
    assert "🔴" in row
    assert "🟢 [7](https://other)" in row


def test_what_does_not_fit_is_counted() -> None:
    report = make_report(builders=tuple(f"builder {n}" for n in range(9)))
    lines = render(report, builders=3)
    assert lines[0].count("builder") == 3
    assert "6 more builders left out" in lines[-1]
    assert "1 more commit left out" in render(make_report(), commits=1)[-1]


def test_nothing_known_is_no_table() -> None:
    bare = replace(EMPTY, incident=replace(EMPTY.incident, ranges=(), suspects=()))
    assert render_grid(bare, HERE, commits=6, builders=4) == ""
    assert find_commits(bare) == ()
    assert set(find_believed_builds(bare.incident).values()) == {Says.FAIL}
