"""Which comment speaks: the one that stands, or a new one."""

from dataclasses import replace

from bot.core.model import IncidentState, PullComment
from bot.core.policy.comment_threads import (
    needs_new_comment,
    restart_after_deletion,
    start_new_comment,
)
from bot.core.policy.decide import PULL, Decision, Intent
from tests.core.policy.test_decide import ACCUSING, NOON, SAID

OLD = Intent(PULL, ACCUSING, ACCUSING.verdict, IncidentState.FIXED)
NEW = Intent(PULL, replace(ACCUSING, id="2e"), ACCUSING.verdict, IncidentState.OPEN)
SPEECH = PullComment(1, 7, wanted="a", standing="a", comment_id=5, said=(SAID,), folded="RESOLVED")
BOTH = Decision((OLD, NEW), None)


def test_a_new_incident_after_the_old_is_over_gets_a_comment_of_its_own() -> None:
    assert needs_new_comment(SPEECH, BOTH, per_pull=3)
    still_open = replace(OLD, state=IncidentState.OPEN)
    assert not needs_new_comment(SPEECH, Decision((still_open, NEW), None), per_pull=3)
    assert not needs_new_comment(SPEECH, Decision((OLD,), None), per_pull=3)
    speech, decision = start_new_comment(SPEECH, BOTH)
    assert decision.intents == (NEW,)
    assert (speech.thread, speech.comment_id, speech.standing) == (2, None, None)
    assert (speech.outdated, speech.folded) == ((5,), None)


def test_past_the_limit_the_last_comment_tells_it_by_an_edit() -> None:
    """The third comment on a pull is read by nobody."""
    assert not needs_new_comment(replace(SPEECH, thread=3), BOTH, per_pull=3)


def test_asked_back_after_a_deletion_we_begin_anew() -> None:
    """Nothing of what was deleted counts as said, and the marker is a new one."""
    speech = restart_after_deletion(replace(SPEECH, deleted_at=NOON, why_silent="deleted"))
    assert speech == PullComment(1, 7, thread=2, wanted="a")
