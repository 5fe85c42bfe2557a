"""What an author reads on a phone at night: short, exact, the same for the same facts.

The texts themselves are golden files in `tests/data/comments`; `UPDATE_GOLDEN=1` writes them anew,
and then they are to be read by a person.
"""

import os
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.model import Fix, IncidentState, Kind, RegressionRange, Verdict
from bot.core.render.comment import LIMIT, Report, make_marker, render_comment
from bot.core.render.headline import FIRST_LINE
from tests.support.markdown_effects import NASTY, Page, find_plain_effects
from tests.support.situations import (
    CASES,
    DEBIAN,
    FIXED_BY,
    FIXED_IN,
    C,
    D,
    make_failure,
    make_report,
)

T = TypeVar("T")
GOLDEN = Path(__file__).parents[2] / "data/comments"


def render(*reports: Report, dashboard_url: str | None = "https://watch.example.org") -> str:
    return render_comment("octo-org/demo", 102, 1, reports, dashboard_url=dashboard_url)


@pytest.mark.parametrize("name", CASES)
def test_the_comment_reads_as_it_was_approved(name: str) -> None:
    """A change of words is a decision: it shows in a diff."""
    path = GOLDEN / f"{name}.md"
    text = render(*CASES[name])
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def test_every_golden_file_is_of_a_case() -> None:
    """Else an old one would be read as if it were true."""
    assert {path.stem for path in GOLDEN.glob("*.md")} == set(CASES)


# ---------------------------------------------------------------- what every comment keeps


@pytest.mark.parametrize("name", CASES)
def test_every_comment_keeps_the_promises(name: str) -> None:
    """Found again by its marker, short, and without effect on anybody."""
    text = render(*CASES[name])
    assert text.endswith(f"\n\n{make_marker(102, 1)}\n")
    assert text.count("<!--") == 1
    assert len(text) < LIMIT
    effects = find_plain_effects(text)
    assert "mention" not in effects
    fixes = {"fixed-by-a-pull", "one-open-one-fixed-one-withdrawn"}
    assert effects.get("issue", []) == (["#1"] if name in fixes else []), "only the fix is named"
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("name", CASES)
def test_every_comment_is_sound_markdown(name: str) -> None:
    """No tag but our own, and nothing left open that would swallow the rest."""
    page = Page(render(*CASES[name]))
    ours = {"p", "strong", "em", "code", "pre", "a", "ul", "li", "hr", "del", "sub"}
    ours |= {"details", "summary", "table", "thead", "tbody", "tr", "th", "td", "br"}
    assert page.tags <= ours
    assert page.comments == [" nightswatch pull=102 thread=1 "]


@pytest.mark.parametrize("name", CASES)
def test_links_lead_to_known_places_only(name: str) -> None:
    """The builds, the commits and our own page: nowhere that a log names."""
    from html.parser import HTMLParser

    from tests.support.markdown_effects import render as render_html

    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value or "" for key, value in attrs if key in ("href", "src"))

    Links().feed(render_html(render(*CASES[name])))
    known = (
        "https://buildbot.example.org/#/builders/",
        "https://github.com/octo-org/demo/co",
        "https://watch.example.org/incidents/",
    )
    assert [url for url in found if not url.startswith(known)] == []


def test_the_first_line_says_it_all() -> None:
    """Mail subjects and phones show no more: what, where, how sure."""
    first = render(make_report()).split("\n")[0]
    for word in ("suspected", "test_handshake", DEBIAN, "97%"):
        assert word in first
    assert "confirmed" in render(*CASES["confirmed"]).split("\n")[0]
    assert "#105" in render(*CASES["fixed-by-a-pull"]).split("\n")[0]
    assert "1 more below" in render(*CASES["two-incidents"]).split("\n")[0]


@pytest.mark.parametrize(
    ("confidence", "shown"), [(0.95, "95%"), (0.9599, "95%"), (0.9999, "99%"), (1.0, "99%")]
)
def test_nobody_is_told_more_than_we_know(confidence: float, shown: str) -> None:
    """Rounded down, and never a hundred."""
    assert f"({shown} sure)" in render(make_report(confidence=confidence))


