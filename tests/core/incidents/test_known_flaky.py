"""What a project lists as flaky accuses nobody, and what is over stays as it was told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.incidents.known_flaky import FlakyList
from bot.core.incidents.overrides import CommitTimeline, apply_overrides, make_ref
from bot.core.model import Incident, IncidentState, Kind, Signature, Verdict
from bot.core.model.commands import Override, OverrideKind, Role
from bot.core.model.known_flaky import KnownFlaky, ListedTest
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.core.incidents.test_overrides import LINE, make_incident
from tests.support.make_observations import SSL, START, make_signature, sha

HOUR = timedelta(hours=1)
FILE = ListedTest(SSL, "file:tests/flaky.txt", None, START + HOUR)
LISTED = KnownFlaky((FILE,))

FORMS = {
    "the name itself": (SSL, SSL),
    "without the first part": ("test_ssl.BasicTests.test_a", "test.test_ssl.BasicTests.test_a"),
    "unittest": ("test_a (test.test_ssl.T.test_a)", "test.test_ssl.T.test_a"),
    "unittest of old": ("test_a (test.test_ssl.T)", "test.test_ssl.T.test_a"),
    "pytest": ("tests/test_a.py::T::test_b", "tests/test_a.py::T::test_b"),
    "pytest, every parameter": ("tests/test_a.py::test_b", "tests/test_a.py::test_b[1-x]"),
    "pytest, one parameter": ("tests/test_a.py::test_b[1-x]", "tests/test_a.py::test_b[1-x]"),
    "lit": ("LLVM :: CodeGen/X86/a.ll", "LLVM :: CodeGen/X86/a.ll"),
    "lit, without its suite": ("CodeGen/X86/a.ll", "LLVM :: CodeGen/X86/a.ll"),
    "tap": ("t/10-basic.t", "t/10-basic.t"),
    "any end": ("tests/test_a.py::*", "tests/test_a.py::test_b[1]"),
}
OTHERS = {
    "another test": ("test_ssl.T.test_a", "test.test_ssl.T.test_ab"),
    "the file is not all of its tests": ("test_ssl", "test.test_ssl.T.test_a"),
    "another parameter": ("tests/test_a.py::test_b[2]", "tests/test_a.py::test_b[1]"),
    "the last part is no name": ("test_a", "test.test_ssl.T.test_a"),
    "every test there is": ("*", "tests/test_a.py::test_b"),
    "every test there is, in a folder that all have": ("tests/*", "tests/test_a.py::test_b"),
    "another end": ("tests/test_b.py::*", "tests/test_a.py::test_b"),
}
TITLES = {
    "test_ssl.T.test_a is Test_A in test_SSL": True,
    "test_ssl: test_a() hangs on FreeBSD buildbots": True,
    "Flaky: test.test_ssl.T.test_a": True,
    "test_ssl: test_b() hangs on FreeBSD buildbots": False,
    "test_ssl is slow": False,
    "test_a fails now and then": False,
}


def find(words: str, site: str, issue: int | None = None) -> ListedTest | None:
    return find_in(replace(FILE, words=words, issue=issue), make_signature(site))


def find_in(listed: ListedTest, signature: Signature) -> ListedTest | None:
    return FlakyList(KnownFlaky((listed,))).find(signature, None)


def apply(incident: Incident, known: KnownFlaky) -> Incident:
    return FlakyList(known).apply(incident)


@pytest.mark.parametrize(("name", "site"), FORMS.values(), ids=FORMS)
def test_a_name_is_known_in_the_form_of_its_framework(name: str, site: str) -> None:
    assert find(name, site) is not None


@pytest.mark.parametrize(("name", "site"), OTHERS.values(), ids=OTHERS)
def test_no_other_test_is_taken_for_it(name: str, site: str) -> None:
    assert find(name, site) is None


@pytest.mark.parametrize(("title", "named"), TITLES.items())
def test_a_title_names_a_test_by_file_and_test(title: str, named: bool) -> None:
    assert (find(title, "test.test_ssl.T.test_a", issue=7) is not None) is named


def test_a_title_that_names_a_file_only_tells_of_the_file() -> None:
    assert find("test_ssl crashes", "test_ssl", issue=7)
    assert find("test_ssl: test_a() crashes", "test_ssl", issue=7) is None
    path = Signature("main", "lit", Kind.TEST_FAILURE, "LLVM :: CodeGen/X86/a.ll", "")
    title = replace(FILE, words="CodeGen/X86/a.ll fails", issue=7)
    assert find_in(title, path)
    assert find_in(title, replace(path, site="LLVM :: CodeGen/X86/b.ll")) is None


def test_what_is_no_test_is_never_listed() -> None:
    error = Signature("main", "", Kind.COMPILE_ERROR, SSL, "")
    assert find_in(FILE, error) is None


def test_a_listed_test_accuses_nobody_and_says_where_it_is_listed() -> None:
    ruled = apply(make_incident(), LISTED)
    assert (ruled.pull, ruled.verdict, ruled.state) == (
        None,
        Verdict.FLAKY,
        IncidentState.WITHDRAWN,
    )
    assert ruled.reason == "Known flaky (listed in tests/flaky.txt)."
    issue = KnownFlaky((replace(FILE, words=f"{SSL} fails", issue=7),))
    assert apply(make_incident(), issue).reason == "Known flaky (listed in issue 7)."


def test_one_of_several_failures_takes_no_accusation_back_and_is_told() -> None:
    both = make_incident(signatures=(make_signature(), make_signature("test.test_os.T.test_b")))
    ruled = apply(both, LISTED)
    assert (ruled.pull, ruled.verdict, ruled.state) == (102, both.verdict, both.state)
    assert "Known flaky (listed in tests/flaky.txt): 1 of its 2 failures." in ruled.reason


def test_nothing_listed_is_the_same_object() -> None:
    incident = make_incident()
    assert apply(incident, KnownFlaky()) is incident
    other = KnownFlaky((replace(FILE, words="test_os"),))
    assert apply(incident, other) is incident


OVER = {
    "before it was listed": (timedelta(0), None, 102),
    "while it was listed": (2 * HOUR, None, None),
    "while it was listed, which it is no more": (2 * HOUR, 3 * HOUR, None),
    "after it was listed": (4 * HOUR, 3 * HOUR, 102),
}


@pytest.mark.parametrize(("closed", "until", "pull"), OVER.values(), ids=OVER)
def test_what_is_over_keeps_what_was_told_by_then(
    closed: timedelta, until: timedelta | None, pull: int | None
) -> None:
    over = make_incident(state=IncidentState.FIXED, closed_at=START + closed)
    listed = replace(FILE, until=None if until is None else START + until)
    ruled = apply(over, KnownFlaky((listed,)))
    assert (ruled.pull, ruled.state) == (pull, IncidentState.FIXED)


def test_who_names_a_commit_by_hand_knows_better_than_a_list() -> None:
    unlisted = make_incident()
    blame = Override(
        repo_id=1,
        comment_id=7,
        position=0,
        part=0,
        kind=OverrideKind.BLAME,
        by="alice",
        role=Role.WRITE,
        at=START,
        number=102,
        target=make_ref(unlisted),
        sha=sha("b"),
        pull=101,
    )
    listed = apply(unlisted, LISTED)
    (ruled,) = apply_overrides([listed], [blame], DEFAULT_POLICY, CommitTimeline(LINE))
    assert (ruled.pull, ruled.state) == (101, IncidentState.OPEN)
