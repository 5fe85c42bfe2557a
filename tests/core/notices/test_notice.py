"""A notice has one name for as long as it is tried."""

from dataclasses import replace

from bot.core.model import IncidentState, KeyKind, find_repository_id
from bot.core.notices.notice import (
    NoticeKind,
    NoticeStatus,
    find_subscription,
    notice_key,
    sending_key,
)
from tests.support.notices import make_notice


def test_a_retry_is_the_same_notice() -> None:
    notice = make_notice()
    again = replace(notice, attempts=3, status=NoticeStatus.SENDING, problem="away")
    assert notice.id == again.id
    assert notice.id != make_notice(1).id
    assert notice.thread == make_notice(1).thread
    assert notice.thread != replace(notice, subscription="other").thread


def test_every_kind_belongs_to_a_state() -> None:
    states = {kind: kind.state for kind in NoticeKind}
    assert states.pop(NoticeKind.FIXED) is IncidentState.FIXED
    assert states.pop(NoticeKind.BACK) is IncidentState.FIXED
    assert states.pop(NoticeKind.CLOSED) is IncidentState.CLOSED
    assert states.pop(NoticeKind.WITHDRAWN) is IncidentState.WITHDRAWN
    assert set(states.values()) == {IncidentState.OPEN}


def test_keys_tell_which_of_two_they_are() -> None:
    about, to = notice_key(7, "aa0001"), sending_key("core")
    assert (about.kind, to.kind) == (KeyKind.NOTICE, KeyKind.NOTICE)
    assert (find_subscription(about.name), find_subscription(to.name)) == (None, "core")
    assert (find_repository_id(about), find_repository_id(to)) == (7, None)
