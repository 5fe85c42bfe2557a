"""Incidents and issues that tell of them, in few words."""

from typing import Any

from bot.core.model import Incident, Kind, Signature, Verdict
from bot.core.model.tracker import Issue, IssueState
from tests.support.make_stored import make_incident


def make_red(
    site: str,
    message: str = "AssertionError: 41 != 42",
    *,
    kind: Kind = Kind.TEST_FAILURE,
    branch: str = "main",
    ident: str = "0a1b2c3d4e5f",
    **changes: Any,
) -> Incident:
    """A flaky incident of one failure."""
    signature = Signature(branch, "regrtest", kind, site, message)
    given = {"signatures": (signature,), "branch": branch, "verdict": Verdict.FLAKY, **changes}
    return make_incident(ident, **given)


def make_issue(title: str, body: str = "", number: int = 12, **changes: Any) -> Issue:
    given = {"author": "octocat", "state": IssueState.OPEN, **changes}
    return Issue(repository="o/r", number=number, title=title, body=body, **given)
