"""What an author reads on a phone at night: short, exact, the same for the same facts.

The texts themselves are golden files in `tests/data/comments`; `UPDATE_GOLDEN=1` writes them anew,
and then they are to be read by a person.
"""

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.comment import LIMIT, Exhibit, Report, make_marker, render_comment
from bot.core.model import (
    Build,
    Builder,
    BuilderRange,
    BuildFacts,
    Commit,
    Failure,
    Fix,
    Incident,
    IncidentState,
    Kind,
    RegressionRange,
    ScheduledBy,
    Signature,
    Suspect,
    Verdict,
)
from bot.core.results import Result
from tests.core.test_markdown import NASTY, Page, find_plain_effects

T = TypeVar("T")
GOLDEN = Path(__file__).parents[1] / "data/comments"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
A, B, C, D = (letter * 40 for letter in "abcd")
DEBIAN, FEDORA, REFLEAKS = "AMD64 Debian", "ARM64 Fedora", "AMD64 Debian Refleaks"
LOG = (
    "FAIL: test_handshake (test.test_ssl.ContextTests.test_handshake)",
    "Traceback (most recent call last):",
    '  File "/srv/wk-debian/build/Lib/test/test_ssl.py", line 812, in test_handshake',
    "    self.assertEqual(conn.version(), 'TLSv1.3')",
    "AssertionError: 'TLSv1.2' != 'TLSv1.3'",
)


# ---------------------------------------------------------------- factories


def make_failure(
    test: str | None = "test.test_ssl.ContextTests.test_handshake",
    message: str = "AssertionError: 'TLSv1.2' != 'TLSv1.3'",
    excerpt: tuple[str, ...] = LOG,
    kind: Kind = Kind.TEST_FAILURE,
    location: str | None = None,
) -> Failure:
    return Failure("unittest", kind, test, message, location=location, excerpt=excerpt)


def make_signature(failure: Failure) -> Signature:
    site = failure.test or (failure.location or "").partition(":")[0]
    return Signature("main", failure.suite, failure.kind, site, failure.message)


def make_facts(buildid: int, builder: str, revision: str, result: Result) -> BuildFacts:
    build = Build(
        source="buildbot",
        buildid=buildid,
        number=500 + buildid,
        builderid=len(builder),
        buildrequestid=buildid,
        worker="wk",
        branch="main",
        revision=revision,
        repository="octo-org/demo",
        scheduled_by=ScheduledBy.BRANCH,
        result=result,
        started_at=NOON + timedelta(minutes=buildid),
        complete_at=NOON + timedelta(minutes=buildid + 30),
    )
    url = f"https://buildbot.example.org/#/builders/{build.builderid}/builds/{build.number}"
    return BuildFacts(build, Builder("buildbot", build.builderid, builder), 1, url=url)


def make_exhibit(facts: BuildFacts, *failures: Failure, reproduce: str | None = None) -> Exhibit:
    return Exhibit(facts.build, facts.builder.name, facts.url, failures, reproduce)


def make_report(
    *,
    verdict: Verdict = Verdict.SUSPECTED,
    state: IncidentState = IncidentState.OPEN,
    builders: tuple[str, ...] = (DEBIAN, FEDORA),
    failures: tuple[Failure, ...] = (make_failure(),),
    reproduce: str | None = "./python -m test -v test_ssl -m test_handshake",
    confidence: float = 0.97,
    fix: Fix | None = None,
    ident: str = "0a1b2c3d4e5f",
) -> Report:
    """Each builder green at `a` and red at `b`; the pull's one commit is `b`."""
    greens = [make_facts(i, name, A, Result.SUCCESS) for i, name in enumerate(builders)]
    reds = [make_facts(100 + i, name, B, Result.FAILURE) for i, name in enumerate(builders)]
    ends = RegressionRange(A, B)
    incident = Incident(
        id=ident,
        branch="main",
        signatures=tuple(sorted(make_signature(f) for f in failures)),
        builders=tuple(sorted(builders)),
        verdict=verdict,
        state=state,
        range=ends,
        ranges=tuple(
            BuilderRange(name, ends, green.build.buildid, red.build.buildid)
            for name, green, red in zip(builders, greens, reds, strict=True)
        ),
        suspects=(Suspect(B, 102, 1.0),),
        opened_at=NOON,
        first_red_build=100,
        red_builds=tuple(red.build.buildid for red in reds),
        pull=102,
        confidence=confidence,
        reason="Every commit left in the range belongs to pull 102, and 2 red builds agree.",
        fix=fix,
    )
    return Report(
        incident,
        verdict,
        state,
        tuple(make_exhibit(red, *failures, reproduce=reproduce) for red in reds),
        (Commit(B, A, NOON, "Speed up ssl (#102)", "octocat", 102),),
        (*greens, *reds),
    )


def render(*reports: Report, dashboard_url: str | None = "https://watch.example.org") -> str:
    return render_comment("octo-org/demo", 102, 1, reports, dashboard_url=dashboard_url)


# ---------------------------------------------------------------- golden files


def _narrowed() -> Report:
    """A batch build on the slow builder; the fast one tells its three commits apart."""
    report = make_report(builders=(FEDORA, REFLEAKS))
    fast, slow = report.incident.ranges
    slow = replace(slow, range=RegressionRange("0" * 40, C))
    incident = replace(report.incident, ranges=(fast, slow))
    return replace(report, incident=incident)


