"""The week's report is sent by itself: once in its week, whoever restarts, and late rather than
twice.
"""

import json

from bot.core.model import sweep_key
from bot.core.repository_settings.settings import PATH
from bot.reconcile.sweeps.report_notices import REPORTS_SWEEP
from tests.support.farm import Farm
from tests.support.notices import Receiver, open_receiver, subscribe

DAY = 86_400  # the clock of stories begins on a Monday at noon


def headlines(receiver: Receiver) -> list[str]:
    return [text.partition(":")[0] for text in receiver.texts]


async def test_it_comes_once_a_week_also_after_restarts_and_late_only_once(farm: Farm) -> None:
    async with open_receiver() as receiver:
        environ = await subscribe(farm, receiver.url, 'report = "monday 14"')
        await farm.break_builder()
        await farm.skip(3600)
        assert receiver.texts == [], "what was due before it was asked for is not sent"
        await farm.skip(3 * 3600)
        assert headlines(receiver) == ["The fleet from 2026-02-23 to 2026-03-02"]
        assert "1 new" in receiver.texts[0]
        (notice,) = json.loads(receiver.bodies[0])["notices"]
        assert (
            "\nNew\n---\n* octo-org/demo@\u200bmain; What fails: test.test_ssl" in notice["report"]
        )
        await farm.stop_service()
        await farm.start_service(environ=environ)
        await farm.store.inbox.put([sweep_key(REPORTS_SWEEP)])
        await farm.skip(3600)
        assert len(receiver.texts) == 1
        await farm.stop_service()
        farm.clock.advance(22 * DAY)
        await farm.start_service(environ=environ)
        await farm.skip(1200)
        assert headlines(receiver)[1:] == ["The fleet from 2026-03-16 to 2026-03-23"]


async def test_what_is_private_stands_only_in_a_report_that_names_it(farm: Farm) -> None:
    farm.github.repository().private = True
    await farm.break_builder()
    named = 'repository = "octo-org/demo"'
    for hour, lines in ((13, []), (15, [named])):
        async with open_receiver() as receiver:
            await subscribe(farm, receiver.url, f'report = "daily {hour}"', *lines)
            await farm.skip(7200)
            assert len(receiver.texts) == 1
            assert (b"test_ssl" in receiver.bodies[0]) == bool(lines)
            assert ("1 new" in receiver.texts[0]) == bool(lines)


async def test_a_repository_that_mutes_it_is_left_out(farm: Farm) -> None:
    async with open_receiver() as receiver:
        await farm.break_builder()
        await farm.github.write_file(PATH, b'[notices]\nmute = ["chat"]\n')
        await subscribe(farm, receiver.url, 'report = "daily 13"')
        await farm.skip(4000)
        assert "0 new" in receiver.texts[0]
        assert b"test_ssl" not in receiver.bodies[0]
