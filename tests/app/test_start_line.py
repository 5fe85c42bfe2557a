"""The first line of the log says what runs here, and the last that it ended in order."""

import logging
import time
from typing import Any

import pytest

from bot.app.start_line import tell_start, tell_stop
from tests.cli.test_export import play
from tests.support.farm import Farm


def find_line(caplog: pytest.LogCaptureFixture, words: str) -> Any:
    (record,) = [r for r in caplog.records if r.getMessage() == words]
    return record


async def tell(farm: Farm, **changes: str) -> None:
    settings = farm._settings(**changes)
    await tell_start(settings, farm.clock, farm.store.facts)


async def test_a_start_says_what_is_watched(farm: Farm, caplog: pytest.LogCaptureFixture) -> None:
    await play(farm)
    farm.builder("Odd", stable=False)
    with caplog.at_level(logging.INFO, "bot.app.start_line"):
        await tell(farm, POST_COMMENTS="0", PUBLIC_URL="", PORT="8123", GITHUB_TOKEN="hunter2")
    line = find_line(caplog, "started")
    assert (line.mode, line.builders) == ("dry run", "3, 2 of them stable")
    assert (line.repositories, line.page) == ("octo-org/demo", "http://127.0.0.1:8123/")
    assert line.buildbot == farm.buildbot.url
    assert "hunter2" not in str(vars(line))


async def test_a_buildbot_that_is_away_keeps_no_start_waiting(
    farm: Farm, caplog: pytest.LogCaptureFixture
) -> None:
    await farm.buildbot.go_down()
    with caplog.at_level(logging.INFO, "bot.app.start_line"):
        await tell(farm, POST_COMMENTS="1")
    line = find_line(caplog, "started")
    assert line.mode == "live"
    assert line.builders.startswith("not known yet: ")
    assert line.page == "https://watch.example.org/"


def test_an_end_in_order_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bot.app.start_line"):
        tell_stop(time.monotonic() - 61)
    assert find_line(caplog, "stopped").seconds == 61