def _open_ended() -> Report:
    report = make_report(builders=(DEBIAN,))
    ends = RegressionRange(None, B)
    only = replace(report.incident.ranges[0], range=ends, last_good_build=None)
    return replace(report, incident=replace(report.incident, range=ends, ranges=(only,)))


def _lost_revision() -> Report:
    """Buildbot never told which revision the first red build had."""
    report = make_report(builders=(DEBIAN,))
    ends = RegressionRange(A, None)
    only = replace(report.incident.ranges[0], range=ends, first_bad_build=999)
    return replace(report, incident=replace(report.incident, range=ends, ranges=(only,)))


def _rebased() -> Report:
    report = make_report()
    titles = ("Split the handshake", "Speed it up", "Say so in the docs")
    commits = tuple(
        Commit(sha, A, NOON, title, "octocat", 102)
        for sha, title in zip((B, C, D), titles, strict=True)
    )
    incident = replace(report.incident, range=RegressionRange(A, D))
    return replace(report, commits=commits, incident=incident)


def _without_log() -> Report:
    report = make_report(failures=(make_failure(excerpt=()),), reproduce=None)
    note = "the log of step test is gone"
    return replace(report, exhibits=tuple(replace(e, note=note) for e in report.exhibits))


def _withdrawn() -> Report:
    report = make_report(state=IncidentState.WITHDRAWN, ident="1111")
    reason = "It failed on an older commit already, 9f8e7d6c5b on s390x RHEL."
    return replace(report, incident=replace(report.incident, reason=reason, pull=None))


def _other_incident(**details: object) -> Report:
    error = make_failure(
        None,
        "error: 'SSL_CTX' undeclared",
        (
            "Modules/_ssl.c:1234:9: error: 'SSL_CTX' undeclared",
            "make: *** [Modules/_ssl.o] Error 1",
        ),
        Kind.COMPILE_ERROR,
        "Modules/_ssl.c:1234",
    )
    report = make_report(builders=("Windows 11",), failures=(error,), reproduce=None, ident="ffff")
    return replace(report, **details)  # type: ignore[arg-type]  # fields of a report


HOSTILE = " ".join(NASTY[:-2])
FIXED_BY = Fix(RegressionRange(C, D), pull=105, sha=D)
FIXED_IN = Fix(RegressionRange(C, D), pull=None)
CASES: dict[str, tuple[Report, ...]] = {
    "suspected": (make_report(),),
    "suspected-on-one-builder": (make_report(builders=(DEBIAN,)),),
    "confirmed": (make_report(verdict=Verdict.CONFIRMED, confidence=0.995),),
    "fixed-by-a-pull": (make_report(state=IncidentState.FIXED, fix=FIXED_BY),),
    "fixed-in-a-range": (make_report(state=IncidentState.FIXED, fix=FIXED_IN),),
    "withdrawn": (_withdrawn(),),
    "closed": (make_report(state=IncidentState.CLOSED),),
    "narrowed-by-a-faster-builder": (_narrowed(),),
    "never-seen-green": (_open_ended(),),
    "revision-unknown": (_lost_revision(),),
    "several-commits-of-a-rebase": (_rebased(),),
    "no-log": (_without_log(),),
    "compile-error": (_other_incident(),),
    "many-builders": (make_report(builders=tuple(f"Builder {n:02}" for n in range(30))),),
    "many-tests": (
        make_report(failures=tuple(make_failure(f"test.test_os.T.test_{n}") for n in range(40))),
    ),
    "huge-log": (
        make_report(failures=(make_failure(excerpt=tuple(f"line {n} " * 50 for n in range(900))),)),
    ),
    "two-incidents": (make_report(), _other_incident()),
    "one-open-one-fixed-one-withdrawn": (
        _withdrawn(),
        _other_incident(),
        make_report(state=IncidentState.FIXED, fix=FIXED_BY, ident="2222"),
    ),
    "hostile": (
        make_report(
            builders=(HOSTILE, "@octocat"),
            failures=(make_failure(HOSTILE, HOSTILE, NASTY[:-2]),),
            reproduce=HOSTILE,
        ),
    ),
}


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
    ours |= {"details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.tags <= ours
    assert page.comments == [" nightswatch pull=102 thread=1 "]


@pytest.mark.parametrize("name", CASES)
def test_links_lead_to_known_places_only(name: str) -> None:
    """The builds, the commits and our own page: nowhere that a log names."""
    from html.parser import HTMLParser

    from tests.core.test_markdown import render as render_html

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
    for word in ("suspected", "test_handshake", DEBIAN, FEDORA, "97%"):
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
    assert "~~This pull request was suspected" in text
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
    assert "#" not in text.replace("/#/", "").replace("&#", "")


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
    assert "by this pull request:" in render(make_report(state=IncidentState.FIXED, fix=own))


def test_without_a_dashboard_no_page_is_promised() -> None:
    """A link to nowhere is worse than none."""
    assert "the page of this incident" not in render(make_report(), dashboard_url=None)


@pytest.mark.parametrize("name", CASES)
def test_the_same_facts_make_the_same_bytes(name: str) -> None:
    """Order of arrival must not show: each edit of a comment sends mail to nobody, but is seen."""
    dice = random.Random(7)
    for _ in range(3):
        reports = [
            replace(r, exhibits=_shuffled(r.exhibits, dice), builds=_shuffled(r.builds, dice))
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
    noted = tuple(replace(e, note=say()) for e in report.exhibits)
    return replace(report, incident=incident, commits=titled, exhibits=noted)


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
