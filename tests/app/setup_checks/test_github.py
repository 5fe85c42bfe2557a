"""GitHub is asked what it knows; webhooks that fail, and a clock that is off, are found."""

import pytest

from bot.core.checks.result import Level
from tests.app.setup_checks.faults import forget_deliveries, set_, set_clock
from tests.app.setup_checks.set_ups import ANSWER, SetUp
from tests.clients.hubs import APP_KEY, REPO, load_strict


@pytest.mark.parametrize(("status", "todo"), [(401, "GITHUB_WEBHOOK_SECRET"), (404, "/github")])
async def test_webhooks_that_fail_are_found_with_the_likely_cause(
    setup: SetUp, status: int, todo: str
) -> None:
    ANSWER["status"] = status
    await setup.github.merge(2)
    await setup.github.hooks.settle()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.WARN
    assert todo in finding.todo
    forget_deliveries(setup)
    await setup.github.merge(3)
    await setup.github.hooks.settle()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.FAIL


async def test_a_redelivery_that_arrived_makes_up_for_one_that_did_not(setup: SetUp) -> None:
    forget_deliveries(setup)
    ANSWER["status"] = 503
    await setup.github.ping()
    ANSWER["status"] = 202
    await setup.github.hooks.repeat()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.OK


async def test_a_clock_that_is_off_is_told_even_where_github_refuses_us(setup: SetUp) -> None:
    """It may be the very reason: GitHub takes no signature of another minute."""
    set_("GITHUB_APP_ID", "2")(setup)
    set_clock(5)(setup)
    findings = {f.check: f.level for f in await setup.examine()}
    assert (findings["github"], findings["clock"]) == (Level.FAIL, Level.FAIL)


async def test_the_questions_are_ones_that_github_knows(setup: SetUp) -> None:
    loaded = load_strict()
    if isinstance(loaded, str):
        pytest.skip(loaded)
    module, specs = loaded
    github = module.Standin(specs, app_id=1, app_key=APP_KEY, webhook_secret="s")
    github.add_repo(REPO, files=[{"filename": "README.md", "content": "hi"}])
    await github.start()
    try:
        setup.environ["GITHUB_API_URL"] = github.url
        findings = {f.check: f for f in await setup.examine()}
        assert findings["github"].words == "we are the App standin-bot[bot]"
        for check in ("installation", "permission contents", "permission to comment", "clock"):
            assert findings[check].level is Level.OK, findings[check]
        ours = ("request", "auth", "graphql", "unimplemented")
        assert [v for v in github.violations if v["kind"] in ours] == []
    finally:
        await github.stop()


async def test_what_was_sent_before_the_first_start_is_no_fault(setup: SetUp) -> None:
    """The App is made before the service runs, and GitHub sends at once."""
    setup.database.unlink()
    forget_deliveries(setup)
    ANSWER["status"] = 502
    await setup.github.ping()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.WARN
    assert "start the service" in finding.todo
