"""Situations in which something stands on a pull: what the golden comments are made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.model import (
    Build,
    Builder,
    BuilderRange,
    BuildEvidence,
    BuildRecord,
    BuildRef,
    Commit,
    Failure,
    Fix,
    FlakeRecord,
    Incident,
    IncidentState,
    Kind,
    Outcome,
    RegressionRange,
    ScheduledBy,
    Signature,
    Suspect,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.core.render.comment import FailingBuild, Report
from tests.support.markdown_effects import NASTY

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Z, A, B, C, D = ("0" * 40, "a" * 40, "b" * 40, "c" * 40, "d" * 40)
LINE = tuple(
    Commit(sha, parent, NOON, title, "octocat", pull)
    for sha, parent, title, pull in (
        (Z, None, "Bump the docs theme (#100)", 100),
        (A, Z, "Fix a typo in the changelog (#101)", 101),
        (B, A, "Speed up ssl (#102)", 102),
        (C, B, "Tidy up os.path (#103)", 103),
        (D, C, "Cache the certificates (#104)", 104),
    )
)
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


def make_facts(buildid: int, builder: str, revision: str, result: Result) -> BuildRecord:
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
    return BuildRecord(build, Builder("buildbot", build.builderid, builder), 1, url=url)


def make_failing_build(
    facts: BuildRecord, *failures: Failure, reproduce: str | None = None
) -> FailingBuild:
    return FailingBuild(facts.build, facts.builder.name, facts.url, failures, reproduce)


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
            BuilderRange(name, ends, green.build.ref, red.build.ref)
            for name, green, red in zip(builders, greens, reds, strict=True)
        ),
        suspects=(Suspect(B, 102, 1.0),),
        opened_at=NOON,
        first_red_build=BuildRef("buildbot", 100),
        red_builds=tuple(red.build.ref for red in reds),
        pull=102,
        confidence=confidence,
        reason="Every commit left in the range belongs to pull 102, and 2 red builds agree.",
        fix=fix,
    )
    return Report(
        incident,
        verdict,
        state,
        tuple(make_failing_build(red, *failures, reproduce=reproduce) for red in reds),
        LINE[1:3],
        (*greens, *reds),
    )


# ---------------------------------------------------------------- situations


def _narrowed() -> Report:
    """A batch build on the slow builder; the fast one tells its three commits apart."""
    report = make_report(builders=(FEDORA, REFLEAKS))
    fast, slow = report.incident.ranges
    slow = replace(slow, range=RegressionRange(Z, C))
    incident = replace(report.incident, ranges=(fast, slow))
    green, early, red, late = report.builds
    early = replace(early, build=replace(early.build, revision=Z))
    late = replace(late, build=replace(late.build, revision=C))
    return replace(report, incident=incident, commits=LINE[:4], builds=(green, early, red, late))


def _open_ended() -> Report:
    report = make_report(builders=(DEBIAN,))
    ends = RegressionRange(None, B)
    only = replace(report.incident.ranges[0], range=ends, last_good_build=None)
    return replace(report, incident=replace(report.incident, range=ends, ranges=(only,)))


def _lost_revision() -> Report:
    """Buildbot never told which revision the first red build had."""
    report = make_report(builders=(DEBIAN,))
    ends = RegressionRange(A, None)
    only = replace(report.incident.ranges[0], range=ends, first_bad_build=BuildRef("buildbot", 999))
    return replace(report, incident=replace(report.incident, range=ends, ranges=(only,)))


def _rebased() -> Report:
    report = make_report()
    titles = ("Split the handshake", "Speed it up", "Say so in the docs")
    commits = tuple(
        replace(commit, title=title, pull=102)
        for commit, title in zip(LINE[2:], titles, strict=True)
    )
    incident = replace(report.incident, range=RegressionRange(A, D))
    return replace(report, commits=(LINE[1], *commits), incident=incident)


def _without_log() -> Report:
    report = make_report(failures=(make_failure(excerpt=()),), reproduce=None)
    note = "the log of step test is gone"
    return replace(
        report, failing_builds=tuple(replace(e, note=note) for e in report.failing_builds)
    )


def _closed() -> Report:
    report = make_report(state=IncidentState.CLOSED)
    reason = "It did not fail for 14 days, nor was it seen to pass on all of its builders."
    return replace(report, incident=replace(report.incident, reason=reason))


def _withdrawn() -> Report:
    report = make_report(state=IncidentState.WITHDRAWN, ident="1111")
    reason = "It failed on an older commit already, 9f8e7d6c5b on s390x RHEL."
    return replace(report, incident=replace(report.incident, reason=reason, pull=None))


def _with_others() -> Report:
    """Two more commits are in the range; both are unlikely."""
    report = make_report(builders=(DEBIAN, FEDORA), confidence=0.94)
    ends = RegressionRange(A, D)
    suspects = (Suspect(B, 102, 0.94), Suspect(C, 103, 0.04), Suspect(D, 104, 0.02))
    reds = tuple(replace(b, build=replace(b.build, revision=D)) for b in report.builds[2:])
    incident = replace(
        report.incident,
        range=ends,
        ranges=tuple(replace(r, range=ends) for r in report.incident.ranges),
        suspects=suspects,
        record=FlakeRecord(0, 214),
        reason="The failing test is in a file that this change touched.",
        awaited=("A build of AMD64 Debian at bbbbbbb would settle it.",),
    )
    return replace(report, incident=incident, commits=LINE[1:], builds=(*report.builds[:2], *reds))


def _with_testimony() -> Report:
    """Everything that the fold may know of a suspect."""
    report = make_report(builders=(DEBIAN, FEDORA, "s390x RHEL"), confidence=0.96)
    later = make_facts(205, "s390x RHEL", C, Result.SUCCESS)
    again = make_facts(206, DEBIAN, C, Result.FAILURE)
    testimony = (
        BuildEvidence(
            DEBIAN, again.build.ref, Outcome.FAIL, 2.3, "it failed again one commit later"
        ),
        BuildEvidence(
            FEDORA,
            BuildRef("buildbot", 101),
            Outcome.FAIL,
            1.9,
            "build 601 of ARM64 Fedora failed the same way",
        ),
        BuildEvidence(
            "s390x RHEL", later.build.ref, Outcome.PASS, -1.1, "s390x RHEL passed at ccccccc"
        ),
    )
    incident = replace(
        report.incident,
        suspects=(Suspect(B, 102, 0.96, testimony),),
        record=FlakeRecord(2, 340),
    )
    return replace(
        report, incident=incident, commits=LINE[1:4], builds=(*report.builds, later, again)
    )


def _long_range() -> Report:
    """A nightly builder: thirty commits in one build, and ours among them."""
    shas = [f"{n:040x}" for n in range(0x10, 0x30)]
    line = tuple(
        Commit(sha, None, NOON, f"Change number {n}", "octocat", 102 if n == 20 else 200 + n)
        for n, sha in enumerate(shas)
    )
    report = make_report(builders=(REFLEAKS,), confidence=0.91)
    ends = RegressionRange(shas[0], shas[-1])
    only = replace(report.incident.ranges[0], range=ends)
    incident = replace(report.incident, range=ends, ranges=(only,))
    builds = [make_facts(0, REFLEAKS, shas[0], Result.SUCCESS)]
    builds += [make_facts(100 + n, REFLEAKS, shas[31], Result.FAILURE) for n in range(3)]
    return replace(report, incident=incident, commits=line, builds=tuple(builds))


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


def _other_withdrawn() -> Incident:
    return replace(_other_incident().incident, state=IncidentState.WITHDRAWN, reason="")


HOSTILE = " ".join(NASTY[:-2])
FIXED_BY = Fix(RegressionRange(C, D), pull=105, sha=D)
FIXED_IN = Fix(RegressionRange(C, D), pull=None)
CASES: dict[str, tuple[Report, ...]] = {
    "suspected": (make_report(),),
    "suspected-on-one-builder": (make_report(builders=(DEBIAN,)),),
    "confirmed": (make_report(verdict=Verdict.CONFIRMED, confidence=0.995),),
    "confirmed-and-a-revert-is-due": (
        replace(make_report(verdict=Verdict.CONFIRMED, confidence=0.995), revert=True),
    ),
    "suspected-among-others": (_with_others(),),
    "evidence-for-and-against": (_with_testimony(),),
    "a-range-of-thirty-commits": (_long_range(),),
    "long-names": (
        make_report(
            builders=(
                "clang-x86_64-debian-fast-with-a-very-long-name-indeed",
                "flang-aarch64-libcxx",
            ),
            failures=(
                make_failure(
                    "MLIR :: Integration/Dialect/Vector/CPU/ArmSME/Emulated/test-contraction.mlir"
                ),
            ),
        ),
    ),
    "crash": (
        make_report(failures=(make_failure(kind=Kind.CRASH, message="Fatal Python error"),)),
    ),
    "timeout": (
        make_report(failures=(make_failure(kind=Kind.TIMEOUT, message="timed out (20 min)"),)),
    ),
    "no-reproduce": (make_report(reproduce=None),),
    "fixed-by-itself": (
        make_report(state=IncidentState.FIXED, fix=Fix(RegressionRange(C, D), pull=102, sha=D)),
    ),
    "fixed-by-a-pull": (make_report(state=IncidentState.FIXED, fix=FIXED_BY),),
    "fixed-in-a-range": (make_report(state=IncidentState.FIXED, fix=FIXED_IN),),
    "withdrawn": (_withdrawn(),),
    "closed": (_closed(),),
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
    "seven-incidents": tuple(
        make_report(failures=(make_failure(f"test.test_{name}.T.test_it"),), ident=f"{n:04}")
        for n, name in enumerate(("ast", "bdb", "cmd", "dis", "enum", "ftplib", "gc"))
    ),
    "two-withdrawn": (_withdrawn(), replace(_withdrawn(), incident=_other_withdrawn())),
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