@pytest.mark.parametrize("name", [name for name in CASES if name != "hostile"])
def test_the_first_line_fits_a_phone(name: str) -> None:
    """What a notification cuts off, nobody reads."""
    first = Page(render(*CASES[name]).split("\n")[0]).text
    assert len(re.sub(r" \d+ more below\.$", "", first)) <= FIRST_LINE


@pytest.mark.parametrize("name", CASES)
def test_the_table_fits_a_phone(name: str) -> None:
    """Six commits and five builders at most; what was left out is counted."""
    rows = [line for line in render(*CASES[name]).splitlines() if line.startswith("| ")]
    heads = [n for n, row in enumerate(rows) if row.startswith("| commit")]
    for start, end in zip(heads, [*heads[1:], len(rows)][: len(heads)], strict=True):
        assert end - start - 2 <= 6
        assert rows[start].count(" | ") <= 5


def test_a_table_that_leaves_out_says_so() -> None:
    """A table that seems whole and is not, would mislead."""
    assert "25 more builders left out" in render(*CASES["many-builders"])
    assert "more commit" not in render(*CASES["suspected"])


def test_commits_of_others_are_named_by_sha_alone() -> None:
    """Nobody else is called to a comment that does not accuse them."""
    text = render(*CASES["suspected-among-others"])
    assert "Less likely: [`ccccccc`]" in text
    assert "(4%)" in text
    assert "Flaked in 0 of 214 earlier runs" in text
    assert "103" not in text.replace("Tidy up os.path (#\u200b103)", "")


def test_a_fixed_pull_is_not_named_among_the_others() -> None:
    """Green builds after the fix draw belief from it; "less likely" it was never called."""
    report = make_report(state=IncidentState.FIXED)
    (first, *others) = report.incident.suspects
    incident = replace(report.incident, pull=None, suspects=(replace(first, p=0.52), *others))
    text = render(replace(report, incident=incident))
    assert first.pull == 102
    assert "(52%)" not in text


def test_a_revert_is_proposed_in_words_when_it_is_due() -> None:
    """Red for long, or on many machines: the branch matters more than the change."""
    assert "please revert for now" in render(*CASES["confirmed-and-a-revert-is-due"])
    assert "please revert for now" not in render(*CASES["confirmed"])
    merely_suspected = replace(make_report(), revert=True)
    assert "please revert for now" not in render(merely_suspected), "nobody reverts on a suspicion"


def test_commands_begin_with_the_prefix_that_is_set() -> None:
    """Two bots may listen on one repository."""
    text = render_comment("o/r", 1, 1, [make_report()], dashboard_url=None, prefix="/watch")
    assert "`/watch not-me`" in text
    assert "`/buildbot" not in text


def test_without_a_number_no_number_is_made_up() -> None:
    """Where nothing was reckoned, the words must do."""
    assert "%" not in render(make_report(confidence=0.0)).split("\n")[0]


@pytest.mark.parametrize(
    "verdict", [v for v in Verdict if v not in (Verdict.SUSPECTED, Verdict.CONFIRMED)]
)
def test_an_open_incident_that_accuses_nobody_takes_it_back(verdict: Verdict) -> None:
    """If policy ever lets such a one through, it must not read as an accusation."""
    text = render(make_report(verdict=verdict))
    assert "Withdrawn" in text.split("\n")[0]
    assert "🔴" not in text


def test_a_withdrawal_is_plain() -> None:
    """Struck through, sorry, and why; no log of somebody else's failure, and nothing to do."""
    text = render(*CASES["withdrawn"])
    assert "Sorry for the noise" in text
    assert "~~this PR broke" in text.split("\n")[0]
    assert "```" not in text
    assert "revert" not in text


def test_what_is_worst_comes_first() -> None:
    """One incident that is over must not hide one that is open."""
    text = render(*CASES["one-open-one-fixed-one-withdrawn"])
    assert text.index("🔴") < text.index("🟢") < text.index("⚪")


