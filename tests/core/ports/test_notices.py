"""What the road may ask of the outbox and of a medium, those that are there can do."""

import inspect

import pytest

from bot.clients.notices.webhook import WebhookSender
from bot.core.ports.notices import Notices, NoticeSender
from bot.store.notices import SqlNotices


@pytest.mark.parametrize(("port", "real"), [(Notices, SqlNotices), (NoticeSender, WebhookSender)])
def test_a_port_is_implemented_by_its_own_names(port: type, real: type) -> None:
    wanted = {name: f for name, f in vars(port).items() if inspect.iscoroutinefunction(f)}
    assert wanted
    for name, function in wanted.items():
        found = inspect.signature(getattr(real, name))
        assert list(found.parameters) == list(inspect.signature(function).parameters)
