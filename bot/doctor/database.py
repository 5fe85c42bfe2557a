"""The database: can it be used, and does its schema fit this version?

In: a survey of it. Out: findings.
"""

from bot.core.errors import UserError
from bot.doctor.findings import Finding, fail, ok, warn
from bot.doctor.surroundings import Surroundings
from bot.store.survey import Survey, fetch_survey

_DATABASE, _SCHEMA = "database", "migrations"


async def check_database(here: Surroundings) -> list[Finding]:
    """Connect, and try to write."""
    try:
        survey = await fetch_survey(here.settings.database_url, try_to_write=True)
    except UserError as error:
        return [fail(_DATABASE, str(error), "set DATABASE_URL to one of these")]
    return judge_database(survey)


def judge_database(survey: Survey) -> list[Finding]:
    """Whether it can be used, and its schema."""
    if survey.fault is not None:
        todo = "see that the server runs, the file can be written, and the user may make tables"
        return [fail(_DATABASE, f"{survey.shown}: {survey.fault}", todo)]
    found = ok(_DATABASE, f"{survey.shown} can be read and written")
    return [found, _judge_schema(survey)]


def _judge_schema(survey: Survey) -> Finding:
    if survey.schema is None:
        return ok(_SCHEMA, "no tables yet: the first start makes them")
    if survey.is_newer:
        words = f"schema {survey.schema} is newer than this version knows"
        return fail(_SCHEMA, words, "run the newer version, or restore a backup")
    if survey.schema != survey.newest:
        words = f"schema {survey.schema} is older than {survey.newest}"
        return warn(_SCHEMA, words, "nothing: the next start migrates it; make a backup before")
    return ok(_SCHEMA, f"schema {survey.schema} is up to date")
