"""Names and addresses that lead into our own house are refused, however they are written."""

import socket

import pytest

from bot.clients.notices.public_addresses import PublicResolver, check_address, check_host
from bot.core.errors import Refused

PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        check_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_others_are_not(address: str) -> None:
    check_address(address)


def test_a_host_that_is_an_address_is_looked_at_though_nobody_resolves_it() -> None:
    with pytest.raises(Refused):
        check_host("10.0.0.8", ())
    check_host("10.0.0.8", ("10.0.0.8",))
    check_host("chat.example.org", ())


async def test_a_name_is_judged_by_what_it_resolves_to() -> None:
    strict, own = PublicResolver(()), PublicResolver(("LOCALHOST",))
    with pytest.raises(Refused):
        await strict.resolve("localhost", 80, socket.AF_INET)
    assert [one["host"] for one in await own.resolve("localhost", 80, socket.AF_INET)] == [
        "127.0.0.1"
    ]
    await strict.close()
    await own.close()
