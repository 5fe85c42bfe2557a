"""Requests made from our own description of what can be called, sound and unsound ones.

In: where a service listens, and how many requests. Out: what was answered, counted; it fails on an
answer that no door promises.
"""

from collections import Counter
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from bot.web.openapi import make_openapi

ALLOWED = frozenset({200, 202, 400, 401, 403, 404, 405, 413, 429, 503})

_ENDLESS = "/events"
"""It takes nothing, and whoever reads it to its end waits for ever."""


def fuzz(url: str, each: int, *, token: str = "", beginning: int = 0) -> Counter[int]:
    """`each` requests at most to every operation; `beginning` tells one run from another.

    With the `token` of Buildbot's door what is sent there gets behind it.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    statuses: Counter[int] = Counter()
    schema = schemathesis.openapi.from_dict(make_openapi())
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "the description itself is sound"
        operation = found.ok()
        if operation.path == _ENDLESS:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = operation.as_strategy(generation_mode=mode)

            @seed(beginning)
            @settings(
                max_examples=each,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=cases)
            def attack(case: schemathesis.Case[Any]) -> None:
                extra = headers if case.path == "/buildbot" else {}
                status = case.call(base_url=url, headers=extra, timeout=30).status_code
                statuses[status] += 1
                assert status in ALLOWED, f"{status} to {case.as_curl_command()}"

            with suppress(Unsatisfiable):  # of what takes nothing, nothing is unsound
                attack()
    return statuses
