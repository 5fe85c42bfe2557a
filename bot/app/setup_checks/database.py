"""The database: can it be used, and does its schema fit this version?

In: a survey of it. Out: findings.
"""

from bot.app.setup_checks.context import CheckContext
from bot.core.checks.neighbours import find_database_todo
from bot.core.checks.result import CheckResult, fail, ok, warn
from bot.core.errors import UserError
from bot.store.engine.search_tables import TRIGRAM_INDEX
from bot.store.inspection import Inspection, fetch_survey

_TODO = "see that the server runs, the file can be written, and the user may make tables"
_DATABASE, _SCHEMA, _SEARCH = "database", "migrations", "search"


async def check_database(here: CheckContext) -> list[CheckResult]:
    """Connect, and try to write."""
    url = here.settings.database_url
    try:
        survey = await fetch_survey(url, try_to_write=True)
    except UserError as error:
        todo = find_database_todo(url, str(error)) or "set DATABASE_URL to one of these"
        return [fail(_DATABASE, str(error), todo)]
    return diagnose_database(survey, url)


def diagnose_database(survey: Inspection, url: str) -> list[CheckResult]:
    """Whether it can be used, and its schema."""
    if survey.fault is not None:
        todo = find_database_todo(url, survey.fault) or _TODO
        return [fail(_DATABASE, f"{survey.shown}: {survey.fault}", todo)]
    found = ok(_DATABASE, f"{survey.shown} can be read and written")
    return [found, _diagnose_schema(survey), *_diagnose_search(survey)]


def _diagnose_search(survey: Inspection) -> list[CheckResult]:
    """Nothing is said where it is as it should be."""
    if not survey.reads_all:
        return []
    todo = (
        "let the owner say `CREATE EXTENSION pg_trgm`, and then"
        f" `CREATE INDEX {TRIGRAM_INDEX} ON search USING gin (words gin_trgm_ops)`"
    )
    return [warn(_SEARCH, "a search reads all rows: pg_trgm was not to be had", todo)]


def _diagnose_schema(survey: Inspection) -> CheckResult:
    if survey.schema is None:
        return ok(_SCHEMA, "no tables yet: the first start makes them")
    if survey.is_newer:
        words = f"schema {survey.schema} is newer than this version knows"
        return fail(_SCHEMA, words, "run the newer version, or restore a backup")
    if survey.schema != survey.newest:
        words = f"schema {survey.schema} is older than {survey.newest}"
        return warn(_SCHEMA, words, "nothing: the next start migrates it; make a backup before")
    return ok(_SCHEMA, f"schema {survey.schema} is up to date")
