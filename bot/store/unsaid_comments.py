"""Comments that are not what they should be: the conditions, for sweeps and for `/health`.

In: the tables of speech and incidents. Out: conditions on a row of `speech`.
"""

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from bot.core.model import ARCHIVED, IncidentState
from bot.store.engine.tables import incidents, speech

DIFFERS = and_(speech.c.wanted.is_distinct_from(speech.c.standing), speech.c.deleted_at.is_(None))

# A comment that stands and says what is not so any more.
FALSE = and_(DIFFERS, speech.c.comment_id.is_not(None))

_ACCUSED = (
    select(incidents.c.id)
    .where(
        incidents.c.repo_id == speech.c.repo_id,
        incidents.c.pull == speech.c.number,
        incidents.c.state == IncidentState.OPEN.value,
    )
    .exists()
)

# One that GitHub did not take, while what it tells of lasts. What limits hold back, is our own no.
_REFUSED_POST = and_(
    DIFFERS,
    speech.c.comment_id.is_(None),
    speech.c.why_silent.is_not(None),
    speech.c.held_rank.is_(None),
    _ACCUSED,
)

# An archive takes nothing, however often it is asked; what changes in it is looked at all the same.
_IS_ARCHIVED = func.coalesce(speech.c.why_silent, "").like(f"%{ARCHIVED}")

UNSAID = and_(
    or_(and_(DIFFERS, speech.c.why_silent.is_(None)), FALSE, _REFUSED_POST), not_(_IS_ARCHIVED)
)


def find_refused(*, posts: bool) -> ColumnElement[bool]:
    """What GitHub refused; in a dry run every comment that is false, for nobody mends it."""
    false = and_(FALSE, speech.c.why_silent.is_not(None)) if posts else FALSE
    return or_(false, _REFUSED_POST)