def test_a_fix_of_unknown_origin_thanks_nobody() -> None:
    """The range is named instead."""
    text = render(*CASES["fixed-in-a-range"])
    assert f"{C}...{D}" in text
    assert "issue" not in find_plain_effects(text)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (RegressionRange(None, D), "Fixed somewhere in the commits up to [`ddddddd`]"),
        (RegressionRange(C, None), "Fixed somewhere in the commits after [`ccccccc`]"),
    ],
)
def test_a_fix_with_one_end_only_says_so(ends: RegressionRange, words: str) -> None:
    """There is nothing to compare, and nothing is made up."""
    report = make_report(state=IncidentState.FIXED, fix=Fix(ends, pull=None))
    assert words in render(report).split("\n")[0]


def test_a_fix_that_nobody_saw_is_still_fixed() -> None:
    """Green again, by whatever; and by the pull itself, where it came back mended."""
    assert "**Fixed:**" in render(make_report(state=IncidentState.FIXED))
    own = Fix(RegressionRange(C, D), pull=102)
    assert "by this PR:" in render(make_report(state=IncidentState.FIXED, fix=own))


def test_without_a_dashboard_no_page_is_promised() -> None:
    """A link to nowhere is worse than none."""
    assert "all evidence" not in render(make_report(), dashboard_url=None)


@pytest.mark.parametrize("name", CASES)
def test_the_same_facts_make_the_same_bytes(name: str) -> None:
    """Order of arrival must not show: each edit of a comment sends mail to nobody, but is seen."""
    dice = random.Random(7)
    for _ in range(3):
        reports = [
            replace(
                r,
                failing_builds=_shuffled(r.failing_builds, dice),
                builds=_shuffled(r.builds, dice),
            )
            for r in CASES[name]
        ]
        assert render(*_shuffled(tuple(reports), dice)) == render(*CASES[name])


def _shuffled(items: tuple[T, ...], dice: random.Random) -> tuple[T, ...]:
    return tuple(dice.sample(items, len(items)))


PIECES = (*NASTY[:-1], "|" * 500, "`" * 300, "@" * 9999, "$&<" * 200, "plain words")


def make_wild_report(dice: random.Random) -> Report:
    """A report in which everything that may be hostile or huge is."""

    def say() -> str:
        return "".join(dice.sample(PIECES, dice.randint(0, 4)))

    failures = tuple(
        make_failure(
            dice.choice((None, say())),
            say(),
            tuple(say() for _ in range(dice.randint(0, 60))),
            dice.choice(list(Kind)),
            dice.choice((None, say())),
        )
        for _ in range(dice.randint(0, 12))
    )
    report = make_report(
        verdict=dice.choice(list(Verdict)),
        state=dice.choice(list(IncidentState)),
        builders=tuple({say(): None for _ in range(dice.randint(0, 12))}),
        failures=failures,
        reproduce=dice.choice((None, say())),
        fix=dice.choice((None, FIXED_BY, FIXED_IN)),
        ident=say(),
    )
    incident = replace(report.incident, reason=say(), awaited=(say(),))
    titled = tuple(replace(c, title=say()) for c in report.commits * dice.randint(0, 9))
    noted = tuple(replace(e, note=say()) for e in report.failing_builds)
    return replace(report, incident=incident, commits=titled, failing_builds=noted)


@settings(max_examples=40, deadline=None)
@example(seed=55391203)  # a run of backticks longer than GitHub's parser can count
@given(seed=st.integers(0, 2**32))
def test_whatever_comes_in_the_promises_are_kept(seed: int) -> None:
    """Short, marked, and harmless: by page, by mail, and by reply to the mail."""
    dice = random.Random(seed)
    text = render(*(make_wild_report(dice) for _ in range(dice.randint(1, 9))))
    assert len(text) < LIMIT
    assert text.endswith(f"{make_marker(102, 1)}\n")
    assert text.count("<!--") == 1
    assert "mention" not in find_plain_effects(text)
    text.encode()
    page = Page(text)
    assert page.comments == [" nightswatch pull=102 thread=1 "]
    assert {"script", "img", "h1", "h2", "blockquote", "ol"}.isdisjoint(page.tags)
